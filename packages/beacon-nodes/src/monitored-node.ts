import {
  type ChainEvent,
  type Clock,
  type Epoch,
  type Random,
  type Slot,
  SlotClock,
  type SlotTiming,
  sleep,
} from "@mote/core";
import {BeaconNode} from "./beacon-node.ts";
import {BeaconNodeError} from "./beacon-node-error.ts";
import {type ChainIdentity, type NodeAddress, readChainIdentity} from "./chain-identity.ts";
import {EventStream} from "./event-stream/event-stream.ts";
import {growingPause} from "./growing-pause.ts";
import {type BeaconNodeState, NodeHealth, type StateChange, stateOf} from "./health.ts";
import type {CallReport} from "./http/beacon-api.ts";
import type {Connect} from "./http/http-client.ts";
import {LatencyWindow} from "./latency-window.ts";
import {EVENT_STREAM_IDLE_SLOTS} from "./limits.ts";
import type {HedgeBounds} from "./strategies/timing.ts";

export interface MonitoredNodeInit extends NodeAddress {
  readonly timing: SlotTiming;
  /** The middleware of a distributed validator. */
  readonly distributed: boolean;
}

export interface MonitoredNodeComponents {
  readonly clock: Clock;
  readonly random: Random;
  /** Null when the node is on our chain; otherwise the difference, for people. */
  readonly checkChain: (identity: ChainIdentity) => string | null;
  readonly onStateChange: (change: StateChange) => void;
  readonly onCall: (report: CallReport) => void;
  readonly onEvent: (event: ChainEvent) => void;
  readonly connect?: Connect | undefined;
}

/** After the aggregates, before the next slot: nothing else is under way, and sockets are warm when the next vote comes. */
const POLL_AT_SLOT_FRACTION = 0.85;
/** What a restart of an execution client, or a reorg of several blocks, takes. */
const PROBATION_SLOTS = 8;
/** A call that takes longer than so many of its kind did is late. */
const HEDGE_PERCENTILE = 0.95;

/** One node, watched: polled for its state each slot, its chain checked whenever it comes (back), its events read. */
export class MonitoredNode {
  readonly node: BeaconNode;
  readonly health: NodeHealth;
  /** By the kind of call: a few names that the code gives. */
  readonly #latencies = new Map<string, LatencyWindow>();
  readonly #components: MonitoredNodeComponents;
  readonly #slotClock: SlotClock;
  readonly #stream: EventStream;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #streamStands = false;
  /** True from a successful check of the chain until the node cannot be reached: then it may come back as another. */
  #chainChecked = false;
  #checking: Promise<void> | null = null;
  #wake = new AbortController();
  /** Last epoch for which the node's chain was compared with ours. */
  #comparedEpoch: Epoch | null = null;

