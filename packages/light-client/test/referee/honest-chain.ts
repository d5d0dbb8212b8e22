import {
  type Attestation,
  type AttestationData,
  type Checkpoint,
  type Epoch,
  type Root,
  type Signature,
  type Slot,
  SlotClock,
} from "@mote/core";
import {FakeClock} from "@mote/testing";
import type {SeenBlock, SignedHeader} from "../../src/referee/light-client-referee.ts";

/** A chain in which everybody is honest, with the bad luck that honest chains have. */

export const SLOTS_PER_EPOCH = 8;
export const SLOT_MS = 6_000;
export const GENESIS_SEC = 1_800_000_000;
const SEATS = 32;

export const slot = (n: number): Slot => n as Slot;
export const epoch = (n: number): Epoch => n as Epoch;
export const root = (n: number, branch = 0): Root =>
  `0x${branch.toString(16).padStart(2, "0")}${(n + 1).toString(16).padStart(62, "0")}` as Root;
export const epochOf = (at: number): number => Math.floor(at / SLOTS_PER_EPOCH);

export function time(atSlot: number): {readonly clock: FakeClock; readonly slotClock: SlotClock} {
  const clock = new FakeClock({nowMs: GENESIS_SEC * 1000 + atSlot * SLOT_MS});
  const timing = {genesisTimeSec: GENESIS_SEC, slotDurationMs: SLOT_MS, slotsPerEpoch: SLOTS_PER_EPOCH};
  return {clock, slotClock: new SlotClock(timing, {clock})};
}

export interface Block {
  readonly slot: number;
  readonly root: Root;
  readonly parentRoot: Root;
}

/** What happens in a slot: a block in time, none, one that comes after the votes, or one so late that the next builds on its parent. */
export type Luck = "block" | "none" | "late" | "orphaned";

/** A second chain: up to a slot it is the other one, and then it goes on by itself. */
export interface Fork {
  readonly of: HonestChain;
  readonly fromSlot: number;
  readonly branch: number;
}

/** By slots; what is not named has a block in time. Finality follows two epochs behind, as long as 2/3 of an epoch's slots have blocks. */
export class HonestChain {
  readonly blocks = new Map<Root, Block>();
  readonly #luckAt: (at: number) => Luck;
  /** What votes of each slot call the head: a block that comes late is not yet. */
  readonly #votedHeads: Block[] = [];
  /** The last block up to each slot on the chain that goes on. */
  readonly #heads: Block[] = [];

  constructor({luckAt = () => "block", slots, fork}: {luckAt?: (at: number) => Luck; slots: number; fork?: Fork}) {
    this.#luckAt = luckAt;
    let head: Block = {slot: 0, root: root(0), parentRoot: root(-1)};
    for (let at = 0; at < slots; at++) {
      const luck = at === 0 ? "none" : luckAt(at);
      let voted = head;
      if (fork !== undefined && at < fork.fromSlot) [voted, head] = [fork.of.votedHead(at), fork.of.head(at)];
      else if (luck !== "none") {
        const block = {slot: at, root: root(at, fork?.branch), parentRoot: head.root};
        this.blocks.set(block.root, block);
        if (luck === "block") voted = block;
        if (luck !== "orphaned") head = block;
      }
      this.blocks.set(head.root, head);
      this.#votedHeads.push(voted);
      this.#heads.push(head);
    }
  }

  votedHead(at: number): Block {
    return this.#votedHeads[at] as Block;
  }

  head(at: number): Block {
    return this.#heads[at] as Block;
  }

  checkpoint(of: number): Checkpoint {
    return {epoch: epoch(of), root: this.head(of * SLOTS_PER_EPOCH).root};
  }

  /** Of votes of this epoch: the epoch before, when most of its slots had votes in blocks, or the last such. */
  source(of: number): Checkpoint {
    for (let each = of - 1; each > 0; each--) if (this.#isJustified(each)) return this.checkpoint(each);
    return {epoch: epoch(0), root: root(-1)};
  }

  /** As the states of this epoch have it; null: nothing but genesis. */
  finalized(of: number): Block | null {
    for (let each = of - 2; each > 0; each--) {
      if (this.#isJustified(each) && this.#isJustified(each + 1)) return this.head(each * SLOTS_PER_EPOCH);
    }
    return null;
  }

  vote(at: number, over: Partial<AttestationData> = {}): AttestationData {
    return {...this.#voteOn(this.votedHead(at), at), ...over};
  }

  /** What a beacon node says that has not got the slot's own block yet. */
  laggingVote(at: number): AttestationData {
    return this.#voteOn(this.head(Math.max(0, at - 1)), at);
  }

  /** With a vote of the slot before it, when there was one. */
  seen(block: Block): SeenBlock {
    const votes = block.slot > 1 ? [attestation(this.vote(block.slot - 1))] : [];
    return {slot: slot(block.slot), blockRoot: block.root, parentRoot: block.parentRoot, attestations: votes};
  }

  /** What the sync committee of slot `at` signed, as the block of the next slot tells. Null: there is none, or it stands on another block. */
  proof(at: number, signed = SEATS): SignedHeader | null {
    if (this.#luckAt(at + 1) === "none" || this.votedHead(at) !== this.head(at)) return null;
    const {slot: of, root: headRoot, parentRoot} = this.head(at);
    return {
      header: {slot: slot(of), root: headRoot, parentRoot},
      participation: {signed, seats: SEATS, isSupermajority: signed * 3 >= SEATS * 2},
      signatureSlot: slot(at + 1),
    };
  }

  #voteOn(head: Block, at: number): AttestationData {
    const of = epochOf(at);
    const start = of * SLOTS_PER_EPOCH;
    const target = head.slot <= start ? head : this.head(start);
    return {
      slot: slot(at),
      index: 0,
      beaconBlockRoot: head.root,
      source: this.source(of),
      target: {epoch: epoch(of), root: target.root},
    };
  }

  #isJustified(of: number): boolean {
    const slots = Array.from({length: SLOTS_PER_EPOCH}, (_, place) => of * SLOTS_PER_EPOCH + place);
    return slots.filter((at) => this.#luckAt(at) === "block").length * 3 >= SLOTS_PER_EPOCH * 2;
  }
}

export function attestation(data: AttestationData): Attestation {
  return {
    aggregationBits: {bits: Uint8Array.of(1), length: 4},
    committeeBits: {bits: Uint8Array.of(1), length: 4},
    data,
    signature: new Uint8Array(96) as Signature,
  };
}
