import type {BeaconConfig} from "@lodestar/config";
import {GENESIS_EPOCH, PTC_SIZE, SLOTS_PER_EPOCH} from "@lodestar/params";
import {
  computeEpochAtSlot,
  computeStartSlotAtEpoch,
  getEffectiveBalanceIncrementsZeroInactive,
  type PubkeyCache,
} from "@lodestar/state-transition";
import type {gloas} from "@lodestar/types";
import {type Cancel, type Epoch, type Pubkey, type Root, rootToHex, type Slot} from "@mote/core";
import type {Genesis} from "../genesis.ts";
import {type BlockReading, readGenesisBlock} from "./block-reading.ts";
import {BlockStore} from "./block-store.ts";
import {DutyData} from "./duty-data.ts";
import {ForkChoice, type HeadNode} from "./fork-choice.ts";
import {headEvent, reorgEvent} from "./head-events.ts";
import {StateStore} from "./state-store.ts";
import type {ChainBlock, ChainCheckpoint, ChainEvent, ChainState, DevnetGenesis, HeadEvent, HeadView} from "./types.ts";

/** How far back blocks are served: with 2 s slots half an hour. */
const BLOCKS_KEPT_SLOTS = 128 * SLOTS_PER_EPOCH;

/**
 * What everyone on the chain shares: blocks, states, fork choice, and the head that follows from them. What is added here was judged
 * before. Every change of the head is told at once, in the same turn.
 */
export class ChainCore {
  readonly config: BeaconConfig;
  readonly genesis: DevnetGenesis;
  /** Public keys in the order of the validators' indices. */
  readonly pubkeys: readonly Pubkey[];
  readonly pubkeyCache: PubkeyCache;
  readonly blocks: BlockStore;
  readonly states: StateStore;
  readonly forkChoice: ForkChoice;
  readonly duties: DutyData;
  readonly #listeners = new Set<(event: ChainEvent) => void>();
  #currentSlot = -1 as Slot;
  /** The newest slot whose messages come too late. */
  #closedSlot = -1 as Slot;
  #head: HeadNode;
  #finalizedEpoch = GENESIS_EPOCH as Epoch;

