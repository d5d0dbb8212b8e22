import type {AttestationRecord, Epoch, Explanation, RecordedEpoch, Root, Verdict} from "@mote/core";
import {isBeyondSafe, maxOf, minOf} from "./exact.ts";

/** The part of an attestation that slashing looks at. */
export interface Vote {
  readonly sourceEpoch: Epoch;
  readonly targetEpoch: Epoch;
  readonly signingRoot: Root;
}

/**
 * EIP-3076's minimum: nothing with a source below or a target at or below is signed any more, unless the very vote is on record.
 * It starts as the first vote of the key, pruning raises it, nothing lowers it.
 */
export interface VoteWatermark {
  readonly sourceEpoch: RecordedEpoch;
  readonly targetEpoch: RecordedEpoch;
}

/**
 * What is known of all votes of a key without reading them. Invariants: `watermark` is nowhere above the newest values, and every
 * vote that is no longer on record has a source and a target at or below `watermark`.
 */
export interface VoteSummary {
  readonly watermark: VoteWatermark;
  /** The highest source and the highest target ever recorded; imports aside they belong to the same vote. */
  readonly newestSourceEpoch: RecordedEpoch;
  readonly newestTargetEpoch: RecordedEpoch;
}

/**
 * The complete rule of EIP-3076 over `history`, all votes of the key that are on record (in any order), and the minimum that stands
 * for those that are not. What is on record for the vote's own target, if anything, decides alone: then it suffices as `history`.
 */
export function judgeVote(vote: Vote, history: readonly AttestationRecord[], summary: VoteSummary | null): Verdict {
  if (vote.sourceEpoch > vote.targetEpoch) return {kind: "refused", reason: "SOURCE_AFTER_TARGET"};

  const sameTarget = history.filter((record) => record.targetEpoch === vote.targetEpoch);
  if (sameTarget.some((record) => isSameVote(record, vote))) return {kind: "already_signed"};
  if (sameTarget[0] !== undefined) return refuse("DOUBLE_VOTE", sameTarget[0]);

  const surrounded = history.find((record) => surrounds(vote, record));
  if (surrounded !== undefined) return refuse("SURROUNDING_VOTE", surrounded);
  const surrounding = history.find((record) => surrounds(record, vote));
  if (surrounding !== undefined) return refuse("SURROUNDED_VOTE", surrounding);

  if (summary !== null) {
    const conflict = {kind: "watermark", ...summary.watermark} as const;
    if (vote.sourceEpoch < conflict.sourceEpoch) return {kind: "refused", reason: "SOURCE_BELOW_MINIMUM", conflict};
    if (vote.targetEpoch <= conflict.targetEpoch) {
      return {kind: "refused", reason: "TARGET_NOT_ABOVE_MINIMUM", conflict};
    }
  }
  return {kind: "accepted"};
}

/**
 * Judges what the summary alone decides: a target above every target and a source no older than any source can neither equal nor
 * surround anything. Null for any other vote: its history has to be read.
 */
export function judgeVoteBySummary(vote: Vote, summary: VoteSummary | null): Verdict | null {
  if (vote.sourceEpoch > vote.targetEpoch) return {kind: "refused", reason: "SOURCE_AFTER_TARGET"};
  if (summary === null) return {kind: "accepted"};
  const isMonotone = vote.targetEpoch > summary.newestTargetEpoch && vote.sourceEpoch >= summary.newestSourceEpoch;
  return isMonotone ? {kind: "accepted"} : null;
}

/** The summary once `vote` is on record too. */
export function summaryWithVote(summary: VoteSummary | null, {sourceEpoch, targetEpoch}: Vote): VoteSummary {
  return {
    watermark: summary?.watermark ?? {sourceEpoch, targetEpoch},
    newestSourceEpoch: maxOf(summary?.newestSourceEpoch ?? sourceEpoch, sourceEpoch),
    newestTargetEpoch: maxOf(summary?.newestTargetEpoch ?? targetEpoch, targetEpoch),
  };
}

/** True when `summary` reaches back so far that a whole lot of records may go. Lots keep the reading of history off most votes. */
export function isVotePruningDue(summary: VoteSummary, retainEpochs: number): boolean {
  const {newestTargetEpoch: newest, watermark} = summary;
  // A value that large blocks its key, so nothing is added to it any more.
  if (isBeyondSafe(newest) || isBeyondSafe(watermark.targetEpoch)) return false;
  return newest - watermark.targetEpoch > retainEpochs + Math.ceil(retainEpochs / 8);
}

/**
 * Which of `history` to forget, and the watermark that then stands for it: at or above every forgotten target (no double vote, none
 * surrounded) and every forgotten source (none surrounding). The vote with the newest target always stays.
 */
