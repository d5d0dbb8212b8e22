import type {Clock, Pubkey, Verdict} from "@mote/core";
import {ProtectionStoreError} from "../errors.ts";
import {BATCH_SIZE_MAX, DECISION_MS_MAX} from "./limits.ts";

/** One request of a batch: at most one a key is in it. */
export interface Pending<T> {
  readonly pubkey: Pubkey;
  readonly message: T;
  /** Gives the verdict. Only the first call counts. */
  settle(verdict: Verdict): void;
}

/** Settles the requests of one batch, in `timeoutMs`. What it leaves unsettled is refused when it throws a ProtectionStoreError. */
export type DecideBatch<T> = (batch: readonly Pending<T>[], timeoutMs: number) => Promise<void>;

interface Waiting<T> extends Pending<T> {
  readonly deadlineMs: number;
  reject(error: unknown): void;
}

/**
 * Lets many requests share one round trip: what comes in one turn of the event loop, or while a batch is under way, is decided together.
 * Requests of one key are decided in the order of the calls, so a second one of a key goes into a later batch.
 */
export class RequestLane<T> {
  readonly #clock: Clock;
  readonly #decide: DecideBatch<T>;
  #waiting: Waiting<T>[] = [];
  #isRunning = false;

  constructor(components: {readonly clock: Clock; readonly decide: DecideBatch<T>}) {
    this.#clock = components.clock;
    this.#decide = components.decide;
  }

  ask(pubkey: Pubkey, message: T): Promise<Verdict> {
    const {promise, resolve, reject} = Promise.withResolvers<Verdict>();
    const deadlineMs = this.#clock.nowMs() + DECISION_MS_MAX;
    this.#waiting.push({pubkey, message, deadlineMs, settle: resolve, reject});
    if (!this.#isRunning) {
      this.#isRunning = true;
      setImmediate(() => this.#run());
    }
    return promise;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#decideNext(this.#takeBatch());
    this.#isRunning = false;
  }

  /** The first request of each key. */
  #takeBatch(): Waiting<T>[] {
    const batch = new Map<Pubkey, Waiting<T>>();
    const later: Waiting<T>[] = [];
    for (const request of this.#waiting) {
      if (batch.size < BATCH_SIZE_MAX && !batch.has(request.pubkey)) batch.set(request.pubkey, request);
      else later.push(request);
    }
    this.#waiting = later;
    return [...batch.values()];
  }

  async #decideNext(batch: readonly Waiting<T>[]): Promise<void> {
    try {
      const timeoutMs = Math.min(...batch.map(({deadlineMs}) => deadlineMs)) - this.#clock.nowMs();
      if (timeoutMs > 0) await this.#decide(batch, timeoutMs);
      // A batch of those that waited too long, or whose verdict nobody gave.
      for (const {settle} of batch) settle(STORE_FAILED);
    } catch (error) {
      const isFailedStore = error instanceof ProtectionStoreError;
      for (const {settle, reject} of batch) isFailedStore ? settle(STORE_FAILED) : reject(error);
    }
  }
}

const STORE_FAILED: Verdict = {kind: "refused", reason: "PROTECTION_STORE_FAILED"};
