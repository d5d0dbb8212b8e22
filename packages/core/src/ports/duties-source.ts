import type {Epoch, Root, ValidatorIndex} from "../primitives.ts";
import type {AttesterDuty, ProposerDuty, PtcDuty, SyncDuty} from "./types.ts";

export interface AttesterDuties {
  readonly epoch: Epoch;
  /** Block root that the shuffling rests on: when the chain's differs, the duties are void. */
  readonly dependentRoot: Root;
  readonly duties: readonly AttesterDuty[];
}

export interface ProposerDuties {
  readonly epoch: Epoch;
  readonly dependentRoot: Root;
  /** The dependent root is that of the last block before this epoch: the one before `epoch`, or (of older beacon nodes) `epoch` itself. */
  readonly dependentEpoch: Epoch;
  readonly duties: readonly ProposerDuty[];
}

export interface PtcDuties {
  readonly epoch: Epoch;
  readonly dependentRoot: Root;
  readonly duties: readonly PtcDuty[];
}

export interface DutiesSource {
  /**
   * The duties of `indices` in `epoch` (the last, current or next). Every duty lies in `epoch`, belongs to an asked index, and no index has two.
   * Rejects when no synced beacon node answers with such a list.
   */
  attesterDuties(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<AttesterDuties>;
  /** The proposer of every slot of `epoch` (the current or next); no slot comes twice. Rejects as above. */
  proposerDuties(epoch: Epoch): Promise<ProposerDuties>;
  /**
   * The sync-committee seats of `indices` in the period of `epoch` (this period or the next); an index without a seat is left out. Rejects as
   * above.
   */
  syncDuties(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<readonly SyncDuty[]>;
  /** Gloas: the payload committee duties of `indices` in `epoch` (the current or next), at most one an index and slot. Rejects as above. */
  ptcDuties(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<PtcDuties>;
}
