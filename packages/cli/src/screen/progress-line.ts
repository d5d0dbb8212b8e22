import type {Clock} from "@mote/core";
import type {OutputStream} from "../command-io.ts";

const TERMINAL_PERIOD_MS = 200;
const LOG_PERIOD_MS = 5_000;
const ERASE_LINE = "\r\u001b[2K";

/** How far some work is: one line that is written anew on a terminal, else a line every few seconds. */
export class ProgressLine<Progress> {
  readonly #describe: (progress: Progress) => string;
  readonly #stream: OutputStream;
  readonly #clock: Clock;
  readonly #periodMs: number;
  #nextAtMs: number;
  #isShown = false;

  constructor(
    init: {readonly describe: (progress: Progress) => string},
    components: {readonly stream: OutputStream; readonly clock: Clock},
  ) {
    this.#describe = init.describe;
    this.#stream = components.stream;
    this.#clock = components.clock;
    this.#periodMs = components.stream.isTTY === true ? TERMINAL_PERIOD_MS : LOG_PERIOD_MS;
    this.#nextAtMs = this.#clock.nowMs() + this.#periodMs;
  }

  show(progress: Progress): void {
    const nowMs = this.#clock.nowMs();
    // A clock that was set back must not silence it for long.
    if (nowMs < this.#nextAtMs && nowMs >= this.#nextAtMs - this.#periodMs) return;
    this.#nextAtMs = nowMs + this.#periodMs;
    const text = this.#describe(progress);
    this.#stream.write(this.#stream.isTTY === true ? `${ERASE_LINE}${text}` : `mote: ${text}\n`);
    this.#isShown = true;
  }

  /** Takes the line away, so that the next one begins where it stood. */
  clear(): void {
    if (this.#isShown && this.#stream.isTTY === true) this.#stream.write(ERASE_LINE);
    this.#isShown = false;
  }
}
