import {type Clock, type LightClientSource, type LightClientUpdates, type Log, messageOf} from "@mote/core";
import {boundedAsk} from "./bounded-ask.ts";

/** Above the 10 s that a peer has for an answer, RESP_TIMEOUT; the adapters' own bounds come first. */
const ANSWER_TIMEOUT_MS = 15_000;
/** Peers that are asked for one thing before it is left for later. */
const ASKED_MAX = 4;

export interface Answer<T> {
  readonly source: LightClientSource;
  readonly answer: T;
}

/** Those that can be asked, one after the other until an answer serves. */
export class Sources {
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  readonly #updates: LightClientUpdates;
  readonly #log: Log;
  /** Whom the next question goes to first: those behind must have their turn when those in front are silent. */
  #from = 0;

  constructor(
    init: {readonly signal: AbortSignal},
    components: {readonly slotClock: Clock; readonly updates: LightClientUpdates; readonly log: Log},
  ) {
    this.#signal = init.signal;
    this.#clock = components.slotClock;
    this.#updates = components.updates;
    this.#log = components.log;
  }

  /** The caller leaves the loop at the first answer that serves. @param what for people */
  async *answers<T>(what: string, ask: (source: LightClientSource) => Promise<T>): AsyncGenerator<Answer<T>> {
    const [signal, clock] = [this.#signal, this.#clock];
    const asked = this.#turns();
    for (const source of asked) {
      if (signal.aborted) return;
      try {
        const answer = await boundedAsk(() => ask(source), {timeoutMs: ANSWER_TIMEOUT_MS, signal, clock});
        yield {source, answer};
      } catch (error) {
        this.#log.debug(`the light client got no ${what}`, {source: source.name, error: messageOf(error)});
      }
    }
    this.#from += asked.length;
  }

  #turns(): readonly LightClientSource[] {
    const all = this.#updates.sources();
    const from = this.#from % Math.max(all.length, 1);
    return [...all.slice(from), ...all.slice(0, from)].slice(0, ASKED_MAX);
  }
}