  constructor(init: {readonly genesis: Genesis; readonly pubkeys: readonly Pubkey[]}) {
    const {genesis, pubkeys} = init;
    const {config, facts, state} = genesis;
    this.config = config;
    this.genesis = facts;
    this.pubkeys = pubkeys;
    this.pubkeyCache = state.epochCtx.pubkeyCache;
    this.blocks = new BlockStore(readGenesisBlock(genesis));
    this.states = new StateStore({root: facts.blockRoot, state}, {block: (root) => this.blocks.get(root)});
    this.forkChoice = new ForkChoice(
      {
        genesisRoot: facts.blockRoot,
        slotsPerEpoch: SLOTS_PER_EPOCH,
        proposerScoreBoostPercent: config.PROPOSER_SCORE_BOOST,
        payloadCommitteeSize: PTC_SIZE,
      },
      {effectiveBalances: (checkpoint) => this.#effectiveBalances(checkpoint)},
    );
    this.duties = new DutyData(
      {config, pubkeys, genesisRoot: facts.blockRoot},
      {blocks: this.blocks, states: this.states, isFull: (block) => this.isFull(block)},
    );
    this.#head = this.forkChoice.head();
  }

  get currentSlot(): Slot {
    return this.#currentSlot;
  }

  get head(): HeadView {
    const block = this.blockOrThrow(this.#head.root);
    const {root, slot} = block;
    return {root, slot, state: this.stateOrThrow(root), payloadStatus: this.#statusOf(block)};
  }

  /** What gossip calls "for the current slot": what was on its way when the slot ended is let in for a moment. */
  isCurrent(slot: Slot): boolean {
    return slot <= this.#currentSlot && slot >= this.#currentSlot - 1 && slot > this.#closedSlot;
  }

  /** Without making its state. */
  get headRoot(): Root {
    return this.#head.root;
  }

  /** Listeners are called in the order of subscription and must not throw. */
  subscribe(listener: (event: ChainEvent) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: ChainEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  rootAtSlot(slot: Slot, headRoot: Root = this.headRoot): Root | null {
    return this.blocks.atOrBefore(slot, headRoot)?.root ?? null;
  }

  /** True when a vote of a later slot should say that the block's payload is there. */
  isFull(block: ChainBlock): boolean {
    return this.#statusOf(block) !== "empty";
  }

  closeSlot(slot: Slot): void {
    this.#closedSlot = slot;
  }

  beginSlot(slot: Slot): void {
    this.#currentSlot = slot;
    this.forkChoice.onSlot(slot);
    this.updateHead();
  }

  /** Shows a block that was found valid. */
  addBlock({block, votes, forkChoiceBlock}: BlockReading, postState: ChainState, timely: boolean): void {
    const {root, slot} = block;
    this.blocks.add(block, votes);
    this.states.add(root, postState);
    this.forkChoice.onBlock(forkChoiceBlock, timely);
    this.emit({kind: "block", slot, block: root});
    this.updateHead();
  }

  /** Gloas: shows a payload that was found valid. */
  addPayload(block: ChainBlock, envelope: gloas.SignedExecutionPayloadEnvelope): void {
    const {root, slot} = block;
    const wasHead = root === this.headRoot;
    const full = {...block, envelope, payloadStatus: "full"} as const;
    this.blocks.replace(full);
    this.forkChoice.onPayload(root);
    this.emit({kind: "payload_available", slot, block: root});
    this.updateHead();
    if (!wasHead || this.#head.root !== root || this.#head.payloadStatus !== "full") return;
    const {builderIndex, payload} = envelope.message;
    const event = this.#headEvent(full, false);
    this.emit({...event, kind: "payload_full", builderIndex, blockHash: rootToHex(payload.blockHash)});
  }

  updateHead(): void {
    const oldRoot = this.#head.root;
    this.#head = this.forkChoice.head();
    const newRoot = this.#head.root;
    if (newRoot !== oldRoot) {
      const depth = this.blocks.reorgDepth(oldRoot, newRoot);
      const oldBlock = this.blockOrThrow(oldRoot);
      const newBlock = this.blockOrThrow(newRoot);
      // Who hears of a head asks for its attestation data at once: an epoch's transition is made before, not then.
      this.duties.attestationData(Math.max(newBlock.slot, this.#currentSlot) as Slot, newRoot);
      this.emit(this.#headEvent(newBlock, computeEpochAtSlot(newBlock.slot) > computeEpochAtSlot(oldBlock.slot)));
      if (depth !== null) this.emit(reorgEvent(oldBlock, newBlock, depth));
    }
    this.#updateFinalized();
  }

  blockOrThrow(root: Root): ChainBlock {
    const block = this.blocks.get(root);
    if (block === null) throw new Error(`block ${root} is not held`);
    return block;
  }

  stateOrThrow(root: Root, slot?: Slot): ChainState {
    const state = this.states.at(root, slot);
    if (state === null) throw new Error(`state of block ${root} cannot be made`);
    return state;
  }

  /** Of the head as fork choice has it; of another block, whether its payload is known. */
  #statusOf(block: ChainBlock): ChainBlock["payloadStatus"] {
    const isHeadWithPayloadApart = block.root === this.#head.root && this.#head.payloadStatus !== "none";
    return isHeadWithPayloadApart ? this.#head.payloadStatus : block.payloadStatus;
  }

  #updateFinalized(): void {
    const {epoch, root} = this.forkChoice.finalized;
    if (epoch <= this.#finalizedEpoch) return;
    this.#finalizedEpoch = epoch;
    const {stateRoot} = this.blockOrThrow(root);
    const removed = this.forkChoice.prune();
    const headSlot = this.blockOrThrow(this.headRoot).slot;
    this.blocks.prune((headSlot - BLOCKS_KEPT_SLOTS) as Slot, removed, this.headRoot);
    this.states.finalize(root, removed);
    this.emit({kind: "finalized_checkpoint", block: root, state: stateRoot, epoch});
  }

  #headEvent(block: ChainBlock, epochTransition: boolean): HeadEvent {
    return headEvent(
      {block, payloadStatus: this.#statusOf(block), epochTransition},
      (epoch) => this.duties.dependentRoot(epoch, block.root) ?? this.genesis.blockRoot,
    );
  }

  #effectiveBalances({root, epoch}: ChainCheckpoint): ArrayLike<number> {
    return getEffectiveBalanceIncrementsZeroInactive(this.stateOrThrow(root, computeStartSlotAtEpoch(epoch) as Slot));
  }
}