  constructor(init: MonitoredNodeInit, components: MonitoredNodeComponents) {
    const {clock, random, onStateChange, connect} = components;
    this.#components = components;
    this.#slotClock = new SlotClock(init.timing, {clock});
    const probationMs = PROBATION_SLOTS * init.timing.slotDurationMs;
    this.health = new NodeHealth({name: init.name, probationMs}, {clock, onStateChange});
    this.node = new BeaconNode(init, {clock, connect, onCall: (report) => this.#onCall(report)});
    const {slotDurationMs} = init.timing;
    this.#stream = new EventStream(
      {
        beaconNode: init.name,
        idleTimeoutMs: EVENT_STREAM_IDLE_SLOTS * slotDurationMs,
        pauseMinMs: Math.min(250, slotDurationMs / 4),
        pauseMaxMs: slotDurationMs,
      },
      {
        http: this.node.http,
        clock,
        random,
        onEvent: (event) => this.#onEvent(event),
        onFault: (reason) => {
          this.#streamStands = false;
          this.health.callFailed(reason);
        },
      },
    );
  }

  get state(): BeaconNodeState {
    return this.health.state;
  }

  get eventStreamStands(): boolean {
    return this.#streamStands;
  }

  /** How long this kind of call to it may take before another node is asked beside it. */
  hedgeDelayMs(call: string, {lowestMs, highestMs}: HedgeBounds): number {
    const lateMs = this.#latencies.get(call)?.percentileMs(HEDGE_PERCENTILE) ?? highestMs;
    return Math.min(highestMs, Math.max(lowestMs, lateMs));
  }

  /** `ask`, and how long it takes is remembered for this kind of call. */
  async timed<T>(call: string, ask: () => Promise<T>): Promise<T> {
    const {clock} = this.#components;
    const startedMs = clock.nowMs();
    const answer = await ask();
    const window = this.#latencies.get(call) ?? new LatencyWindow();
    this.#latencies.set(call, window);
    // The wall clock may have been set back meanwhile.
    window.add(Math.max(0, clock.nowMs() - startedMs));
    return answer;
  }

  /** @returns when the node was polled for the first time */
  async start(): Promise<void> {
    await this.#poll();
    if (this.#stopping.signal.aborted) return;
    this.#stream.start();
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([this.#stream.stop(), this.#running]);
    this.node.close();
  }

  /**
   * Nothing that the node says may be used before its chain was compared with ours.
   * @throws {BeaconNodeError} when it cannot be asked, or is on another chain
   */
  async ensureOurChain(): Promise<void> {
    if (!this.#chainChecked) {
      // One check serves all who wait for it.
      this.#checking ??= this.#checkChain().finally(() => {
        this.#checking = null;
      });
      await this.#checking;
    }
    if (this.#chainChecked) return;
    const {state: reason, detail} = this.health;
    throw new BeaconNodeError({
      reason: "NOT_READY",
      beaconNode: this.node.name,
      route: "chain check",
      detail: `${reason} ${detail}`,
    });
  }

  /**
   * The node's own word on its state, at this moment.
   * @throws {BeaconNodeError} when it is not ready
   */
  async ensureReady(signal: AbortSignal): Promise<void> {
    const status = await this.node.syncing(signal);
    const {state, detail} = stateOf(status);
    this.#headIs(status.headSlot as Slot);
    // It may have been lost meanwhile: then it is not ready before its chain was checked again.
    // Who is ready is worth more to a reader than where its head is: that moves on.
    if (this.#chainChecked) this.health.become(state, state === "ready" ? (this.node.knownVersion ?? detail) : detail);
    if (state === "ready") return;
    throw new BeaconNodeError({
      reason: "NOT_READY",
      beaconNode: this.node.name,
      route: "GET /eth/v1/node/syncing",
      detail: `${state}: ${detail}`,
    });
  }

  async #run(): Promise<void> {
    const {clock} = this.#components;
    const {signal} = this.#stopping;
    for (let failures = 0; !signal.aborted; ) {
      failures = this.state === "unreachable" || this.state === "wrong_chain" ? failures + 1 : 0;
      this.#wake = new AbortController();
      await sleep(clock, this.#pauseMs(failures), AbortSignal.any([signal, this.#wake.signal]));
      if (!signal.aborted) await this.#poll();
    }
  }

  #pauseMs(failures: number): number {
    const {slotDurationMs} = this.#slotClock.timing;
    if (failures > 0) {
      const bounds = {pauseMinMs: slotDurationMs / 4, pauseMaxMs: 4 * slotDurationMs};
      return growingPause(bounds, failures - 1, this.#components.random);
    }
    const intoSlotMs = this.#slotClock.msInto(this.#slotClock.currentSlot());
    const untilPollMs = slotDurationMs * POLL_AT_SLOT_FRACTION - intoSlotMs;
    return untilPollMs > 0 ? untilPollMs : untilPollMs + slotDurationMs;
  }

  async #poll(): Promise<void> {
    const {signal} = this.#stopping;
    try {
      await this.ensureOurChain();
      await this.ensureReady(signal);
      await this.#compareForNextEpoch();
    } catch (error) {
      if (!(error instanceof BeaconNodeError)) throw error;
      if (error.reason === "ABORTED" || error.reason === "NOT_READY") return;
      this.#lost(`${error.reason} ${error.detail}`);
    }
  }

  /**
   * A node whose fork schedule differs from ours is barred from the earlier fork on, so its chain is compared again before each epoch begins.
   * Meanwhile it serves.
   */
  async #compareForNextEpoch(): Promise<void> {
    const nextEpoch = this.#slotClock.epochOf((this.#slotClock.currentSlot() + 1) as Slot);
    if (this.#comparedEpoch === null) this.#comparedEpoch = nextEpoch;
    if (this.#comparedEpoch === nextEpoch) return;
    try {
      await this.#checkChain();
      this.#comparedEpoch = nextEpoch;
    } catch (error) {
      // It said a moment ago that it is ready: the comparison waits for the next slot.
      if (!(error instanceof BeaconNodeError)) throw error;
    }
  }

  async #checkChain(): Promise<void> {
    const versionBefore = this.node.knownVersion;
    const identity = await readChainIdentity(this.node, this.#stopping.signal);
    if (identity === null) return this.health.become("syncing", "it does not know the chain's genesis yet");
    if (versionBefore !== null && versionBefore !== identity.version) this.#stream.forgetRefusals();
    const difference = this.#components.checkChain(identity);
    this.#chainChecked = difference === null;
    if (difference !== null) this.health.become("wrong_chain", difference);
  }

  #lost(detail: string): void {
    this.#chainChecked = false;
    this.health.become("unreachable", detail);
  }

  #onCall(report: CallReport): void {
    if (report.fault === null) this.health.callSucceeded(report.durationMs);
    // 404 is an honest answer: no aggregate, no such block.
    else if (report.status !== 404) this.health.callFailed(report.fault);
    if (report.fault === "UNREACHABLE" && this.state !== "unreachable" && this.#chainChecked) {
      this.#lost(`${report.route}: ${report.fault}`);
      this.#wake.abort();
    }
    this.#components.onCall(report);
  }

  /** A head in the future would make every other node look late. */
  #headIs(slot: Slot): void {
    if (slot <= this.#slotClock.currentSlot() + 1) this.health.headIs(slot);
  }

  #onEvent(event: ChainEvent): void {
    if (event.kind === "head") this.#headIs(event.slot);
    if (event.kind === "connected") {
      this.#streamStands = true;
      // It lives: no reason to wait for the next poll.
      if (this.state === "unreachable") this.#wake.abort();
    }
    if (this.state !== "wrong_chain") this.#components.onEvent(event);
  }
}
