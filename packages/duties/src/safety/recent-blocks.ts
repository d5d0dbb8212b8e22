import type {Root, Slot} from "@mote/core";

/** Several slots of them, and all that can be made up for these. */
const BLOCKS_MAX = 64;

/** Slots of the blocks that the network showed last. A root is a hash over the slot, so these are certain, whoever made the block. */
export class RecentBlocks {
  readonly #slots = new Map<Root, Slot>();

  add(root: Root, slot: Slot): void {
    this.#slots.set(root, slot);
    const [oldest] = this.#slots.keys();
    if (this.#slots.size > BLOCKS_MAX && oldest !== undefined) this.#slots.delete(oldest);
  }

  /** Null when it is not among them. */
  slotOf(root: Root): Slot | null {
    return this.#slots.get(root) ?? null;
  }
}
