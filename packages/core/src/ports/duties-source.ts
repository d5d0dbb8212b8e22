import type {Epoch, Root, ValidatorIndex} from "../primitives.ts";
import type {AttesterDuty} from "./types.ts";

export interface AttesterDuties {
  readonly epoch: Epoch;
  /** Block root that the shuffling rests on: when the chain's differs, the duties are void. */
  readonly dependentRoot: Root;
  readonly duties: readonly AttesterDuty[];
}

export interface DutiesSource {
  /**
   * The duties of `indices` in `epoch` (the last, current or next). Every duty lies in `epoch`, belongs to an asked index, and no index has two.
   * Rejects when no synced beacon node answers with such a list.
   */
  attesterDuties(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<AttesterDuties>;
}
