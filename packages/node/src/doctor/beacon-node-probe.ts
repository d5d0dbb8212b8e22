import {
  BeaconNode,
  BeaconNodeError,
  type CallReport,
  type ChainIdentity,
  type NodeAddress,
  readChainIdentity,
  type SyncStatus,
} from "@mote/beacon-nodes";
import {type Clock, sleep} from "@mote/core";

/** To be added to our clock to get the other's; the truth lies between. */
export interface OffsetBounds {
  readonly lowMs: number;
  readonly highMs: number;
}

export interface BeaconNodeReport {
  readonly name: string;
  /** Fit for printing. */
  readonly url: string;
  /** Why the node could not be asked; null when it answered. */
  readonly problem: string | null;
  readonly version: string | null;
  readonly sync: SyncStatus | null;
  /** Null when the node did not tell all of it. */
  readonly identity: ChainIdentity | null;
  /** Null where the node does not say. */
  readonly peers: number | null;
  readonly latencyMsMedian: number | null;
  readonly offset: OffsetBounds | null;
}

const LATENCY_SAMPLES = 5;
/** Five answers over a second see the `Date` header change: it is cut to seconds. */
const SAMPLE_PAUSE_MS = 220;
/** An HTTP date is cut to seconds, and a busy server renews its text late. RFC 9110, 5.6.7 */
const DATE_WIDTH_MS = 1_250;

/** Asks one beacon node all that the doctor wants to know; each call is bounded by its route. Never rejects for what the node does. */
export async function probeBeaconNode(
  address: NodeAddress,
  {clock, signal}: {readonly clock: Clock; readonly signal: AbortSignal},
): Promise<BeaconNodeReport> {
  const calls: CallReport[] = [];
  const node = new BeaconNode(address, {clock, onCall: (call) => calls.push(call)});
  const empty = {version: null, sync: null, identity: null, peers: null, latencyMsMedian: null, offset: null};
  const base = {name: node.name, url: node.redactedUrl, problem: null, ...empty};
  try {
    const version = await node.version(signal);
    const [sync, identity, peers] = [
      await node.syncing(signal),
      await ifTold(readChainIdentity(node, signal)),
      await ifTold(node.peerCount(signal)),
    ];
    const latencies: number[] = [];
    for (let sample = 0; sample < LATENCY_SAMPLES; sample++) {
      await node.syncing(signal);
      latencies.push(calls.at(-1)?.durationMs ?? 0);
      await sleep(clock, SAMPLE_PAUSE_MS, signal);
    }
    const latencyMsMedian = latencies.sort((a, b) => a - b)[Math.floor(LATENCY_SAMPLES / 2)] ?? null;
    return {...base, version, sync, identity, peers, latencyMsMedian, offset: offsetOf(calls)};
  } catch (error) {
    if (!(error instanceof BeaconNodeError)) throw error;
    return {...base, problem: `${error.reason} ${error.detail}`.trim(), offset: offsetOf(calls)};
  } finally {
    node.close();
  }
}

async function ifTold<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof BeaconNodeError && error.reason !== "ABORTED") return null;
    throw error;
  }
}

/** Each answer bounds the offset to a second and some; together they bound it to less. Null when they contradict each other. */
export function offsetOf(
  calls: readonly Pick<CallReport, "sentMs" | "receivedMs" | "serverDateMs">[],
): OffsetBounds | null {
  let [lowMs, highMs] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const {sentMs, receivedMs, serverDateMs} of calls) {
    if (serverDateMs === null) continue;
    lowMs = Math.max(lowMs, serverDateMs - receivedMs);
    highMs = Math.min(highMs, serverDateMs + DATE_WIDTH_MS - sentMs);
  }
  return lowMs <= highMs && Number.isFinite(lowMs) ? {lowMs, highMs} : null;
}
