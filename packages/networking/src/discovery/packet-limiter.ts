import type {Clock} from "@mote/core";

/** Of one address: a lookup is three requests at a time, each answered with up to five packets. */
const PACKETS_PER_SECOND_MAX = 50;
const ALL_PACKETS_PER_SECOND_MAX = 500;
const ADDRESSES_MAX = 2_000;

/** Each packet of discovery costs cryptography: what comes beyond these rates is not looked at. Counts by whole seconds, which is all the memory it needs. */
export class PacketLimiter {
  readonly #clock: Clock;
  readonly #counts = new Map<string, number>();
  #second = 0;
  #all = 0;

  constructor(components: {readonly clock: Clock}) {
    this.#clock = components.clock;
  }

  allows(address: string): boolean {
    const second = Math.floor(this.#clock.nowMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#all = 0;
      this.#counts.clear();
    }
    const count = (this.#counts.get(address) ?? 0) + 1;
    if (count > PACKETS_PER_SECOND_MAX || this.#all >= ALL_PACKETS_PER_SECOND_MAX) return false;
    if (count === 1 && this.#counts.size >= ADDRESSES_MAX) return false;
    this.#counts.set(address, count);
    this.#all++;
    return true;
  }
}
