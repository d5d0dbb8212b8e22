import {holdsVote} from "@mote/consensus";
import type {Attestation, AttesterDuty, ChainWitness, Root, Slot} from "@mote/core";
import type {Finding} from "./hold.ts";
import type {Question} from "./seen-votes.ts";

/** Attestations of blocks that one node is asked for at a time. */
const READS_AT_ONCE_MAX = 8;

export interface Suspect {
  readonly question: Question;
  readonly duty: AttesterDuty;
}

export interface ReadBlock {
  readonly slot: Slot;
  readonly attestations: readonly Attestation[];
}

/** The blocks of the head's chain above `slot`. Rejects when there are more than `blocksMax`. */
export async function blocksAfter(
  slot: Slot,
  head: {readonly root: Root; readonly slot: Slot; readonly parentRoot: Root},
  {witness, blocksMax, signal}: {witness: ChainWitness; blocksMax: number; signal: AbortSignal},
): Promise<ReadBlock[]> {
  const found: {readonly root: Root; readonly slot: Slot}[] = [];
  let block = head;
  while (block.slot > slot) {
    if (found.length >= blocksMax) throw new Error(`more than ${blocksMax} blocks after slot ${slot}`);
    signal.throwIfAborted();
    found.push(block);
    const root = block.parentRoot;
    const parent = {root, ...(await witness.blockHeader(root))};
    if (parent.slot >= block.slot) throw new Error(`the parent of the block of slot ${block.slot} is not older`);
    block = parent;
  }
  const blocks: ReadBlock[] = [];
  for (let start = 0; start < found.length; start += READS_AT_ONCE_MAX) {
    signal.throwIfAborted();
    const lot = found.slice(start, start + READS_AT_ONCE_MAX);
    const read = lot.map(async (each) => ({
      slot: each.slot,
      attestations: await witness.blockAttestations(each.root),
    }));
    blocks.push(...(await Promise.all(read)));
  }
  return blocks;
}

/**
 * What the votes of one slot, from all blocks after it, tell of members of one of its committees. A vote is absent only where the votes of
 * at least half of the others are there: then the blocks did take in this committee.
 * @param chain.lengths of the slot's committees, by committee index
 * @param chain.isSettled the votes had time to get into blocks
 */
export function judgeCommittee(
  suspects: readonly Suspect[],
  chain: {readonly votes: readonly Attestation[]; readonly lengths: readonly number[]; readonly isSettled: boolean},
): Map<Question, Finding> {
  const {votes, lengths, isSettled} = chain;
  const [first] = suspects;
  if (first === undefined) return new Map();
  const {committeeIndex, committeeLength} = first.duty;
  const holds = (validatorCommitteeIndex: number): boolean =>
    votes.some((vote) => holdsVote(vote, lengths, {committeeIndex, validatorCommitteeIndex}));
  const included = Array.from({length: committeeLength}, (_, place) => holds(place));
  const includedCount = included.filter(Boolean).length;
  // Bits that are counted off against other committees than the chain's say nothing of anybody's absence.
  const isSound = lengths[committeeIndex] === committeeLength && votes.every((vote) => fits(vote, lengths));
  const tellsAbsence =
    isSettled && isSound && includedCount > 0 && 2 * includedCount >= committeeLength - suspects.length;
  const absent: Finding = tellsAbsence ? "clean" : "unanswered";
  return new Map(
    suspects.map(({question, duty}) => [question, included[duty.validatorCommitteeIndex] === true ? "seen" : absent]),
  );
}

function fits({aggregationBits, committeeBits}: Attestation, lengths: readonly number[]): boolean {
  let length = 0;
  for (let index = 0; index < committeeBits.length; index++) {
    if (((committeeBits.bits[index >> 3] ?? 0) >> (index & 7)) & 1) length += lengths[index] ?? 0;
  }
  return length === aggregationBits.length;
}
