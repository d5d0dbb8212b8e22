import type {Root, Slot} from "../primitives.ts";
import type {AttestationData} from "./types.ts";

/** What of a vote may be held against evidence. */
export type JudgedValue = "source" | "target" | "head";

export type RefereeVerdict =
  /** The evidence speaks for every value. */
  | {readonly kind: "proven"}
  /** Nothing speaks against it, and for these values nothing speaks at all. */
  | {readonly kind: "not_provable"; readonly values: readonly JudgedValue[]}
  /** The evidence contradicts one value. */
  | {readonly kind: "veto"; readonly value: JudgedValue; readonly evidence: string};

/** Holds what a beacon node wants to have signed against what the network has proven. It may veto a vote; it never chooses one. */
export interface Referee {
  /** At once, from what is known: a vote never waits for evidence. */
  judge(data: AttestationData): RefereeVerdict;
  /** Whether a block was signed by at least 2/3 of a sync committee, or is in the known chain of one that was: then its content is valid. */
  isProven(blockRoot: Root): boolean;
  /** The last block up to `slot` on the chain of the newest block that is proven so. Null where that chain is not known so far back. */
  provenRootAt(slot: Slot): Root | null;
}
