import {createHash} from "node:crypto";
import type {RandomBytes} from "../../src/keys/random-bytes.ts";

/** Hands out what it was given, in this order. */
export class FixedRandomBytes implements RandomBytes {
  readonly #pieces: string[];

  /** @param init.pieces hex */
  constructor(init: {readonly pieces: readonly string[]}) {
    this.#pieces = [...init.pieces];
  }

  bytes(sizeBytes: number): Uint8Array {
    const bytes = Buffer.from(this.#pieces.shift() ?? "", "hex");
    if (bytes.length !== sizeBytes) throw new Error(`${sizeBytes} bytes were asked for, ${bytes.length} are next`);
    return Uint8Array.from(bytes);
  }
}

/** The same bytes for the same seed. */
export class SeededRandomBytes implements RandomBytes {
  readonly #seed: string;
  #asked = 0;

  constructor(init: {readonly seed: string}) {
    this.#seed = init.seed;
  }

  bytes(sizeBytes: number): Uint8Array {
    const hash = createHash("shake256", {outputLength: sizeBytes});
    return Uint8Array.from(hash.update(`${this.#seed} ${this.#asked++}`).digest());
  }
}
