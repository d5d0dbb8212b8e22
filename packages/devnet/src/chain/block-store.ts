import type {electra, SignedBeaconBlock} from "@lodestar/types";
import type {Root, Slot, ValidatorIndex} from "@mote/core";
import type {ChainBlock} from "./types.ts";

/** One on-chain attestation of a block, its bits read into validators. */
export interface BlockVotes {
  readonly dataRoot: Root;
  readonly data: electra.Attestation["data"];
  readonly validators: readonly ValidatorIndex[];
}

interface Entry {
  block: ChainBlock;
  readonly votes: readonly BlockVotes[];
}

/** Blocks by root, as a tree. The genesis block is never forgotten. */
export class BlockStore {
  readonly #entries = new Map<Root, Entry>();
  readonly #genesisRoot: Root;

  constructor(genesis: ChainBlock) {
    this.#genesisRoot = genesis.root;
    this.#entries.set(genesis.root, {block: genesis, votes: []});
  }

  get size(): number {
    return this.#entries.size;
  }

  /** From this slot on all blocks of the canonical chain are held. */
  get oldestSlot(): Slot {
    const [genesis, oldest] = this.#entries.values();
    return oldest === undefined || oldest.block.parentRoot === genesis?.block.root ? (0 as Slot) : oldest.block.slot;
  }

  get(root: Root): ChainBlock | null {
    return this.#entries.get(root)?.block ?? null;
  }

  add(block: ChainBlock, votes: readonly BlockVotes[]): void {
    this.#entries.set(block.root, {block, votes});
  }

  replace(block: ChainBlock): void {
    const entry = this.#entries.get(block.root);
    if (entry !== undefined) entry.block = block;
  }

  votes(root: Root): readonly BlockVotes[] {
    return this.#entries.get(root)?.votes ?? [];
  }

  attestations(root: Root): electra.Attestation[] | null {
    const entry = this.#entries.get(root);
    if (entry === undefined) return null;
    return entry.block.signed === null ? [] : (bodyOf(entry.block.signed).attestations as electra.Attestation[]);
  }

  /** The block with `root` and its ancestors, newest first, as far back as they are held. */
  *chain(root: Root): Generator<ChainBlock> {
    for (let block = this.get(root); block !== null; ) {
      yield block;
      block = block.root === this.#genesisRoot ? null : this.get(block.parentRoot);
    }
  }

  /** The newest block at or before `slot` on the chain of `headRoot`. */
  atOrBefore(slot: Slot, headRoot: Root): ChainBlock | null {
    for (const block of this.chain(headRoot)) if (block.slot <= slot) return block;
    return null;
  }

  /** Blocks between the two heads and their common ancestor: how many slots the old head lies past it. Null for a plain extension. */
  reorgDepth(oldHead: Root, newHead: Root): number | null {
    const newChain = new Set<Root>();
    const old = this.get(oldHead);
    if (old === null) return null;
    for (const block of this.chain(newHead)) {
      newChain.add(block.root);
      if (block.slot <= old.slot && block.root === oldHead) return null;
    }
    for (const block of this.chain(oldHead)) {
      if (newChain.has(block.root)) return old.slot - block.slot;
    }
    return null;
  }

  /** Forgets blocks older than `oldestSlot`, and of `candidates` those that are not on the chain of `headRoot`. */
  prune(oldestSlot: Slot, candidates: readonly Root[], headRoot: Root): void {
    const canonical = new Set<Root>();
    for (const block of this.chain(headRoot)) canonical.add(block.root);
    for (const root of candidates) if (!canonical.has(root)) this.#forget(root);
    for (const [root, {block}] of this.#entries) if (block.slot < oldestSlot) this.#forget(root);
  }

  #forget(root: Root): void {
    if (root !== this.#genesisRoot) this.#entries.delete(root);
  }
}

const bodyOf = (signed: SignedBeaconBlock): {readonly attestations: readonly unknown[]} => signed.message.body;
