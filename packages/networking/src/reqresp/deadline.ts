import type {Cancel, Clock} from "@mote/core";

export class TimeOutError extends Error {
  override name = "TimeOutError";
}

/** One limit of time after another over one signal. */
export class Deadline {
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  #cancel: Cancel = () => {};

  constructor({clock}: {readonly clock: Clock}) {
    this.#clock = clock;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** In place of the limit before. @param what for the message */
  set(durationMs: number, what: string): void {
    this.#cancel();
    this.#cancel = this.#clock.after(durationMs, () =>
      this.#controller.abort(new TimeOutError(`${what} took longer than ${durationMs} ms`)),
    );
  }

  /** Ends it at once. */
  abort(reason: Error): void {
    this.#cancel();
    this.#controller.abort(reason);
  }

  clear(): void {
    this.#cancel();
  }
}
