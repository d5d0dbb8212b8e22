import type {AttestationRecord, BlockRecord, Epoch, Root, Slot} from "@mote/core";

export interface SignedVote {
  readonly sourceEpoch: Epoch;
  readonly targetEpoch: Epoch;
  readonly signingRoot: Root;
}

export interface SignedProposal {
  readonly slot: Slot;
  readonly signingRoot: Root;
}

/**
 * phase0/beacon-chain.md#is_slashable_attestation_data, word for word; the signing root stands for the whole of the data. Data whose root
 * nobody told equals nothing, itself included.
 */
export function isSlashableAttestationData(data1: AttestationRecord, data2: AttestationRecord): boolean {
  const isSame =
    data1.signingRoot !== null &&
    data1.signingRoot === data2.signingRoot &&
    data1.sourceEpoch === data2.sourceEpoch &&
    data1.targetEpoch === data2.targetEpoch;
  const isDoubleVote = !isSame && data1.targetEpoch === data2.targetEpoch;
  const isSurroundVote = data1.sourceEpoch < data2.sourceEpoch && data2.targetEpoch < data1.targetEpoch;
  return isDoubleVote || isSurroundVote;
}

/** Whether the two votes together, in either order, can be held against their signer. */
export function areSlashableVotes(vote1: AttestationRecord, vote2: AttestationRecord): boolean {
  return isSlashableAttestationData(vote1, vote2) || isSlashableAttestationData(vote2, vote1);
}

/** phase0/beacon-chain.md#process_proposer_slashing: one slot, two blocks. */
export function areSlashableProposals(proposal1: BlockRecord, proposal2: BlockRecord): boolean {
  const isSame = proposal1.signingRoot !== null && proposal1.signingRoot === proposal2.signingRoot;
  return !isSame && proposal1.slot === proposal2.slot;
}
