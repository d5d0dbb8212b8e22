import type {DevnetFigures} from "./devnet-handle.ts";

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
  slashableMessages,
  singleVoteShare,
}: DevnetFigures): string {
  const {included, expected, missed} = attestations;
  return [
    `${slots} slots`,
    `finalised epoch ${finalizedEpoch}`,
    `${included} of ${expected} votes included, ${missed} missed`,
    `${(100 * singleVoteShare).toFixed(1)}% of them without an aggregate`,
    `${slashableMessages} slashable messages`,
  ].join(" · ");
}
