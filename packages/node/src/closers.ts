import {type Log, messageOf} from "@mote/core";

/** What was opened is closed in the reverse order, whatever happened in between. */
export class Closers {
  readonly #closers: (() => Promise<unknown>)[] = [];
  readonly #log: Log;
  #isClosing = false;

  constructor(components: {readonly log: Log}) {
    this.#log = components.log;
  }

  /** What was still being opened when the end came is closed as soon as it is there. */
  add(close: () => Promise<unknown>): void {
    if (this.#isClosing) void this.#close(close);
    else this.#closers.push(close);
  }

  /** @param deadline resolves when nothing more is waited for */
  async closeAll(deadline: Promise<void>): Promise<void> {
    this.#isClosing = true;
    for (const close of this.#closers.splice(0).reverse()) await Promise.race([this.#close(close), deadline]);
  }

  /** One part that cannot be closed does not keep the others open. */
  async #close(close: () => Promise<unknown>): Promise<void> {
    try {
      await close();
    } catch (error) {
      this.#log.error("not closed cleanly", {reason: messageOf(error)});
    }
  }
}
