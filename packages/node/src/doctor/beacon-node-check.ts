import type {BeaconNodeReport} from "./beacon-node-probe.ts";
import {type Finding, failure, fine, warning} from "./finding.ts";

/** Fewer peers than this, and messages reach the network late or not at all. */
const PEERS_MIN = 8;
/** A vote passes through the node three times within a third of a slot. */
const LATENCY_WARN_MS = 300;

/** How the node's chain compares with ours: null when it could not be compared. */
export type ChainVerdict =
  | {readonly kind: "same"; readonly notes: readonly string[]}
  | {readonly kind: "other"; readonly difference: string}
  | null;

/** @param isPublic the node is on a network of many: few peers mean that it is hard to reach */
export function checkBeaconNode(
  {report, chain}: {readonly report: BeaconNodeReport; readonly chain: ChainVerdict},
  {isPublic}: {readonly isPublic: boolean},
): Finding {
  const title = `beacon node ${report.name}`;
  const {url, problem, version, sync, peers, latencyMsMedian} = report;
  if (problem !== null || sync === null) {
    return failure(title, `${url} does not answer: ${problem}`, "Start it, or correct --beacon-nodes.");
  }
  const facts = [
    version ?? "unknown version",
    latencyMsMedian === null ? "" : `answers in ${Math.round(latencyMsMedian)} ms`,
    peers === null ? "" : `${peers} peers`,
  ].filter((fact) => fact !== "");
  const told = (what: string): string => `${url}: ${what} (${facts.join(", ")})`;
  if (chain?.kind === "other") {
    return failure(
      title,
      told(`is on another chain: ${chain.difference}`),
      "Point --beacon-nodes at nodes of this network.",
    );
  }
  if (sync.isSyncing) {
    return warning(
      title,
      told(`is syncing, ${sync.syncDistance} slots to go`),
      "Wait: Mote uses it when it is synced.",
    );
  }
  if (sync.elOffline) return failure(title, told("its execution client is offline"), "Start its execution client.");
  if (sync.isOptimistic) {
    return warning(
      title,
      told("its execution client has not verified the head yet"),
      "Wait: Mote does not sign on such a head.",
    );
  }
  if (chain === null) return warning(title, told("does not tell all of its chain"), "Update the beacon node.");
  if (isPublic && peers !== null && peers < PEERS_MIN) {
    return warning(title, told("has few peers"), "Open its p2p ports in firewall and router: votes may travel late.");
  }
  if (latencyMsMedian !== null && latencyMsMedian > LATENCY_WARN_MS) {
    return warning(title, told("is slow"), "Use a nearer node, or give this one more room.");
  }
  if (chain.notes.length > 0) {
    return warning(
      title,
      told(`differs in ${chain.notes.join(", ")}`),
      "Update the older of the two before the next fork.",
    );
  }
  return fine(title, told("synced"));
}

/**
 * One finding about all of them together; null when there is nothing to add.
 * @param isEnoughAlone it is the middleware of a distributed validator, of which each node has its own
 */
export function checkBeaconNodeSet(
  findings: readonly Finding[],
  {isEnoughAlone}: {readonly isEnoughAlone: boolean},
): Finding | null {
  const title = "beacon nodes";
  const [only, ...others] = findings;
  if (others.length > 0 && findings.every(({level}) => level === "fail")) {
    return failure(title, "none of them can be used", "Mote starts, and waits until one can.");
  }
  if (others.length > 0 || only?.level === "fail" || isEnoughAlone) return null;
  return warning(
    title,
    "there is one",
    "Give a second one by --beacon-nodes, so that duties go on while the first is down.",
  );
}
