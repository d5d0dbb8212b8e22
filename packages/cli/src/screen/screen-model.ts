import type {DevnetStatus} from "../devnet/devnet-handle.ts";
import type {NodeP2pFigures} from "../devnet/p2p-figures.ts";

export interface NodeStatus {
  readonly name: string;
  readonly isRunning: boolean;
  readonly rssBytes: number | null;
  /** Null when it has no peers, or has not said. */
  readonly p2p: NodeP2pFigures | null;
}

/** All that the live view shows. */
export interface ScreenModel {
  readonly status: DevnetStatus;
  readonly validators: number;
  readonly slotsPerEpoch: number;
  readonly slotDurationMs: number;
  /** Since the slot started; before genesis, negative: the time until it. */
  readonly intoSlotMs: number;
  /** Empty when only the chain is served. */
  readonly nodes: readonly NodeStatus[];
  /** Newest last. */
  readonly notices: readonly string[];
}
