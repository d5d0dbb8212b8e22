import type {CommandIo} from "../command-io.ts";
import {untilStopped} from "./until-stopped.ts";

/** Pieces of standard input, and what a reader has left of the last one. */
export class InputText {
  readonly #io: Pick<CommandIo, "stdin" | "stop">;
  readonly #decoder = new TextDecoder();
  #chunks: AsyncIterator<Uint8Array> | null = null;
  #left = "";

  constructor(components: {readonly io: Pick<CommandIo, "stdin" | "stop">}) {
    this.#io = components.io;
  }

  /** Null at the end. @throws {StoppedError} when the process is told to stop */
  async read(): Promise<string | null> {
    if (this.#left !== "") {
      const text = this.#left;
      this.#left = "";
      return text;
    }
    this.#chunks ??= this.#io.stdin[Symbol.asyncIterator]();
    const step = await untilStopped(this.#chunks.next(), this.#io.stop);
    return step.done === true ? null : this.#decoder.decode(step.value, {stream: true});
  }

  /** The next `read` returns it. */
  putBack(text: string): void {
    this.#left = text + this.#left;
  }
}
