import {createHash} from "node:crypto";
import {attestationDataRoot} from "@mote/consensus";
import {
  type Attestation,
  type AttestationData,
  type Cancel,
  type Checkpoint,
  type Epoch,
  type Root,
  rootToHex,
  type Slot,
  type SlotTiming,
  type ValidatorIndex,
} from "@mote/core";
import {fakeSignature} from "../beacon-nodes/fake-answers.ts";

export interface SimulatedBlock {
  readonly root: Root;
  readonly slot: Slot;
  readonly parentRoot: Root;
  /** Votes that no earlier block of its chain holds. */
  readonly attestations: Attestation[];
  /** Gloas: null until its payload came. Before, every block has one. */
  payloadMs: number | null;
}

export interface SimulatedChainInit {
  readonly timing: SlotTiming;
  /** A multiple of the slots of an epoch. */
  readonly validatorCount: number;
  /** Up to the slot before, each slot has a block, with nobody watching. */
  readonly firstSlot: Slot;
  readonly gloasSlot: Slot;
}

interface PooledVote {
  readonly validatorIndex: ValidatorIndex;
  readonly data: AttestationData;
  readonly dataRoot: Root;
  includedAt: Slot | null;
}

/** Slots for which a vote may still be put into a block. */
const INCLUSION_SLOTS_MAX = 16;

/**
 * A chain in memory: blocks by hash, checkpoints that move on (each epoch is justified by the next, since those who are not watched always vote),
 * and votes put into blocks. Validator i attests in slot i mod SLOTS_PER_EPOCH of every epoch, all of a slot in one committee. Time is its
 * driver's: it believes what it is told.
 */
export class SimulatedChain {
  /** Side blocks too. */
  readonly blocks = new Map<Root, SimulatedBlock>();
  readonly timing: SlotTiming;
  readonly validatorCount: number;
  readonly gloasSlot: Slot;
  readonly genesisRoot = hashOf("genesis");
  #head: SimulatedBlock;
  readonly #votes = new Map<string, PooledVote>();
  readonly #blockListeners = new Set<(block: SimulatedBlock) => void>();
  readonly #payloadListeners = new Set<(block: SimulatedBlock) => void>();

  constructor(init: SimulatedChainInit) {
    this.timing = init.timing;
    this.validatorCount = init.validatorCount;
    this.gloasSlot = init.gloasSlot;
    this.#head = {
      root: this.genesisRoot,
      slot: 0 as Slot,
      parentRoot: hashOf("nothing"),
      attestations: [],
      payloadMs: 0,
    };
    this.blocks.set(this.#head.root, this.#head);
    for (let slot = 1; slot < init.firstSlot; slot++) this.buildBlock(slot as Slot);
  }

  get head(): SimulatedBlock {
    return this.#head;
  }

  epochOf(slot: Slot): Epoch {
    return Math.floor(slot / this.timing.slotsPerEpoch) as Epoch;
  }

  onBlock(listener: (block: SimulatedBlock) => void): Cancel {
    this.#blockListeners.add(listener);
    return () => this.#blockListeners.delete(listener);
  }

  onPayload(listener: (block: SimulatedBlock) => void): Cancel {
    this.#payloadListeners.add(listener);
    return () => this.#payloadListeners.delete(listener);
  }

  /** The newest block at or before `slot` on the chain that ends in `head`. */
  ancestorAt(head: Root, slot: Slot): SimulatedBlock {
    let block = this.#known(head);
    while (block.slot > slot) block = this.#known(block.parentRoot);
    return block;
  }

