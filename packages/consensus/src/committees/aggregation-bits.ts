import type {Attestation, CommitteeIndex} from "@mote/core";

/**
 * Whether an on-chain attestation carries the vote of one committee member. Its bits are those of the committees in `committeeBits`, one
 * committee after the other. electra/beacon-chain.md#modified-get_attesting_indices
 * @param committeeLengths by committee index, of the attestation's slot
 */
export function holdsVote(
  attestation: Attestation,
  committeeLengths: readonly number[],
  member: {readonly committeeIndex: CommitteeIndex; readonly validatorCommitteeIndex: number},
): boolean {
  if (!bitAt(attestation.committeeBits, member.committeeIndex)) return false;
  let offset = 0;
  for (let index = 0; index < member.committeeIndex; index++) {
    if (bitAt(attestation.committeeBits, index)) offset += committeeLengths[index] ?? 0;
  }
  return bitAt(attestation.aggregationBits, offset + member.validatorCommitteeIndex);
}

function bitAt({bits, length}: {readonly bits: Uint8Array; readonly length: number}, index: number): boolean {
  return index < length && (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}
