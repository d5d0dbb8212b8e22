import type {AttestationRecord, Epoch, Root, Verdict} from "@mote/core";

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
  readonly sourceEpoch: Epoch;
  readonly targetEpoch: Epoch;
}

/**
 * What is known of all votes of a key without reading them. Invariants: `watermark` is nowhere above the newest values, and every
 * vote that is no longer on record has a source and a target at or below `watermark`.
 */
export interface VoteSummary {
  readonly watermark: VoteWatermark;
  /** The highest source and the highest target ever recorded; imports aside they belong to the same vote. */
  readonly newestSourceEpoch: Epoch;
  readonly newestTargetEpoch: Epoch;
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
  const lotEpochs = Math.ceil(retainEpochs / 8);
  return summary.newestTargetEpoch - summary.watermark.targetEpoch > retainEpochs + lotEpochs;
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
  const lastForgotten = (summary.newestTargetEpoch - retainEpochs - 1) as Epoch;
  const forgotten = history.filter((record) => record.targetEpoch <= lastForgotten);
  const sourceEpoch = forgotten.reduce(
    (highest, record) => maxOf(highest, record.sourceEpoch),
    summary.watermark.sourceEpoch,
  );
  const watermark = {sourceEpoch, targetEpoch: maxOf(summary.watermark.targetEpoch, lastForgotten)};
  return {summary: {...summary, watermark}, forgotten};
}

type Span = {readonly sourceEpoch: Epoch; readonly targetEpoch: Epoch};

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

const maxOf = (a: Epoch, b: Epoch): Epoch => Math.max(a, b) as Epoch;
