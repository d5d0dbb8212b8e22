const SIZE_BYTES_MIN = 1024;

/**
 * Bytes that come in pieces, in one buffer. A list of the pieces would cost a hundred times their size when a node sends single bytes.
 * How many may come is the caller's to bound.
 */
export class GrowingBytes {
  #buffer: Buffer = Buffer.alloc(0);
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(piece: Uint8Array): void {
    const neededBytes = this.#sizeBytes + piece.length;
    if (neededBytes > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(SIZE_BYTES_MIN, neededBytes, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, this.#sizeBytes));
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#sizeBytes);
    this.#sizeBytes = neededBytes;
  }

  /** All of them; what is added from here on begins anew. */
  take(): Buffer {
    const all = this.#buffer.subarray(0, this.#sizeBytes);
    this.#buffer = Buffer.alloc(0);
    this.#sizeBytes = 0;
    return all;
  }
}
