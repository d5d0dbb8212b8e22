import type {Root, Slot} from "@mote/core";

interface KnownBlock {
  readonly slot: Slot;
  readonly isProven: boolean;
}

/** Slots of the blocks that came last. A root has one slot, so that these are certain even where nobody has verified the block. */
export class KnownBlocks {
  readonly #blocksMax: number;
  readonly #blocks = new Map<Root, KnownBlock>();

  constructor(init: {readonly blocksMax: number}) {
    this.#blocksMax = init.blocksMax;
  }

  add(root: Root, block: KnownBlock): void {
    this.#blocks.set(root, block);
    const [oldest] = this.#blocks.keys();
    if (this.#blocks.size > this.#blocksMax && oldest !== undefined) this.#blocks.delete(oldest);
  }

  slotOf(root: Root): Slot | null {
    return this.#blocks.get(root)?.slot ?? null;
  }

  /** Whether its slot's proposer signed it. */
  isProven(root: Root): boolean {
    return this.#blocks.get(root)?.isProven ?? false;
  }
}
