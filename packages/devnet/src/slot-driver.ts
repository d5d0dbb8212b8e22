import {ForkSeq, SLOTS_PER_EPOCH} from "@lodestar/params";
import {type Cancel, type Clock, type Root, type Slot, SlotClock} from "@mote/core";
import type {ProposedBlock} from "./chain/block-production.ts";
import type {DevnetChain} from "./chain.ts";

/** A slot range, both ends included. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
}

export interface SlotDriverInit {
  /** Slots without a block. */
  readonly skip?: readonly SlotRange[];
  /** Slots whose block is shown only after the votes' due time, and on which the next block does not build. */
  readonly reorg?: readonly SlotRange[];
}

export interface SlotDriverComponents {
  readonly chain: DevnetChain;
  readonly clock: Clock;
  /** Called when a step threw: a bug or a broken invariant. The driver has stopped. */
  readonly onError: (error: unknown) => void;
}

/** Basis points of the slot. */
const BPS = 10_000;
/** Late enough for the aggregates to be there, early enough to be done before the next slot. */
const PREPARE_BPS = 8500;

/** What happens in a slot and when: the one place where the chain meets the clock. */
export class SlotDriver {
  readonly #init: SlotDriverInit;
  readonly #components: SlotDriverComponents;
  readonly #slots: SlotClock;
  readonly #timers = new Set<Cancel>();
  #running = false;

  constructor(init: SlotDriverInit, components: SlotDriverComponents) {
    this.#init = init;
    this.#components = components;
    const {config, genesis} = components.chain;
    const timing = {
      genesisTimeSec: genesis.timeSec,
      slotDurationMs: config.SLOT_DURATION_MS,
      slotsPerEpoch: SLOTS_PER_EPOCH,
    };
    this.#slots = new SlotClock(timing, {clock: components.clock});
  }

  /** Starts before genesis, or in the middle: slots that have passed are begun without blocks. */
  start(): void {
    this.#running = true;
    this.#scheduleSlot((this.#components.chain.currentSlot + 1) as Slot);
  }

  stop(): void {
    this.#running = false;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #scheduleSlot(slot: Slot): void {
    this.#schedule(() => {
      this.#runSlot(slot);
      this.#scheduleSlot((slot + 1) as Slot);
    }, this.#slots.startMs(slot));
  }

  #runSlot(slot: Slot): void {
    const {chain} = this.#components;
    const parentRoot = this.#parentFor(slot);
    chain.onSlot(slot);
    this.#at(slot, PREPARE_BPS, () => chain.prepareSlot((slot + 1) as Slot));
    // A process that was asleep begins the slots it missed, and makes a block only for the one that is now.
    const isLate = this.#slots.currentSlot() > slot;
    if (slot === 0 || isLate || contains(this.#init.skip, slot)) return;
    const block = chain.proposeBlock(slot, parentRoot);
    if (contains(this.#init.reorg, slot)) this.#at(slot, this.#lateShowBps(slot), () => this.#show(block, false));
    else this.#show(block, true);
  }

  #show(block: ProposedBlock, timely: boolean): void {
    const {chain} = this.#components;
    chain.importBlock(block, {timely});
    if (block.payload === null) return;
    const {config} = chain;
    // After the votes, which are for the block alone, and before the payload committee looks.
    const revealBps = timely ? (config.ATTESTATION_DUE_BPS_GLOAS + config.PAYLOAD_DUE_BPS) / 2 : config.PAYLOAD_DUE_BPS;
    this.#at(block.slot, revealBps, () => chain.revealPayload(block));
    const committeeBps = (config.PAYLOAD_DUE_BPS + config.PAYLOAD_ATTESTATION_DUE_BPS) / 2;
    this.#at(block.slot, committeeBps, () => chain.attestPayload(block.slot));
  }

  /** The block after a reorged one builds on what that one built on. */
  #parentFor(slot: Slot): {readonly parentRoot?: Root} {
    const {chain} = this.#components;
    if (!contains(this.#init.reorg, slot - 1) || chain.head.slot !== slot - 1) return {};
    const parentRoot = chain.block(chain.head.root)?.parentRoot;
    return parentRoot === undefined ? {} : {parentRoot};
  }

  /** Between the votes' due time and the aggregates'. */
  #lateShowBps(slot: Slot): number {
    const {config} = this.#components.chain;
    return config.getForkSeq(slot) >= ForkSeq.gloas
      ? (config.ATTESTATION_DUE_BPS_GLOAS + config.AGGREGATE_DUE_BPS_GLOAS) / 2
      : (config.ATTESTATION_DUE_BPS + config.AGGREGATE_DUE_BPS) / 2;
  }

  #at(slot: Slot, bps: number, run: () => void): void {
    this.#schedule(run, this.#slots.startMs(slot) + (this.#slots.timing.slotDurationMs * bps) / BPS);
  }

  #schedule(run: () => void, atMs: number): void {
    if (!this.#running) return;
    const cancel = this.#slots.at(atMs, () => {
      this.#timers.delete(cancel);
      try {
        run();
      } catch (error) {
        this.stop();
        this.#components.onError(error);
      }
    });
    this.#timers.add(cancel);
  }
}

function contains(ranges: readonly SlotRange[] | undefined, slot: number): boolean {
  return ranges?.some(({from, to}) => from <= slot && slot <= to) ?? false;
}
