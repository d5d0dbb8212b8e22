import assert from "node:assert/strict";
import type {StateFiles} from "../../../src/system/state-files.ts";

/** One file in memory. */
export class MemoryStateFiles implements StateFiles {
  text: string | null = null;
  writeCount = 0;
  /** What the disk answers to each write. */
  failure: Error | null = null;
  readonly #path: string;

  constructor({path}: {readonly path: string}) {
    this.#path = path;
  }

  async read(path: string): Promise<{text: string; mode: number} | null> {
    assert.equal(path, this.#path);
    return this.text === null ? null : {text: this.text, mode: 0o600};
  }

  async writeWhole(path: string, text: string): Promise<void> {
    assert.equal(path, this.#path);
    // Long enough for another change to come in between.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.failure !== null) throw this.failure;
    this.text = text;
    this.writeCount++;
  }
}
