import type {
  LightClientBootstrap,
  LightClientFinalityUpdate,
  LightClientOptimisticUpdate,
  LightClientUpdate,
} from "@lodestar/types";
import type {Root} from "../primitives.ts";
import type {Cancel} from "./clock.ts";

/**
 * One place that light-client data can be asked for: a peer, or a beacon node. Answers are decoded and bounded, and not to be trusted. Rejects when it gave
 * none.
 */
export interface LightClientSource {
  /** For people. */
  readonly name: string;
  bootstrap(blockRoot: Root): Promise<LightClientBootstrap>;
  /** Of consecutive periods from `startPeriod` on; at most `count`, and maybe fewer. */
  updates(startPeriod: number, count: number): Promise<readonly LightClientUpdate[]>;
  finalityUpdate(): Promise<LightClientFinalityUpdate>;
  optimisticUpdate(): Promise<LightClientOptimisticUpdate>;
  /** What it said was wrong: it is asked last from now on, or left. */
  blame(reason: string): void;
}

export type LightClientNews =
  | {readonly kind: "finality_update"; readonly update: LightClientFinalityUpdate; readonly from: string}
  | {readonly kind: "optimistic_update"; readonly update: LightClientOptimisticUpdate; readonly from: string};

export interface LightClientUpdates {
  /** Best first. Empty while nobody can be asked. */
  sources(): readonly LightClientSource[];
  /**
   * What comes by itself. The listener says whether it was sound, so that it may travel on: `ignore` is for what is not new or cannot be judged.
   */
  subscribe(listener: (news: LightClientNews) => Promise<"accept" | "ignore" | "reject">): Cancel;
}
