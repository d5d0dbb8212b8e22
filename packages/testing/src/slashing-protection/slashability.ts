import type {Epoch, Root, Slot} from "@mote/core";

export interface SignedVote {
  readonly sourceEpoch: Epoch;
  readonly targetEpoch: Epoch;
  readonly signingRoot: Root;
}

export interface SignedProposal {
  readonly slot: Slot;
  readonly signingRoot: Root;
}

/** phase0/beacon-chain.md#is_slashable_attestation_data, word for word; the signing root stands for the whole of the data. */
export function isSlashableAttestationData(data1: SignedVote, data2: SignedVote): boolean {
  const isSame = data1.signingRoot === data2.signingRoot && data1.sourceEpoch === data2.sourceEpoch;
  const isDoubleVote = !isSame && data1.targetEpoch === data2.targetEpoch;
  const isSurroundVote = data1.sourceEpoch < data2.sourceEpoch && data2.targetEpoch < data1.targetEpoch;
  return isDoubleVote || isSurroundVote;
}

/** Whether the two votes together, in either order, can be held against their signer. */
export function areSlashableVotes(vote1: SignedVote, vote2: SignedVote): boolean {
  return isSlashableAttestationData(vote1, vote2) || isSlashableAttestationData(vote2, vote1);
}

/** phase0/beacon-chain.md#process_proposer_slashing: one slot, two blocks. */
export function areSlashableProposals(proposal1: SignedProposal, proposal2: SignedProposal): boolean {
  return proposal1.slot === proposal2.slot && proposal1.signingRoot !== proposal2.signingRoot;
}
