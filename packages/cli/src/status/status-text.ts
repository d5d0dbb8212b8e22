import type {BeaconNodeStatus, NodeStatus, SlotStatus, ValidatorStatusLine} from "@mote/node";
import {columns} from "../screen/columns.ts";

/** Lines of a kind that one screen holds beside the others. */
const LINES_MAX = 8;

/** What a node says of itself, on one calm screen. @param widthMax of it */
export function statusText(status: NodeStatus, widthMax = Number.POSITIVE_INFINITY): string {
  const table: Table = (rows) => columns(rows, widthMax);
  const sections = [facts(status, table), beaconNodes(status, table), silentKeys(status, table), slots(status, table)];
  return `${sections.filter((section) => section !== "").join("\n")}`;
}

type Table = (rows: readonly (readonly string[])[]) => string;

function facts(status: NodeStatus, table: Table): string {
  const {version, network, pid, rssBytes, nowMs, startedMs, state, datadir, protection, keymanagerApi, metrics} =
    status;
  const doing = state === "starting" ? "starting" : "running";
  const rows = [
    ["chain", chainText(status)],
    ["validators", validatorsText(status)],
    ["signers", signersText(status)],
    ["guards", guardsText(status)],
    ["network", p2pText(status)],
    ["protection", protection.place],
    ["datadir", datadir],
    ["keymanager", keymanagerApi?.url ?? "off (--http)"],
    ["metrics", metrics?.url ?? "off (--metrics)"],
  ];
  const title = `Mote ${version} on ${network}: ${doing} for ${durationText(nowMs - startedMs)}`;
  return `${title} (pid ${pid}, ${Math.round(rssBytes / 2 ** 20)} MiB)\n\n${table(rows)}`;
}

function chainText({chain, nowMs}: NodeStatus): string {
  if (chain === null) return "waiting for a beacon node";
  const {slot, epoch, slotDurationMs, genesisTimeSec} = chain;
  const genesisMs = genesisTimeSec * 1000;
  if (nowMs < genesisMs) return `genesis in ${durationText(genesisMs - nowMs)}`;
  const intoSlotMs = nowMs - genesisMs - slot * slotDurationMs;
  return `slot ${slot}, epoch ${epoch}, ${(intoSlotMs / 1000).toFixed(1)} of ${slotDurationMs / 1000} s`;
}

function validatorsText({validators}: NodeStatus): string {
  if (validators === null) return "being loaded";
  const {total, known, withDuties, signing} = validators;
  if (total === 0) return "no keys yet: mote keys new, or mote keys import";
  return `${total} ${total === 1 ? "key" : "keys"}: ${known} on the chain, ${withDuties} with duties, ${signing} would sign now`;
}

function signersText({signers: {localKeys, remoteKeys, remoteUrls}}: NodeStatus): string {
  const remote = remoteKeys === 0 ? [] : [`${remoteKeys} at ${remoteUrls.join(", ")}`];
  const local = localKeys === 0 && remoteKeys > 0 ? [] : [`${localKeys} in this process`];
  return [...local, ...remote].join(", ");
}

function guardsText({doppelgangerProtection, distributed}: NodeStatus): string {
  if (distributed) return "distributed: one share of each key";
  return doppelgangerProtection ? "doppelganger protection" : "no doppelganger protection";
}

function p2pText({p2p, state}: NodeStatus): string {
  // A node that was started by an older Mote does not tell.
  if (p2p === null || p2p === undefined) return state === "starting" ? "not yet" : "off (--p2p)";
  if (p2p.state !== "running") return p2p.state === "starting" ? "starting" : "could not begin, see the log";
  const {peers, votes, lightClient, vetoes, publishes} = p2p;
  const vetoCount = Object.values(vetoes).reduce((sum, count) => sum + count, 0);
  const {finalizedEpoch, slot} = lightClient;
  const proven = slot === null ? "light client not begun" : `proven to slot ${slot}, final to epoch ${finalizedEpoch}`;
  const echoes = publishes ? [`${votes.echoed} of ${votes.sent} votes echoed`] : ["nothing sent"];
  const refused = vetoCount === 0 ? [] : [`${vetoCount} ${vetoCount === 1 ? "vote" : "votes"} vetoed`];
  return [`${peers.inbound + peers.outbound} peers`, ...echoes, proven, ...refused].join(", ");
}

function beaconNodes({beaconNodes: nodes}: NodeStatus, table: Table): string {
  if (nodes.length === 0) return "";
  const row = ({name, state, latencyMs, version, url, detail, eventStreamStands, isProposerNode}: BeaconNodeStatus) => [
    name,
    state.replaceAll("_", " "),
    latencyMs === null ? "–" : `${Math.round(latencyMs)} ms`,
    isProposerNode ? "blocks only" : eventStreamStands ? "events" : "no events",
    version ?? "–",
    detail === "" || detail === version ? url : `${url}: ${detail}`,
  ];
  return table(nodes.map(row));
}

function silentKeys({validators}: NodeStatus, table: Table): string {
  const silent = validators?.shown.filter(({refusal}) => refusal !== null) ?? [];
  if (silent.length === 0) return "";
  const row = ({pubkey, index, status, refusal}: ValidatorStatusLine) => [
    `${pubkey.slice(0, 18)}…`,
    index === null ? "–" : String(index),
    status ?? "not on the chain",
    refusal === null ? "" : `${refusal.reason}: ${refusal.detail}`,
  ];
  const more = silent.length > LINES_MAX ? `  and ${silent.length - LINES_MAX} more: mote status --json\n` : "";
  return `Keys that do not sign:\n${table(silent.slice(0, LINES_MAX).map(row))}${more}`;
}

function slots({slots: recent}: NodeStatus, table: Table): string {
  if (recent.length === 0) return "";
  const row = ({slot, votes, others, failures}: SlotStatus) => [
    String(slot),
    votes.total === 0 ? "–" : `${votes.published} of ${votes.total} votes sent, ${votes.included} in blocks`,
    others.total === 0 ? "–" : `${others.published} of ${others.total} others`,
    failures.map(({reason, count}) => `${reason} × ${count}`).join(", "),
  ];
  return `Newest slots:\n${table(recent.slice(0, LINES_MAX).map(row))}`;
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** The two largest units: `3 h 12 min`. */
export function durationText(durationMs: number): string {
  let leftSec = Math.max(0, Math.floor(durationMs / 1000));
  const parts: string[] = [];
  for (const [unit, seconds] of UNITS) {
    const count = Math.floor(leftSec / seconds);
    leftSec -= count * seconds;
    if (count > 0 || (unit === "s" && parts.length === 0)) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}
