import type {ByteSource} from "../../src/codec/byte-source.ts";
import {InvalidFrameError} from "../../src/codec/invalid-frame-error.ts";

/** Bytes that are all there already. */
export class MemorySource implements ByteSource {
  readonly #bytes: Uint8Array;
  readBytes = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  async read(sizeBytes: number): Promise<Uint8Array> {
    const end = this.readBytes + sizeBytes;
    if (end > this.#bytes.length) throw new InvalidFrameError("the stream ends where more must come");
    const part = this.#bytes.subarray(this.readBytes, end);
    this.readBytes = end;
    return part;
  }
}
