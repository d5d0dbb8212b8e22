import {MAX_CONCURRENT_REQUESTS} from "@lodestar/params";
import {type Clock, sleep} from "@mote/core";
import type {RequestName} from "./protocols.ts";
import {RequestError} from "./request-error.ts";
import {type Quota, TokenBuckets} from "./token-buckets.ts";

/** For longer than a peer's quota of one period nobody waits. */
const WAIT_MS_MAX = 10_000;
/** Requests of one kind to one peer that may wait for others to end. */
const WAITING_MAX = 16;

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

/** Keeps what we ask of a peer within what peers grant. phase0/p2p-interface.md#requesting-side, MAX_CONCURRENT_REQUESTS */
export class OutgoingGate {
  readonly #quotas: Readonly<Record<RequestName, Quota>>;
  readonly #clock: Clock;
  readonly #buckets: TokenBuckets;
  readonly #lanes = new Map<string, Lane>();

  constructor({quotas}: {readonly quotas: Readonly<Record<RequestName, Quota>>}, {clock}: {readonly clock: Clock}) {
    this.#quotas = quotas;
    this.#clock = clock;
    this.#buckets = new TokenBuckets({clock});
  }

  /**
   * Waits for its turn.
   * @returns what ends the turn
   * @throws {RequestError} `busy`, when the turn would come too late
   */
  async enter(peer: string, name: RequestName, tokens: number): Promise<() => void> {
    const key = `${peer} ${name}`;
    if ((this.#lanes.get(key)?.waiting.length ?? 0) >= WAITING_MAX)
      throw new RequestError("busy", `${WAITING_MAX} requests of its kind wait already`);
    const waitMs = this.#buckets.take(key, tokens, this.#quotas[name]);
    if (waitMs > WAIT_MS_MAX) {
      this.#buckets.giveBack(key, tokens);
      throw new RequestError("busy", `its turn would come in ${waitMs} ms`);
    }
    if (waitMs > 0) await sleep(this.#clock, waitMs);
    return this.#turn(key);
  }

  async #turn(key: string): Promise<() => void> {
    const lane = this.#lanes.get(key) ?? {running: 0, waiting: []};
    this.#lanes.set(key, lane);
    if (lane.running < MAX_CONCURRENT_REQUESTS) lane.running++;
    else await new Promise<void>((resolve) => lane.waiting.push(resolve));
    return () => this.#leave(key, lane);
  }

  /** The next one takes over the place of the one that leaves. */
  #leave(key: string, lane: Lane): void {
    const next = lane.waiting.shift();
    if (next !== undefined) next();
    else if (--lane.running === 0) this.#lanes.delete(key);
  }
}
