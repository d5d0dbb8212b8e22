import type {DevnetFigures, DutyTotals, VotesByPath} from "./devnet-handle.ts";
import {NO_P2P_FIGURES, type NodeP2pFigures, type VetoFigures} from "./p2p-figures.ts";

/** The last line of a run, for scripts. */
export interface DevnetSummary extends Omit<DevnetFigures, "singleVoteShare" | "votesByPath"> {
  /** The micro-node's own; null when there was none. */
  readonly rssBytes: number | null;
  /** Left out without p2p. */
  readonly p2p?: P2pSummary;
}

/** As the micro-node said, and the devnet's count of votes by path. Null: the node has not said, or there was none. */
export interface P2pSummary extends Omit<NodeP2pFigures, "vetoes"> {
  readonly vetoes: number;
  readonly vetoesByValue: VetoFigures;
  readonly votesByPath: VotesByPath;
}

export interface NodeFigures {
  readonly rssBytes: number | null;
  readonly p2p: NodeP2pFigures | null;
}

export function summarize(figures: DevnetFigures, {rssBytes, p2p}: NodeFigures): DevnetSummary {
  const {singleVoteShare: _, votesByPath, ...others} = figures;
  const summary = {...others, rssBytes};
  return votesByPath === null ? summary : {...summary, p2p: p2pSummary(p2p ?? NO_P2P_FIGURES, votesByPath)};
}

function p2pSummary(
  {vetoes: vetoesByValue, notProvable, ...figures}: NodeP2pFigures,
  votesByPath: VotesByPath,
): P2pSummary {
  const {source, target, head} = vetoesByValue;
  return {...figures, vetoes: source + target + head, vetoesByValue, notProvable, votesByPath};
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
  votesByPath,
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
    ...(votesByPath === null ? [] : [`${votesByPath.gossipOnly} votes by gossip alone`]),
    `${slashableMessages} slashable messages`,
  ].join(" · ");
}
