import type {Checkpoint, Root, Slot} from "@mote/core";

/** What is kept of a block. A root is a hash over slot and parent, so these are certain whoever told them; whether the block counts is another question. */
export interface KnownBlock {
  readonly slot: Slot;
  readonly root: Root;
  readonly parentRoot: Root;
  /** What its votes for its own epoch name as source; undefined while its body is not known, null when it holds no such vote. */
  readonly source: Checkpoint | null | undefined;
}

/** Whether a chain has a block; unknown where a link is missing. */
export type Relation = "holds" | "leaves_out" | "unknown";

/** Of one slot. Honest chains have one block a slot, and gossip passes on one a proposer. */
const BLOCKS_PER_SLOT_MAX = 8;

/** Blocks by their parent links, as far back as the oldest slot that is kept. */
export class BlockTree {
  readonly #blocks = new Map<Root, KnownBlock>();
  readonly #perSlot = new Map<Slot, number>();
  #oldestSlot = 0 as Slot;

  get(root: Root): KnownBlock | undefined {
    return this.#blocks.get(root);
  }

  /** Whether there is still a place for a block of this slot that nobody asked for. */
  hasRoomAt(slot: Slot): boolean {
    return (this.#perSlot.get(slot) ?? 0) < BLOCKS_PER_SLOT_MAX;
  }

  /** A block that is known without its body gets what its body tells. */
  add(block: KnownBlock): void {
    if (block.slot < this.#oldestSlot) return;
    const known = this.#blocks.get(block.root);
    if (known === undefined) this.#perSlot.set(block.slot, (this.#perSlot.get(block.slot) ?? 0) + 1);
    if (known === undefined || known.source === undefined) this.#blocks.set(block.root, block);
  }

  forgetBefore(slot: Slot): void {
    if (slot <= this.#oldestSlot) return;
    this.#oldestSlot = slot;
    for (const [root, block] of this.#blocks) if (block.slot < slot) this.#blocks.delete(root);
    for (const at of this.#perSlot.keys()) if (at < slot) this.#perSlot.delete(at);
  }

  /** The block with this root and those before it, newest first, as far as the links reach. */
  *chainOf(root: Root): Generator<KnownBlock> {
    let block = this.#blocks.get(root);
    while (block !== undefined) {
      yield block;
      const parent = this.#blocks.get(block.parentRoot);
      // What is not older than its child is no chain, and could be walked for ever.
      block = parent !== undefined && parent.slot < block.slot ? parent : undefined;
    }
  }

  /** Whether the chain up to `head` has the other block. */
  relation(head: Root, block: {readonly root: Root; readonly slot: Slot}): Relation {
    if (head === block.root) return "holds";
    for (const {slot, parentRoot} of this.chainOf(head)) {
      if (slot <= block.slot) return "leaves_out";
      if (parentRoot === block.root) return "holds";
    }
    return "unknown";
  }

  /** The last block at or before a slot on the chain up to `head`: a checkpoint's root. phase0/beacon-chain.md#get_block_root */
  lastUpTo(head: Root, slot: Slot): Root | null {
    for (const block of this.chainOf(head)) if (block.slot <= slot) return block.root;
    return null;
  }
}
