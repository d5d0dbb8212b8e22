import {type Log, messageOf} from "@mote/core";

/** Says a failure that repeats once, and again only when its reason changes or it had been over. */
export class Complaint {
  #lastReason: string | null = null;
  readonly #what: string;
  readonly #log: Log;

  constructor(init: {readonly what: string}, components: {readonly log: Log}) {
    this.#what = init.what;
    this.#log = components.log;
  }

  failed(error: unknown): void {
    const reason = messageOf(error);
    if (reason !== this.#lastReason) this.#log.warn(this.#what, {reason});
    this.#lastReason = reason;
  }

  succeeded(): void {
    this.#lastReason = null;
  }
}
