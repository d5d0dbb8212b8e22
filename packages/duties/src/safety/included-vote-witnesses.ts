import {holdsVote} from "@mote/consensus";
import type {ChainWitness, ChainWitnesses} from "@mote/core";
import type {IncludedVote} from "../network/included-votes.ts";

/**
 * Whether enough beacon nodes give the validator this place in its committee, so that one that lies about duties cannot make somebody else's bit ours. A node
 * that does not answer, or whose committees are those of another chain than the block's, confirms nothing.
 */
export async function confirmedBy(vote: IncludedVote, chain: ChainWitnesses): Promise<boolean> {
  const words = await Promise.all(chain.witnesses().map((witness) => confirms(witness, vote).catch(() => false)));
  return words.filter(Boolean).length >= chain.witnessThreshold;
}

async function confirms(
  witness: ChainWitness,
  {duty, attestation, dependentRoot: expected}: IncludedVote,
): Promise<boolean> {
  const {slot, target} = attestation.data;
  const [{duties, dependentRoot}, lengths] = await Promise.all([
    witness.attesterDuties(target.epoch, [duty.validatorIndex]),
    witness.committeeLengths(slot),
  ]);
  if (expected !== null && dependentRoot !== expected) return false;
  const told = duties.find(
    ({validatorIndex, pubkey}) => validatorIndex === duty.validatorIndex && pubkey === duty.pubkey,
  );
  return told !== undefined && told.slot === slot && holdsVote(attestation, lengths, told);
}
