import {type Log, messageOf} from "@mote/core";

export interface ComplaintComponents {
  readonly log: Log;
}

/** Numbers and roots in a node's own words: it may name the epoch or the block that was asked for. */
const NUMBERS = /0x[0-9a-f]+|\d+/gi;

/** Says a failure that repeats once, and again only when its reason changes (its numbers aside) or it had been over. */
export class Complaint {
  #lastKind: string | null = null;
  readonly #what: string;
  readonly #log: Log;

  constructor(init: {readonly what: string}, components: ComplaintComponents) {
    this.#what = init.what;
    this.#log = components.log;
  }

  failed(error: unknown): void {
    const reason = messageOf(error);
    const kind = reason.replace(NUMBERS, "#");
    if (kind !== this.#lastKind) this.#log.warn(this.#what, {reason});
    this.#lastKind = kind;
  }

  succeeded(): void {
    this.#lastKind = null;
  }
}
