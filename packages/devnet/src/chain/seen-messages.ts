import {createHash} from "node:crypto";
import type {Slot} from "@mote/core";

/** Messages that were taken, by all their bytes: one that comes again by another endpoint is not verified again. */
export class SeenMessages {
  readonly #slots = new Map<string, Slot>();

  has(key: string): boolean {
    return this.#slots.has(key);
  }

  add(key: string, slot: Slot): void {
    this.#slots.set(key, slot);
  }

  prune(oldest: Slot): void {
    for (const [key, slot] of this.#slots) if (slot < oldest) this.#slots.delete(key);
  }
}

/** Not the SSZ root, which SSZ may keep in a value and a changed copy of it. */
export const messageKey = (serialized: Uint8Array): string => createHash("sha256").update(serialized).digest("hex");
