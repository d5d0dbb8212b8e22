import type {AttestationRecord, BlockRecord, Explanation, Pubkey, RecordedEpoch, RecordedSlot, Root} from "@mote/core";
import {areSlashableProposals, areSlashableVotes} from "./slashability.ts";

/** The chain that stores under test belong to. */
export const TEST_GENESIS_VALIDATORS_ROOT = `0x${"2a".padStart(64, "0")}` as Root;

/** All that is known of one key. The minimum is null while there are no records of its kind. */
export class MemoryKeyHistory {
  votes: AttestationRecord[] = [];
  voteMinimum: {readonly sourceEpoch: RecordedEpoch; readonly targetEpoch: RecordedEpoch} | null = null;
  proposals: BlockRecord[] = [];
  slotMinimum: RecordedSlot | null = null;

  addVote(vote: AttestationRecord): void {
    this.voteMinimum ??= {sourceEpoch: vote.sourceEpoch, targetEpoch: vote.targetEpoch};
    this.votes.push(vote);
  }

  addProposal(proposal: BlockRecord): void {
    this.slotMinimum ??= proposal.slot;
    this.proposals.push(proposal);
  }
}

/** What outlives an opening, as files do. */
export class MemoryHistory {
  readonly genesisValidatorsRoot: Root;
  readonly keys = new Map<Pubkey, MemoryKeyHistory>();

  constructor(init: {readonly genesisValidatorsRoot?: Root} = {}) {
    this.genesisValidatorsRoot = init.genesisValidatorsRoot ?? TEST_GENESIS_VALIDATORS_ROOT;
  }

  of(pubkey: Pubkey): MemoryKeyHistory {
    const history = this.keys.get(pubkey) ?? new MemoryKeyHistory();
    this.keys.set(pubkey, history);
    return history;
  }
}

/** By all that a record says; two records without a root are the same record, though never the same message. */
export const isSameVoteRecord = (a: AttestationRecord, b: AttestationRecord): boolean =>
  a.sourceEpoch === b.sourceEpoch && a.targetEpoch === b.targetEpoch && a.signingRoot === b.signingRoot;

export const isSameBlockRecord = (a: BlockRecord, b: BlockRecord): boolean =>
  a.slot === b.slot && a.signingRoot === b.signingRoot;

/** The same message, for all that is known. */
export const isSameVote = (a: AttestationRecord, b: AttestationRecord): boolean =>
  a.targetEpoch === b.targetEpoch && !areSlashableVotes(a, b);

export const isSameProposal = (a: BlockRecord, b: BlockRecord): boolean =>
  a.slot === b.slot && !areSlashableProposals(a, b);

export const lowest = <T extends number | bigint>(values: readonly T[]): T =>
  values.reduce((low, value) => {
    // Math.min would round what is a bigint.
    if (value < low) return value;
    return low;
  });

export const highest = <T extends number | bigint>(values: readonly T[]): T =>
  values.reduce((high, value) => {
    if (value > high) return value;
    return high;
  });

export const isBeyondSafe = (value: number | bigint): boolean => value > Number.MAX_SAFE_INTEGER;

/** What records with these roots for the target of a vote say of the vote. */
export function explanationBy(roots: readonly (Root | null)[], signingRoot: Root | undefined): Explanation {
  if (roots.length === 0) return "none";
  if (signingRoot !== undefined && roots.includes(signingRoot)) return "same";
  return signingRoot === undefined || roots.includes(null) ? "unknown_root" : "other";
}
