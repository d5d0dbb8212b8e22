import {URGENCIES, type Urgency} from "./urgency.ts";

/** Long enough to be worth the hand-over, short enough that a head event waits unnoticed, and that the second thread is fed before it has nothing left to sign. */
const SLICE_MS = 2;

export interface TurnQueueComponents {
  readonly nowMs: () => number;
  /** Resolves once the event loop has been round. */
  readonly yieldToEventLoop: () => Promise<void>;
}

/**
 * Runs pieces of blocking work in slices and gives the event loop back after each. More urgent work goes first; among equals the order is
 * that of the calls.
 */
export class TurnQueue {
  readonly #components: TurnQueueComponents;
  readonly #waiting: Record<Urgency, (() => void)[]> = {
    proposal: [],
    vote: [],
    sync_committee: [],
    payload_attestation: [],
    background: [],
  };
  #draining = false;

  constructor(components: TurnQueueComponents) {
    this.#components = components;
  }

  /**
   * Calls `work` when its turn comes and settles as it does. Only the blocking part of `work` (up to its first await) holds up the
   * others.
   */
  run<T>(urgency: Urgency, work: () => Promise<T>): Promise<T> {
    // Async, so that a work that throws at once rejects its own promise and stops nobody else's turn.
    const start = async () => work();
    return new Promise((resolve) => {
      this.#waiting[urgency].push(() => resolve(start()));
      if (!this.#draining) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    const {nowMs, yieldToEventLoop} = this.#components;
    this.#draining = true;
    // Work that is set off by one answer (a batch of verdicts) comes call by call: all of it is in the queue after this.
    await yieldToEventLoop();
    let sliceStartMs = nowMs();
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      next();
      // The wall clock may jump, either way.
      if (Math.abs(nowMs() - sliceStartMs) < SLICE_MS) continue;
      await yieldToEventLoop();
      sliceStartMs = nowMs();
    }
    this.#draining = false;
  }

  #take(): (() => void) | undefined {
    for (const urgency of URGENCIES) {
      const next = this.#waiting[urgency].shift();
      if (next !== undefined) return next;
    }
    return undefined;
  }
}