export function pruneVotes(
  summary: VoteSummary,
  history: readonly AttestationRecord[],
  retainEpochs: number,
): {readonly summary: VoteSummary; readonly forgotten: readonly AttestationRecord[]} {
  const lastForgotten = (Number(summary.newestTargetEpoch) - retainEpochs - 1) as Epoch;
  const forgotten = history.filter((record) => record.targetEpoch <= lastForgotten);
  const sourceEpoch = forgotten.reduce(
    (highest, record) => maxOf(highest, record.sourceEpoch),
    summary.watermark.sourceEpoch,
  );
  const watermark = {sourceEpoch, targetEpoch: maxOf(summary.watermark.targetEpoch, lastForgotten)};
  return {summary: {...summary, watermark}, forgotten};
}

/** What `sameTarget`, all that is on record for a vote's target, says of that vote; its root may not be known to who asks. */
export function explanationOf(signingRoot: Root | undefined, sameTarget: readonly AttestationRecord[]): Explanation {
  if (sameTarget.length === 0) return "none";
  if (signingRoot === undefined) return "unknown_root";
  if (sameTarget.some((record) => record.signingRoot === signingRoot)) return "same";
  return sameTarget.some((record) => record.signingRoot === null) ? "unknown_root" : "other";
}

/** What an import does to the votes of one key. */
export interface MergedVotes {
  readonly summary: VoteSummary;
  /** To be put on record. */
  readonly added: readonly AttestationRecord[];
  readonly knownCount: number;
  readonly belowMinimumCount: number;
}

/**
 * Joins imported votes with what is on record. A key without votes takes the minimum over `imported`, source and target apart. A
 * minimum that is there is never lowered: imported votes at or below it are not kept, since its target refuses whatever could equal
 * them or be surrounded by them, and raising its source to theirs refuses whatever could surround them. So nothing that the minimum
 * stands for can be brought back by the export of a key into an empty store. A value above 2^53−1 blocks the key, by the minimum.
 *
 * @param imported at least one vote
 * @param isOnRecord whether the very same record (source, target and root or its absence) is there
 */
export function mergeVotes(
  summary: VoteSummary | null,
  imported: readonly AttestationRecord[],
  isOnRecord: (record: AttestationRecord) => boolean,
): MergedVotes {
  const fresh = imported.filter((record) => !isOnRecord(record));
  const isKept = (record: AttestationRecord) => summary === null || record.targetEpoch > summary.watermark.targetEpoch;
  const added = fresh.filter(isKept);
  const belowMinimum = fresh.filter((record) => !isKept(record));
  const sources = fresh.map(({sourceEpoch}) => sourceEpoch);
  const targets = fresh.map(({targetEpoch}) => targetEpoch);
  const [first] = imported;
  if (first === undefined) throw new Error("there is nothing to merge");
  let {sourceEpoch, targetEpoch} = summary?.watermark ?? {
    sourceEpoch: sources.reduce(minOf, first.sourceEpoch),
    targetEpoch: targets.reduce(minOf, first.targetEpoch),
  };
  sourceEpoch = belowMinimum.map((record) => record.sourceEpoch).reduce(maxOf, sourceEpoch);
  sourceEpoch = sources.filter(isBeyondSafe).reduce<RecordedEpoch>(maxOf, sourceEpoch);
  targetEpoch = targets.filter(isBeyondSafe).reduce<RecordedEpoch>(maxOf, targetEpoch);
  return {
    summary: {
      watermark: {sourceEpoch, targetEpoch},
      newestSourceEpoch: [...sources, sourceEpoch].reduce(maxOf, summary?.newestSourceEpoch ?? first.sourceEpoch),
      newestTargetEpoch: [...targets, targetEpoch].reduce(maxOf, summary?.newestTargetEpoch ?? first.targetEpoch),
    },
    added,
    knownCount: imported.length - fresh.length,
    belowMinimumCount: belowMinimum.length,
  };
}

/**
 * What an export has to add to the records, so that they refuse in an empty store what the minimum refuses here. Null when a record
 * does it already: one for the minimum's target, with a source no older than its source.
 */
export function watermarkVote(
  {watermark}: VoteSummary,
  history: readonly AttestationRecord[],
): AttestationRecord | null {
  const isImplied = history.some(
    ({sourceEpoch, targetEpoch}) => targetEpoch === watermark.targetEpoch && sourceEpoch >= watermark.sourceEpoch,
  );
  return isImplied ? null : {...watermark, signingRoot: null};
}

type Span = {readonly sourceEpoch: RecordedEpoch; readonly targetEpoch: RecordedEpoch};

/** phase0/beacon-chain.md#is_slashable_attestation_data, its second case */
const surrounds = (outer: Span, inner: Span): boolean =>
  outer.sourceEpoch < inner.sourceEpoch && inner.targetEpoch < outer.targetEpoch;

/** A root stands for the whole message, so a known root with another source is a mistake of the caller and not the known vote. */
const isSameVote = (record: AttestationRecord, vote: Vote): boolean =>
  record.signingRoot === vote.signingRoot && record.sourceEpoch === vote.sourceEpoch;

const refuse = (
  reason: "DOUBLE_VOTE" | "SURROUNDING_VOTE" | "SURROUNDED_VOTE",
  {sourceEpoch, targetEpoch, signingRoot}: AttestationRecord,
): Verdict => ({kind: "refused", reason, conflict: {kind: "attestation", sourceEpoch, targetEpoch, signingRoot}});
