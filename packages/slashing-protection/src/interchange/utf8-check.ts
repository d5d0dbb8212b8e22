/** Checks the bytes of characters beyond ASCII one by one, by the table of Unicode 15.0, section 3.9 ("well-formed UTF-8"). */
export class Utf8Check {
  #pending = 0;
  #lowest = 0x80;
  #highest = 0xbf;

  /** Inside of a character. */
  get isPending(): boolean {
    return this.#pending > 0;
  }

  /** True when `byte` ends a character, false when more of it must follow, null when it cannot be. */
  take(byte: number): boolean | null {
    if (this.#pending === 0) return this.#start(byte);
    if (byte < this.#lowest || byte > this.#highest) return null;
    this.#lowest = 0x80;
    this.#highest = 0xbf;
    return --this.#pending === 0;
  }

  #start(byte: number): boolean | null {
    if (byte < 0x80) return true;
    if (byte < 0xc2 || byte > 0xf4) return null;
    this.#pending = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    // No overlong forms, no surrogates, nothing above U+10FFFF.
    if (byte === 0xe0) this.#lowest = 0xa0;
    if (byte === 0xed) this.#highest = 0x9f;
    if (byte === 0xf0) this.#lowest = 0x90;
    if (byte === 0xf4) this.#highest = 0x8f;
    return false;
  }
}
