import type {Signature, Slot, ValidatorIndex} from "../primitives.ts";

/** A selection proof made by a key share: half a word, until the middleware has put it together with the other shares'. */
export interface CommitteeSelection {
  readonly validatorIndex: ValidatorIndex;
  readonly slot: Slot;
  readonly selectionProof: Signature;
}

export interface SyncCommitteeSelection extends CommitteeSelection {
  readonly subcommitteeIndex: number;
}

/** Behind the middleware of a distributed validator: partial proofs in, the cluster's proofs out. Both reject when it does not answer. */
export interface DistributedSelections {
  committeeSelections(partial: readonly CommitteeSelection[]): Promise<readonly CommitteeSelection[]>;
  syncCommitteeSelections(partial: readonly SyncCommitteeSelection[]): Promise<readonly SyncCommitteeSelection[]>;
}
