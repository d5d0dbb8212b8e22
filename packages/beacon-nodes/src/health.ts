import type {Clock, Slot} from "@mote/core";
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
/** A wrong answer came from a node that works: it says more than a broken connection. */
const WRONG_ANSWER_WEIGHT = 0.5;

/** What costs a node its place in the order of preference, all in milliseconds of latency. */
const FAULT_COST_MS = 10_000;
const HEAD_LAG_COST_MS = 500;
const HEAD_LAG_SLOTS_MAX = 16;
const PROBATION_COST_MS = 5_000;
/** The cost at which half of the score is left. */
const HALF_SCORE_COST_MS = 2_000;

export interface NodeHealthInit {
  readonly name: string;
  /** A node that was not ready comes last among the ready ones for so long after it came back: it may go again as fast. */
  readonly probationMs: number;
}

export interface NodeHealthComponents {
  readonly clock: Pick<Clock, "nowMs">;
  readonly onStateChange: (change: StateChange) => void;
}

/** What is known of one node: its state, which changes by what it says of itself, and how well its calls go. */
export class NodeHealth {
  readonly #init: NodeHealthInit;
  readonly #components: NodeHealthComponents;
  #state: BeaconNodeState = "unknown";
  #detail = "";
  #faultRate = 0;
  #latencyMs: number | null = null;
  #headSlot: Slot | null = null;
  /** Null: not on probation. */
  #probationEndsMs: number | null = null;

  constructor(init: NodeHealthInit, components: NodeHealthComponents) {
    this.#init = init;
    this.#components = components;
  }

  get state(): BeaconNodeState {
    return this.#state;
  }

  get detail(): string {
    return this.#detail;
  }

  /** Average of the last successful calls; null before the first. */
  get latencyMs(): number | null {
    return this.#latencyMs;
  }

  /** As the node last said; null until it did. */
  get headSlot(): Slot | null {
    return this.#headSlot;
  }

  /** Of a node that is ready; less is better. `newestHeadSlot` is that of any node. */
  costMs(newestHeadSlot: number): number {
    const lag = this.#headSlot === null ? 0 : Math.max(0, newestHeadSlot - this.#headSlot);
    return (
      (this.#latencyMs ?? 0) +
      this.#faultRate * FAULT_COST_MS +
      Math.min(lag, HEAD_LAG_SLOTS_MAX) * HEAD_LAG_COST_MS +
      (this.#isOnProbation() ? PROBATION_COST_MS : 0)
    );
  }

  /** The cost for people, between 0 (not ready) and 1. */
  score(newestHeadSlot: number): number {
    return this.#state === "ready" ? HALF_SCORE_COST_MS / (HALF_SCORE_COST_MS + this.costMs(newestHeadSlot)) : 0;
  }

  /** Tells the listener when the state differs from before, and only then. */
  become(state: BeaconNodeState, detail: string): void {
    this.#detail = detail;
    if (state === this.#state) return;
    const from = this.#state;
    this.#state = state;
    if (state === "ready" && from !== "unknown") {
      this.#probationEndsMs = this.#components.clock.nowMs() + this.#init.probationMs;
    }
    this.#components.onStateChange({name: this.#init.name, from, to: state, detail});
  }

  headIs(slot: Slot): void {
    this.#headSlot = slot;
  }

  callSucceeded(durationMs: number): void {
    this.#faultRate *= 1 - EWMA_WEIGHT;
    this.#latencyMs =
      this.#latencyMs === null ? durationMs : this.#latencyMs + EWMA_WEIGHT * (durationMs - this.#latencyMs);
  }

  /** A call that we stopped says nothing of the node, nor does a correct answer that it is not ready. */
  callFailed(fault: BeaconFault): void {
    if (fault === "ABORTED" || fault === "NOT_READY" || fault === "NOT_SUPPORTED") return;
    this.#worsen(EWMA_WEIGHT);
  }

  /** Another node had answered before it did, though asked later. */
  overtaken(): void {
    this.#worsen(EWMA_WEIGHT);
  }

  /** The asker found its answer wrong. */
  answeredWrong(): void {
    this.#worsen(WRONG_ANSWER_WEIGHT);
  }

  #worsen(weight: number): void {
    this.#faultRate += weight * (1 - this.#faultRate);
  }

  #isOnProbation(): boolean {
    if (this.#probationEndsMs === null) return false;
    const leftMs = this.#probationEndsMs - this.#components.clock.nowMs();
    // More than the whole of it is left when the wall clock was set back.
    if (leftMs <= 0 || leftMs > this.#init.probationMs) this.#probationEndsMs = null;
    return this.#probationEndsMs !== null;
  }
}

/** The state that a node claims; the first of its troubles, since each of them alone keeps it from serving duties. */
export function stateOf(status: SyncStatus): {readonly state: BeaconNodeState; readonly detail: string} {
  if (status.isSyncing) return {state: "syncing", detail: `${status.syncDistance} slots behind`};
  if (status.elOffline) return {state: "el_offline", detail: "its execution client is offline"};
  if (status.isOptimistic) return {state: "optimistic", detail: "its head is not verified by its execution client"};
  return {state: "ready", detail: `head slot ${status.headSlot}`};
}