  isCanonical(root: Root): boolean {
    const block = this.blocks.get(root);
    return block !== undefined && this.ancestorAt(this.#head.root, block.slot).root === root;
  }

  /** The block of `slot` itself on the canonical chain; null when the slot is empty. */
  blockAt(slot: Slot): SimulatedBlock | null {
    const block = this.ancestorAt(this.#head.root, slot);
    return block.slot === slot ? block : null;
  }

  /** What an honest node with this head has validators of `slot` vote. */
  voteData(slot: Slot, head: Root): AttestationData {
    const epoch = this.epochOf(slot);
    const headBlock = this.#known(head);
    return {
      slot,
      index: slot >= this.gloasSlot && headBlock.slot < slot && headBlock.payloadMs !== null ? 1 : 0,
      beaconBlockRoot: head,
      source: this.#checkpoint(Math.max(0, epoch - 1) as Epoch, head),
      target: this.#checkpoint(epoch, head),
    };
  }

  /** A block on the head, of a proposer that nobody watches. */
  buildBlock(slot: Slot): SimulatedBlock {
    return this.importBlock({slot, root: hashOf(`${this.#head.root}/${slot}`), parentRoot: this.#head.root});
  }

  /** A block on an older one than the head becomes a side block. @throws {Error} when its parent is unknown or not before it */
  importBlock({slot, root, parentRoot}: Pick<SimulatedBlock, "root" | "slot" | "parentRoot">): SimulatedBlock {
    const known = this.blocks.get(root);
    if (known !== undefined) return known;
    if (this.#known(parentRoot).slot >= slot)
      throw new Error(`the parent of the block of slot ${slot} is not before it`);
    const isHead = parentRoot === this.#head.root;
    const attestations = isHead ? this.#packVotes(slot) : [];
    const payloadMs = slot >= this.gloasSlot ? null : 0;
    const block: SimulatedBlock = {root, slot, parentRoot, attestations, payloadMs};
    this.blocks.set(root, block);
    if (!isHead) return block;
    this.#head = block;
    for (const listener of this.#blockListeners) listener(block);
    return block;
  }

  revealPayload(root: Root, atMs: number): void {
    const block = this.blocks.get(root);
    if (block === undefined || block.payloadMs !== null) return;
    block.payloadMs = atMs;
    for (const listener of this.#payloadListeners) listener(block);
  }

  /** @returns what is wrong with the vote; null when it may be put into a block */
  takeVote(validatorIndex: ValidatorIndex, data: AttestationData): string | null {
    if (!this.blocks.has(data.beaconBlockRoot)) return "unknown head block";
    const right = this.voteData(data.slot, this.ancestorAt(this.#head.root, data.slot).root);
    if (data.source.root !== right.source.root || data.source.epoch !== right.source.epoch) return "wrong source";
    if (data.target.epoch !== right.target.epoch) return "wrong target epoch";
    const dataRoot = rootToHex(attestationDataRoot(data));
    const name = `${validatorIndex}/${dataRoot}`;
    if (!this.#votes.has(name)) this.#votes.set(name, {validatorIndex, data, dataRoot, includedAt: null});
    return null;
  }

  /** The vote of this validator that the canonical chain holds. */
  includedVote(slot: Slot, validatorIndex: ValidatorIndex): AttestationData | null {
    for (const vote of this.#votes.values())
      if (vote.validatorIndex === validatorIndex && vote.data.slot === slot && vote.includedAt !== null)
        return vote.data;
    return null;
  }

  /** Votes for exactly the data with this root, as one attestation; null when there is none. */
  aggregate(dataRoot: Root): Attestation | null {
    const votes = [...this.#votes.values()].filter((vote) => vote.dataRoot === dataRoot);
    return votes[0] === undefined ? null : this.#attestation(votes[0].data, votes);
  }

  attesters(slot: Slot): readonly ValidatorIndex[] {
    const {slotsPerEpoch} = this.timing;
    const first = slot % slotsPerEpoch;
    const count = this.validatorCount / slotsPerEpoch;
    return Array.from({length: count}, (_, at) => (first + at * slotsPerEpoch) as ValidatorIndex);
  }

  /** Spread over all validators, as far as their number has no divisor in common with 7. */
  proposerAt(slot: Slot): ValidatorIndex {
    return ((slot * 7) % this.validatorCount) as ValidatorIndex;
  }

  #checkpoint(epoch: Epoch, head: Root): Checkpoint {
    return {epoch, root: this.ancestorAt(head, (epoch * this.timing.slotsPerEpoch) as Slot).root};
  }

  #packVotes(slot: Slot): Attestation[] {
    const byData = new Map<Root, PooledVote[]>();
    for (const vote of this.#votes.values()) {
      const {data, dataRoot, includedAt} = vote;
      if (includedAt !== null || data.slot >= slot || data.slot + INCLUSION_SLOTS_MAX < slot) continue;
      byData.set(dataRoot, [...(byData.get(dataRoot) ?? []), vote]);
      vote.includedAt = slot;
    }
    return [...byData.values()].map((votes) => this.#attestation((votes[0] as PooledVote).data, votes));
  }

  #attestation(data: AttestationData, votes: readonly PooledVote[]): Attestation {
    const length = this.validatorCount / this.timing.slotsPerEpoch;
    const bits = new Uint8Array(Math.ceil(length / 8));
    for (const {validatorIndex} of votes) {
      const place = Math.floor(validatorIndex / this.timing.slotsPerEpoch);
      bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7));
    }
    return {
      aggregationBits: {bits, length},
      committeeBits: {bits: Uint8Array.of(1), length: 4},
      data,
      signature: fakeSignature(0xa5),
    };
  }

  #known(root: Root): SimulatedBlock {
    const block = this.blocks.get(root);
    if (block === undefined) throw new Error(`no block ${root}`);
    return block;
  }
}

export const hashOf = (text: string): Root => rootToHex(createHash("sha256").update(text).digest());
