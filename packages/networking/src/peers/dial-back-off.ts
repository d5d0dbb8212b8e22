import type {Clock, Random} from "@mote/core";

const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 60 * 60_000;
const REMEMBERED_MAX = 1_000;

/** Keeps peers that could not be reached, or did not stay, from being dialled again at once: the pause doubles with each time, from half a minute to an hour. */
export class DialBackOff {
  readonly #failed = new Map<string, {readonly pauseMs: number; readonly untilMs: number}>();
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(components: {readonly clock: Clock; readonly random: Random}) {
    this.#clock = components.clock;
    this.#random = components.random;
  }

  /** @param longestMs for peers that are to be had back soon in any case */
  failed(peer: string, longestMs = LONGEST_PAUSE_MS): void {
    const before = this.#failed.get(peer)?.pauseMs;
    const pauseMs = Math.min(before === undefined ? FIRST_PAUSE_MS : before * 2, longestMs);
    this.#failed.delete(peer);
    this.#failed.set(peer, {pauseMs, untilMs: this.#clock.nowMs() + pauseMs * (0.75 + this.#random.next() / 2)});
    for (const oldest of this.#failed.keys()) {
      if (this.#failed.size <= REMEMBERED_MAX) break;
      this.#failed.delete(oldest);
    }
  }

  stayed(peer: string): void {
    this.#failed.delete(peer);
  }

  mayDial(peer: string): boolean {
    const failed = this.#failed.get(peer);
    if (failed === undefined) return true;
    const waitMs = failed.untilMs - this.#clock.nowMs();
    // More than a pause can be: the clock was set back.
    return waitMs <= 0 || waitMs > 2 * LONGEST_PAUSE_MS;
  }
}
