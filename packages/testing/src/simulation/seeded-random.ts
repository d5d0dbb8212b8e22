import type {Random} from "@mote/core";

/** The same numbers for the same seed: mulberry32. */
export class SeededRandom implements Random {
  #state: number;

  /** @param init.seed an integer; its lowest 32 bits count */
  constructor(init: {readonly seed: number}) {
    this.#state = init.seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }
}
