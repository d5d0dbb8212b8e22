import {type Log, messageOf, NoSourceError} from "@mote/core";

export interface ComplaintComponents {
  readonly log: Log;
}

/** Numbers and roots in a node's own words: it may name the epoch or the block that was asked for. */
const NUMBERS = /0x[0-9a-f]+|\d+/gi;

/**
 * Says a failure that repeats once, and again only when its reason changes (its numbers aside) or it had been over. That no beacon node is ready is a line of its
 * own already, for all who would ask them.
 */
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
    const level = error instanceof NoSourceError && !error.wasAnyAsked ? "debug" : "warn";
    if (kind !== this.#lastKind) this.#log[level](this.#what, {reason});
    this.#lastKind = kind;
  }

  succeeded(): void {
    this.#lastKind = null;
  }
}
