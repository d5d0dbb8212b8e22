import type {Clock, ImportProgress} from "@mote/core";
import type {OutputStream} from "../command-io.ts";

const TERMINAL_PERIOD_MS = 200;
const LOG_PERIOD_MS = 5_000;
const ERASE_LINE = "\r\u001b[2K";

/** How far an import is: one line that is written anew on a terminal, else a line every few seconds. */
export class ProgressLine {
  readonly #fileSizeBytes: number;
  readonly #stream: OutputStream;
  readonly #clock: Clock;
  readonly #periodMs: number;
  #nextAtMs: number;
  #isShown = false;

  constructor(
    init: {readonly fileSizeBytes: number},
    components: {readonly stream: OutputStream; readonly clock: Clock},
  ) {
    this.#fileSizeBytes = init.fileSizeBytes;
    this.#stream = components.stream;
    this.#clock = components.clock;
    this.#periodMs = components.stream.isTTY === true ? TERMINAL_PERIOD_MS : LOG_PERIOD_MS;
    this.#nextAtMs = this.#clock.nowMs() + this.#periodMs;
  }

  show(progress: ImportProgress): void {
    const nowMs = this.#clock.nowMs();
    // A clock that was set back must not silence it for long.
    if (nowMs < this.#nextAtMs && nowMs >= this.#nextAtMs - this.#periodMs) return;
    this.#nextAtMs = nowMs + this.#periodMs;
    const text = progressText(progress, this.#fileSizeBytes);
    this.#stream.write(this.#stream.isTTY === true ? `${ERASE_LINE}${text}` : `mote: ${text}\n`);
    this.#isShown = true;
  }

  /** Takes the line away, so that the next one begins where it stood. */
  clear(): void {
    if (this.#isShown && this.#stream.isTTY === true) this.#stream.write(ERASE_LINE);
    this.#isShown = false;
  }
}

export function progressText({bytesRead, recordsRead, keys}: ImportProgress, fileSizeBytes: number): string {
  if (keys !== null) return `taking over ${keys.done} of ${keys.total} keys`;
  const percent = fileSizeBytes === 0 ? 100 : Math.min(100, Math.floor((100 * bytesRead) / fileSizeBytes));
  return `reading: ${percent} %, ${recordsRead} records`;
}
