import type {NetworkFiles} from "../../src/network.ts";

type Name = Parameters<NetworkFiles["read"]>[0];

/** Files in memory; a disk that is full when told so. */
export class MemoryFiles implements NetworkFiles {
  readonly #contents = new Map<Name, Uint8Array>();
  isFull = false;

  constructor(contents: Partial<Record<Name, string>> = {}) {
    for (const [name, content] of Object.entries(contents)) this.#contents.set(name as Name, Buffer.from(content));
  }

  async read(name: Name): Promise<Uint8Array | null> {
    return this.#contents.get(name) ?? null;
  }

  async write(name: Name, content: Uint8Array): Promise<void> {
    if (this.isFull) throw new Error("ENOSPC");
    this.#contents.set(name, Uint8Array.from(content));
  }

  /** Empty when there is none. */
  text(name: Name): string {
    return Buffer.from(this.#contents.get(name) ?? []).toString("utf8");
  }
}
