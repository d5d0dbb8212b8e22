import {SYNC_COMMITTEE_SIZE} from "@lodestar/params";
import type {altair, gloas} from "@lodestar/types";
import {type Root, rootToHex, type Slot} from "@mote/core";
import type {ChainBlock, ChainFigures, ChainState, PublishFigures, SubmitOutcome} from "./types.ts";

type Figures = Pick<ChainFigures, "proposals" | "syncCommittee" | "payloadAttestations">;

/** What a block says of the duties that led to it. */
interface BlockFacts {
  readonly slot: Slot;
  readonly parentRoot: Root;
  readonly syncBits: number;
  /** Distinct members of the payload committee of the block's own slot; 0 before Gloas. */
  readonly payloadCommittee: number;
  /** Distinct members of the slot before whose vote on the parent is in this block. */
  readonly payloadVoters: number;
}

interface Sums {
  readonly blocks: number;
  readonly syncBits: number;
  readonly payloadExpected: number;
  readonly payloadIncluded: number;
}

const NOTHING: Sums = {blocks: 0, syncBits: 0, payloadExpected: 0, payloadIncluded: 0};
/** Deeper than any reorg here goes. */
const FREEZE_DEPTH_SLOTS = 64;

export interface DutyLedgerComponents {
  /** The canonical chain, newest block first. */
  readonly canonical: () => Iterable<ChainBlock>;
  readonly isGloas: (slot: Slot) => boolean;
}

/**
 * Proposals, sync messages and payload votes in the canonical chain, as it stands when asked. Sums of what no reorg reaches are kept,
 * since the chain forgets its old blocks.
 */
export class DutyLedger {
  readonly #components: DutyLedgerComponents;
  readonly #facts = new Map<Root, BlockFacts>();
  #proposalsExpected = 0;
  #frozen: Sums = NOTHING;
  /** Blocks up to and with this slot are in the frozen sums. */
  #frozenSlot = 0 as Slot;
  #currentSlot = 0 as Slot;

  constructor(components: DutyLedgerComponents) {
    this.#components = components;
  }

  /** @param isPreviousExpected false when the slot before was to have no block */
  beginSlot(slot: Slot, isPreviousExpected: boolean): void {
    this.#currentSlot = slot;
    if (slot > 1 && isPreviousExpected) this.#proposalsExpected++;
    if (slot - this.#frozenSlot > 2 * FREEZE_DEPTH_SLOTS) this.#freeze((slot - FREEZE_DEPTH_SLOTS) as Slot);
  }

  onBlock(block: ChainBlock, postState: ChainState): void {
    const {slot, root, parentRoot} = block;
    const isGloas = this.#components.isGloas(slot);
    const body = block.signed?.message.body as Partial<altair.BeaconBlockBody & gloas.BeaconBlockBody> | undefined;
    const committeeOf = (of: number): Uint32Array => postState.epochCtx.getPayloadTimelinessCommittee(of);
    const voters = (body?.payloadAttestations ?? [])
      .filter(({data}) => rootToHex(data.beaconBlockRoot) === parentRoot)
      .flatMap(({aggregationBits, data}) => aggregationBits.intersectValues(Array.from(committeeOf(data.slot))));
    this.#facts.set(root, {
      slot,
      parentRoot,
      syncBits: body?.syncAggregate?.syncCommitteeBits.getTrueBitIndexes().length ?? 0,
      payloadCommittee: isGloas ? new Set(committeeOf(slot)).size : 0,
      payloadVoters: new Set(voters).size,
    });
  }

  figures(): Figures {
    const sums = this.#sum(this.#frozen, this.#currentSlot);
    const included = this.#sum(this.#frozen, (this.#currentSlot - 1) as Slot).blocks;
    const {payloadExpected, payloadIncluded} = sums;
    return {
      proposals: {expected: this.#proposalsExpected, included, missed: this.#proposalsExpected - included},
      syncCommittee: {participation: sums.blocks === 0 ? 1 : sums.syncBits / (sums.blocks * SYNC_COMMITTEE_SIZE)},
      payloadAttestations: {
        expected: payloadExpected,
        included: payloadIncluded,
        missed: payloadExpected - payloadIncluded,
      },
    };
  }

  /** `base` and the canonical blocks after the frozen ones, up to and with `last`. */
  #sum(base: Sums, last: Slot): Sums {
    let {blocks, syncBits, payloadExpected, payloadIncluded} = base;
    for (const {slot, root} of this.#components.canonical()) {
      if (slot <= this.#frozenSlot) break;
      const facts = this.#facts.get(root);
      if (slot > last || facts === undefined) continue;
      const parent = this.#facts.get(facts.parentRoot);
      blocks++;
      syncBits += facts.syncBits;
      // Only the very next slot's block may carry the votes: without it nobody could be included.
      if (parent?.slot === slot - 1) {
        payloadExpected += parent.payloadCommittee;
        payloadIncluded += facts.payloadVoters;
      }
    }
    return {blocks, syncBits, payloadExpected, payloadIncluded};
  }

  #freeze(last: Slot): void {
    this.#frozen = this.#sum(this.#frozen, last);
    this.#frozenSlot = last;
    for (const [root, {slot}] of this.#facts) if (slot < last) this.#facts.delete(root);
  }
}

/** Messages of one kind that came in, each counted once however many endpoints it came by. */
export class PublishTally {
  readonly #taken = new Map<string, Slot>();
  #published = 0;
  #rejected = 0;

  get figures(): PublishFigures {
    return {published: this.#published, rejected: this.#rejected};
  }

  /** @param key what tells the message from others of its kind */
  count(key: string, slot: Slot, outcome: SubmitOutcome): void {
    if (outcome.kind === "refused") this.#rejected++;
    else if (!this.#taken.has(key)) {
      this.#taken.set(key, slot);
      this.#published++;
    }
  }

  prune(oldest: Slot): void {
    for (const [key, slot] of this.#taken) if (slot < oldest) this.#taken.delete(key);
  }
}
