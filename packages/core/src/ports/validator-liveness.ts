import type {Epoch, ValidatorIndex} from "../primitives.ts";

/** What the chain has seen of one validator in one epoch: a beacon node's best effort, never a proof of absence. */
export interface Liveness {
  readonly index: ValidatorIndex;
  readonly isLive: boolean;
}

export interface ValidatorLiveness {
  /**
   * Whether each of `indices` was seen to vote in `epoch`; the current epoch and the one before are all that beacon nodes promise. Asks for
   * active validators only: one unknown index may make a node refuse the whole question. Live is who any node calls live.
   * When too few nodes answered to call anybody absent, those who were seen are told and the others left out; with nobody seen it rejects.
   * An unanswered question is not a clean answer.
   */
  liveness(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<readonly Liveness[]>;
}
