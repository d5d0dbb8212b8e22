import type {Log} from "@mote/core";
import {FakeLog} from "@mote/testing";

/** Remembers whose score paid and for what, and who was left. */
export class ScoreLog extends FakeLog implements Log {
  readonly paid = new Set<unknown>();
  readonly #offences: {readonly peer: unknown; readonly offence: unknown; readonly detail: unknown}[] = [];
  readonly #left: {readonly peer: unknown; readonly reason: unknown}[] = [];

  override debug(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const {peer, offence, detail, reason} = fields;
    if (message.includes("score pays")) {
      this.paid.add(peer);
      this.#offences.push({peer, offence, detail});
    }
    if (message === "A peer is left") this.#left.push({peer, reason});
  }

  offencesOf(peer: string): readonly unknown[] {
    return this.#offences.filter((one) => one.peer === peer).map(({offence}) => offence);
  }

  /** Why it was told goodbye, in numbers, each time. */
  reasonsToLeave(peer: string): readonly unknown[] {
    return this.#left.filter((one) => one.peer === peer).map(({reason}) => reason);
  }
}
