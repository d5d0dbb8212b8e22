import {URGENCIES, type Urgency} from "../../urgency.ts";

/** Does a job when its turn comes. False: there is nothing to do any more, and the place is free again. */
type Begin = () => boolean;

/** For a few places, the most urgent goes first; among equals, who came first. */
export class WaitingLine {
  readonly #placesMax: number;
  readonly #waiting = new Map<Urgency, Begin[]>(URGENCIES.map((urgency) => [urgency, []]));
  #taken = 0;

  constructor(init: {readonly placesMax: number}) {
    this.#placesMax = init.placesMax;
  }

  /** Calls `begin` when a place is free, maybe at once. Whoever has begun leaves once. */
  join(urgency: Urgency, begin: Begin): void {
    this.#waiting.get(urgency)?.push(begin);
    this.#fill();
  }

  leave(): void {
    this.#taken--;
    this.#fill();
  }

  #fill(): void {
    while (this.#taken < this.#placesMax) {
      const begin = this.#take();
      if (begin === undefined) return;
      this.#taken++;
      if (!begin()) this.#taken--;
    }
  }

  #take(): Begin | undefined {
    for (const waiting of this.#waiting.values()) {
      const begin = waiting.shift();
      if (begin !== undefined) return begin;
    }
    return undefined;
  }
}
