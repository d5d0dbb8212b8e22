import {type Clock, type Log, sleep} from "@mote/core";

export interface StopsComponents {
  readonly clock: Clock;
  readonly log: Log;
}

/** For each of the parts that are stopped one after the other. */
const STOP_TIMEOUT_MS = 2_000;

/** What was opened, in order; closed in the reverse. */
export class Stops {
  readonly #stops: {readonly what: string; readonly stop: () => unknown}[] = [];
  readonly #components: StopsComponents;

  constructor(components: StopsComponents) {
    this.#components = components;
  }

  add(what: string, stop: () => unknown): void {
    this.#stops.push({what, stop});
  }

  /** Never rejects; no part can hold up the others for longer than {@link STOP_TIMEOUT_MS}. */
  async run(): Promise<void> {
    const {clock, log} = this.#components;
    for (const {what, stop} of this.#stops.splice(0).reverse()) {
      const finished = new AbortController();
      try {
        const stopped = Promise.resolve(stop()).then(() => true);
        const isStopped = await Promise.race([
          stopped,
          sleep(clock, STOP_TIMEOUT_MS, finished.signal).then(() => false),
        ]);
        if (!isStopped) log.warn(`${what} did not stop in time`);
      } catch (error) {
        log.warn(`${what} did not stop well`, {error});
      } finally {
        finished.abort();
      }
    }
  }
}
