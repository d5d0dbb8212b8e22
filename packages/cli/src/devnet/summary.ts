import type {DevnetFigures, DutyTotals} from "./devnet-handle.ts";

/** The last line of a run, for scripts. */
export interface DevnetSummary extends Omit<DevnetFigures, "singleVoteShare"> {
  /** The micro-node's own; null when there was none. */
  readonly rssBytes: number | null;
}

export function summarize({singleVoteShare: _, ...figures}: DevnetFigures, rssBytes: number | null): DevnetSummary {
  return {...figures, rssBytes};
}

/** The same for people. */
export function summaryLine({
  slots,
  finalizedEpoch,
  attestations,
  proposals,
  syncCommittee: {participation},
  payloadAttestations,
  slashableMessages,
  singleVoteShare,
}: DevnetFigures): string {
  const ofDuties = ({included, expected}: DutyTotals): string => `${included} of ${expected}`;
  return [
    `${slots} slots`,
    `finalised epoch ${finalizedEpoch}`,
    `${ofDuties(proposals)} blocks proposed`,
    `${ofDuties(attestations)} votes included, ${attestations.missed} missed`,
    `${(100 * singleVoteShare).toFixed(1)}% of them without an aggregate`,
    ...(participation === null ? [] : [`${(100 * participation).toFixed(1)}% of the sync committee`]),
    ...(payloadAttestations.expected === 0 ? [] : [`${ofDuties(payloadAttestations)} payload votes`]),
    `${slashableMessages} slashable messages`,
  ].join(" · ");
}
