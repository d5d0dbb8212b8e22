import type {OutputStream} from "../command-io.ts";

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_LINE_END = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
/** Frames between these marks are shown at once by terminals that know them; others ignore them. */
const BEGIN_FRAME = "\u001b[?2026h";
const END_FRAME = "\u001b[?2026l";

/** Draws frames over each other in place, below what the terminal shows already. */
export class Terminal {
  readonly #stream: OutputStream;
  readonly #showCursor = (): void => {
    this.#stream.write(SHOW_CURSOR);
  };
  #linesDrawn = 0;
  #isOpen = false;

  constructor(components: {readonly stream: OutputStream}) {
    this.#stream = components.stream;
  }

  get columns(): number {
    return this.#stream.columns ?? 80;
  }

  draw(lines: readonly string[]): void {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#stream.write(HIDE_CURSOR);
      // However the process ends, the cursor comes back.
      process.once("exit", this.#showCursor);
    }
    // More lines than the terminal has could not be overwritten in place.
    const shown = lines.slice(0, Math.max(1, (this.#stream.rows ?? 24) - 1));
    const home = this.#linesDrawn > 0 ? `\u001b[${this.#linesDrawn}A\r` : "\r";
    const body = shown.map((line) => `${line}${CLEAR_LINE_END}\n`).join("");
    this.#stream.write(`${BEGIN_FRAME}${home}${body}${CLEAR_BELOW}${END_FRAME}`);
    this.#linesDrawn = shown.length;
  }

  /** Leaves the last frame where it is. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off("exit", this.#showCursor);
    this.#showCursor();
  }
}
