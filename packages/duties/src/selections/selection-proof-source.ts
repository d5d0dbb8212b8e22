import {isAggregator} from "@mote/consensus";
import type {AttesterDuty, Pubkey, Signature, Slot, ValidatorIndex} from "@mote/core";

/** What a selection proof is made for. Every {@link AttesterDuty} is one. */
export interface Selection {
  readonly pubkey: Pubkey;
  readonly validatorIndex: ValidatorIndex;
  readonly slot: Slot;
  /** Of the sync committee; absent for the validator's attestation committee. */
  readonly subcommitteeIndex?: number;
}

/** The selection proofs of coming duties, which decide who aggregates. */
export interface SelectionProofSource {
  /** How many slots ahead sync-committee selections are best prepared; 0: when their slot has begun. */
  readonly syncLeadSlots: number;
  /**
   * Makes the proofs that are missing, and resolves when it has done what it could. What is over, there or under way is left out, so it may be
   * called as often as one likes. Never rejects.
   */
  prepare(selections: readonly Selection[], signal: AbortSignal): Promise<void>;
  /** Null when there is none, or none yet. */
  proofOf(selection: Selection): Signature | null;
}

/** The proof of a duty whose validator was selected to aggregate, else null. */
export function aggregatorProof(proofs: Pick<SelectionProofSource, "proofOf">, duty: AttesterDuty): Signature | null {
  const proof = proofs.proofOf(duty);
  return proof !== null && isAggregator(duty.committeeLength, proof) ? proof : null;
}
