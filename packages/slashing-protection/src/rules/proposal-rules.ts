import type {BlockRecord, RecordedSlot, Root, Slot, Verdict} from "@mote/core";
import {isBeyondSafe, maxOf, minOf} from "./exact.ts";

/** The part of a block that slashing looks at. */
export interface Proposal {
  readonly slot: Slot;
  readonly signingRoot: Root;
}

/**
 * What is known of all proposals of a key without reading them. Every proposal that is no longer on record lies at or below
 * `watermarkSlot`: EIP-3076's minimum, which starts as the first proposal, is raised by pruning and lowered by nothing.
 */
export interface ProposalSummary {
  readonly watermarkSlot: RecordedSlot;
  readonly newestSlot: RecordedSlot;
  /** How many proposals are on record. */
  readonly keptCount: number;
}

/** The complete rule of EIP-3076 over `sameSlot`, what is on record for the proposal's slot, and the minimum. */
export function judgeProposal(
  proposal: Proposal,
  sameSlot: readonly BlockRecord[],
  summary: ProposalSummary | null,
): Verdict {
  if (sameSlot.some((record) => record.signingRoot === proposal.signingRoot)) return {kind: "already_signed"};
  if (sameSlot[0] !== undefined) {
    const {slot, signingRoot} = sameSlot[0];
    return {kind: "refused", reason: "DOUBLE_PROPOSAL", conflict: {kind: "block", slot, signingRoot}};
  }
  if (summary !== null && proposal.slot <= summary.watermarkSlot) {
    const conflict = {kind: "watermark", slot: summary.watermarkSlot} as const;
    return {kind: "refused", reason: "SLOT_NOT_ABOVE_MINIMUM", conflict};
  }
  return {kind: "accepted"};
}

/** Judges what the summary alone decides: a slot above every slot is free. Null for any other: its slot has to be read. */
export function judgeProposalBySummary(proposal: Proposal, summary: ProposalSummary | null): Verdict | null {
  return summary === null || proposal.slot > summary.newestSlot ? {kind: "accepted"} : null;
}

/** The summary once `proposal` is on record too. */
export function summaryWithProposal(summary: ProposalSummary | null, {slot}: Proposal): ProposalSummary {
  if (summary === null) return {watermarkSlot: slot, newestSlot: slot, keptCount: 1};
  return {
    watermarkSlot: summary.watermarkSlot,
    newestSlot: maxOf(summary.newestSlot, slot),
    keptCount: summary.keptCount + 1,
  };
}

/** True when a whole lot of records is beyond `retainCount`. */
export function isProposalPruningDue(summary: ProposalSummary, retainCount: number): boolean {
  return summary.keptCount > retainCount + Math.ceil(retainCount / 8);
}

/** Which of `history` (ascending by slot) to forget so that the newest `retainCount` stay, and the watermark that then stands for it. */
export function pruneProposals(
  summary: ProposalSummary,
  history: readonly BlockRecord[],
  retainCount: number,
): {readonly summary: ProposalSummary; readonly forgotten: readonly BlockRecord[]} {
  const forgotten = history.slice(0, Math.max(0, history.length - retainCount));
  const lastSlot = forgotten.at(-1)?.slot ?? summary.watermarkSlot;
  const watermarkSlot = maxOf(lastSlot, summary.watermarkSlot);
  return {summary: {...summary, watermarkSlot, keptCount: history.length - forgotten.length}, forgotten};
}

/** What an import does to the proposals of one key. */
export interface MergedProposals {
  readonly summary: ProposalSummary;
  readonly added: readonly BlockRecord[];
  readonly knownCount: number;
  readonly belowMinimumCount: number;
}

/**
 * Joins imported proposals with what is on record, as `mergeVotes` does with votes.
 *
 * @param imported at least one proposal
 * @param isOnRecord whether the very same record (slot and root or its absence) is there
 */
export function mergeProposals(
  summary: ProposalSummary | null,
  imported: readonly BlockRecord[],
  isOnRecord: (record: BlockRecord) => boolean,
): MergedProposals {
  const fresh = imported.filter((record) => !isOnRecord(record));
  const added = fresh.filter(({slot}) => summary === null || slot > summary.watermarkSlot);
  const slots = fresh.map(({slot}) => slot);
  const [first] = imported;
  if (first === undefined) throw new Error("there is nothing to merge");
  const minimum = summary?.watermarkSlot ?? slots.reduce(minOf, first.slot);
  const watermarkSlot = slots.filter(isBeyondSafe).reduce<RecordedSlot>(maxOf, minimum);
  return {
    summary: {
      watermarkSlot,
      newestSlot: slots.reduce(maxOf, summary?.newestSlot ?? first.slot),
      keptCount: (summary?.keptCount ?? 0) + added.length,
    },
    added,
    knownCount: imported.length - fresh.length,
    belowMinimumCount: fresh.length - added.length,
  };
}

/** What an export has to add to the records for the minimum's sake; null when a record lies at it. */
export function watermarkProposal(
  {watermarkSlot}: ProposalSummary,
  history: readonly BlockRecord[],
): BlockRecord | null {
  return history.some(({slot}) => slot === watermarkSlot) ? null : {slot: watermarkSlot, signingRoot: null};
}
