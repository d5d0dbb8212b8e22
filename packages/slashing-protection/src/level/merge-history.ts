import type {AttestationRecord, BlockRecord, ImportCounts, KeyImportReport} from "@mote/core";
import {isBeyondSafe} from "../rules/exact.ts";
import {mergeProposals} from "../rules/proposal-rules.ts";
import {mergeVotes} from "../rules/vote-rules.ts";
import type {RecordCodec, SealedEntry} from "./codec.ts";
import {type KeySummary, tallyAfter} from "./key-summary.ts";
import type {WriteOperation} from "./protection-database.ts";

interface History {
  readonly attestations: readonly AttestationRecord[];
  readonly blocks: readonly BlockRecord[];
}

/** All that an import has spooled for one key, each record once. */
export type StagedHistory = History;

export interface MergedHistory {
  /** Null when it stays as it is: a key of which nothing is said has no summary. */
  readonly summary: KeySummary | null;
  /** The summary is not among them. */
  readonly operations: WriteOperation[];
  readonly report: KeyImportReport;
}

/** What the import of `staged` makes of a key's history. */
export function mergeHistory(
  history: {readonly summary: KeySummary; readonly onRecord: History; readonly staged: StagedHistory},
  codec: RecordCodec,
): MergedHistory {
  const {summary, onRecord, staged} = history;
  const votes = joined(staged.attestations, onRecord.attestations, {
    encode: (record) => codec.encodeVote(record),
    merge: (imported, isOnRecord) => mergeVotes(summary.votes, imported, isOnRecord),
  });
  const proposals = joined(staged.blocks, onRecord.blocks, {
    encode: (record) => codec.encodeProposal(record),
    merge: (imported, isOnRecord) => mergeProposals(summary.proposals, imported, isOnRecord),
  });
  const joinedSummary = {
    votes: votes.summary ?? summary.votes,
    proposals: proposals.summary ?? summary.proposals,
    voteTally: tallyAfter(
      summary.voteTally,
      votes.entries.map(({seal}) => seal),
    ),
    proposalTally: tallyAfter(
      summary.proposalTally,
      proposals.entries.map(({seal}) => seal),
    ),
  };
  return {
    summary: votes.summary === null && proposals.summary === null ? null : joinedSummary,
    operations: [...votes.entries, ...proposals.entries],
    report: {
      pubkey: codec.pubkey,
      attestations: votes.counts,
      blocks: proposals.counts,
      isBlocked:
        staged.blocks.some(({slot}) => isBeyondSafe(slot)) ||
        staged.attestations.some(
          ({sourceEpoch, targetEpoch}) => isBeyondSafe(sourceEpoch) || isBeyondSafe(targetEpoch),
        ),
    },
  };
}

interface Merged<R, S> {
  readonly summary: S;
  readonly added: readonly R[];
  readonly knownCount: number;
  readonly belowMinimumCount: number;
}

interface Joined<S> {
  readonly entries: readonly SealedEntry[];
  /** Null when there was nothing to join. */
  readonly summary: S | null;
  readonly counts: ImportCounts;
}

/** The same for votes and proposals: a record is on record when its key is. */
function joined<R, S>(
  imported: readonly R[],
  onRecord: readonly R[],
  rules: {
    encode(record: R): SealedEntry;
    merge(imported: readonly R[], isOnRecord: (record: R) => boolean): Merged<R, S>;
  },
): Joined<S> {
  if (imported.length === 0) return {entries: [], summary: null, counts: {added: 0, known: 0, belowMinimum: 0}};
  const nameOf = (record: R) => rules.encode(record).key;
  const names = new Set(onRecord.map(nameOf));
  const isOnRecord = names.size === 0 ? () => false : (record: R) => names.has(nameOf(record));
  const merged = rules.merge(imported, isOnRecord);
  return {
    entries: merged.added.map((record) => rules.encode(record)),
    summary: merged.summary,
    counts: {added: merged.added.length, known: merged.knownCount, belowMinimum: merged.belowMinimumCount},
  };
}
