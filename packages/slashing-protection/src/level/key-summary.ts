import type {ProposalSummary} from "../rules/proposal-rules.ts";
import type {VoteSummary} from "../rules/vote-rules.ts";

/** What the records of one kind of one key must add up to; a record that got lost shows itself when they are read as a whole. */
export interface Tally {
  readonly count: number;
  /** The sum of the records' seals, modulo 2^32. */
  readonly digest: number;
}

export const EMPTY_TALLY: Tally = {count: 0, digest: 0};

export interface KeySummary {
  /** Null while the key has voted (proposed) nothing. */
  readonly votes: VoteSummary | null;
  readonly proposals: ProposalSummary | null;
  readonly voteTally: Tally;
  readonly proposalTally: Tally;
}

export const EMPTY_SUMMARY: KeySummary = {
  votes: null,
  proposals: null,
  voteTally: EMPTY_TALLY,
  proposalTally: EMPTY_TALLY,
};

/** The tally once the records with the seals `added` are there and those with the seals `removed` are gone. */
export function tallyAfter(tally: Tally, added: readonly number[], removed: readonly number[] = []): Tally {
  let {digest} = tally;
  for (const seal of added) digest = (digest + seal) >>> 0;
  for (const seal of removed) digest = (digest - seal) >>> 0;
  return {count: tally.count + added.length - removed.length, digest};
}
