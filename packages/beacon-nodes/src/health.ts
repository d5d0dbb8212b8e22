import type {BeaconFault} from "./beacon-node-error.ts";
import type {SyncStatus} from "./routes/chain.ts";

export const BEACON_NODE_STATES = [
  /** Not asked yet. */
  "unknown",
  "unreachable",
  "syncing",
  "optimistic",
  "el_offline",
  "wrong_chain",
  "ready",
] as const;
export type BeaconNodeState = (typeof BEACON_NODE_STATES)[number];

export interface StateChange {
  readonly name: string;
  readonly from: BeaconNodeState;
  readonly to: BeaconNodeState;
  readonly detail: string;
}

/** Weight of the newest call in the averages: about the last ten count. */
const EWMA_WEIGHT = 0.2;
/** What one failed call costs its node in the order of preference, in milliseconds of latency. */
const FAULT_COST_MS = 10_000;

/** What is known of one node: its state, which changes by what it says of itself, and how well its calls go. */
export class NodeHealth {
  readonly #name: string;
  readonly #onStateChange: (change: StateChange) => void;
  #state: BeaconNodeState = "unknown";
  #detail = "";
  #faultRate = 0;
  #latencyMs: number | null = null;

  constructor(init: {readonly name: string}, components: {readonly onStateChange: (change: StateChange) => void}) {
    this.#name = init.name;
    this.#onStateChange = components.onStateChange;
  }

  get state(): BeaconNodeState {
    return this.#state;
  }

  get detail(): string {
    return this.#detail;
  }

  /** From 0 (every call failed lately) to 1. */
  get score(): number {
    return 1 - this.#faultRate;
  }

  /** Average of the last successful calls; null before the first. */
  get latencyMs(): number | null {
    return this.#latencyMs;
  }

  /** Less is better. */
  get costMs(): number {
    return (this.#latencyMs ?? 0) + this.#faultRate * FAULT_COST_MS;
  }

  /** Tells the listener when the state differs from before, and only then. */
  become(state: BeaconNodeState, detail: string): void {
    this.#detail = detail;
    if (state === this.#state) return;
    const from = this.#state;
    this.#state = state;
    this.#onStateChange({name: this.#name, from, to: state, detail});
  }

  callSucceeded(durationMs: number): void {
    this.#faultRate *= 1 - EWMA_WEIGHT;
    this.#latencyMs =
      this.#latencyMs === null ? durationMs : this.#latencyMs + EWMA_WEIGHT * (durationMs - this.#latencyMs);
  }

  /** A call that we stopped says nothing of the node, nor does a correct answer that it is not ready. */
  callFailed(fault: BeaconFault): void {
    if (fault === "ABORTED" || fault === "NOT_READY" || fault === "NOT_SUPPORTED") return;
    this.#faultRate += EWMA_WEIGHT * (1 - this.#faultRate);
  }
}

/** The state that a node claims; the first of its troubles, since each of them alone keeps it from serving duties. */
export function stateOf(status: SyncStatus): {readonly state: BeaconNodeState; readonly detail: string} {
  if (status.isSyncing) return {state: "syncing", detail: `${status.syncDistance} slots behind`};
  if (status.elOffline) return {state: "el_offline", detail: "its execution client is offline"};
  if (status.isOptimistic) return {state: "optimistic", detail: "its head is not verified by its execution client"};
  return {state: "ready", detail: `head slot ${status.headSlot}`};
}
