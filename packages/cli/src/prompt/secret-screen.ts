import type {OutputStream} from "../command-io.ts";

const ENTER = "\u001b[?1049h";
const LEAVE = "\u001b[?1049l";
const CLEAR = "\u001b[H\u001b[2J";

/**
 * A screen of its own for what must not stay on the terminal: it is wiped, and what the terminal showed before comes back, however the process
 * ends.
 */
export class SecretScreen {
  readonly #stream: OutputStream;
  readonly #leave = (): void => {
    this.#stream.write(`${CLEAR}${LEAVE}`);
  };
  #isOpen = false;

  constructor(components: {readonly stream: OutputStream}) {
    this.#stream = components.stream;
  }

  /** In place of all that it shows. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#stream.write(ENTER);
      process.once("exit", this.#leave);
    }
    this.#stream.write(`${CLEAR}${lines.map((line) => `${line}\n`).join("")}`);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off("exit", this.#leave);
    this.#leave();
  }
}
