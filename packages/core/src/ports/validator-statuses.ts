import type {Epoch, Pubkey, ValidatorIndex} from "../primitives.ts";

/** The Beacon API's `ValidatorStatus`. */
export const VALIDATOR_STATUSES = [
  "pending_initialized",
  "pending_queued",
  "active_ongoing",
  "active_exiting",
  "active_slashed",
  "exited_unslashed",
  "exited_slashed",
  "withdrawal_possible",
  "withdrawal_done",
] as const;
export type ValidatorStatus = (typeof VALIDATOR_STATUSES)[number];

export interface ValidatorInfo {
  readonly pubkey: Pubkey;
  readonly index: ValidatorIndex;
  readonly status: ValidatorStatus;
  readonly slashed: boolean;
  readonly activationEpoch: Epoch;
  readonly exitEpoch: Epoch;
}

export interface ValidatorStatuses {
  /**
   * What the head state knows of `pubkeys`; a key that is not in the state is left out. Rejects when no synced beacon node answers: an empty
   * list means that the state has none of them.
   */
  validators(pubkeys: readonly Pubkey[]): Promise<readonly ValidatorInfo[]>;
}
