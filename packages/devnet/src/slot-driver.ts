import {ForkSeq, SLOTS_PER_EPOCH} from "@lodestar/params";
import {type Cancel, type Clock, type Slot, SlotClock} from "@mote/core";
import type {DevnetChain} from "./chain.ts";

export interface SlotDriverComponents {
  readonly chain: DevnetChain;
  readonly clock: Clock;
  /** Called when messages of the sync committee are due: what it signed before may be told to light clients. */
  readonly onSyncMessagesDue?: () => void;
  /** Called when a step threw: a bug or a broken invariant. The driver has stopped. */
  readonly onError: (error: unknown) => void;
}

/** Basis points of the slot. */
const BPS = 10_000;
/** Late enough for the aggregates to be there, early enough to be done before the next slot. */
const PREPARE_BPS = 8500;

/** What happens in a slot and when: the one place where the chain meets the clock. */
export class SlotDriver {
  readonly #components: SlotDriverComponents;
  readonly #slots: SlotClock;
  readonly #timers = new Set<Cancel>();
  #running = false;

  constructor(components: SlotDriverComponents) {
    this.#components = components;
    const {config, genesis} = components.chain;
    const timing = {
      genesisTimeSec: genesis.timeSec,
      slotDurationMs: config.SLOT_DURATION_MS,
      slotsPerEpoch: SLOTS_PER_EPOCH,
    };
    this.#slots = new SlotClock(timing, {clock: components.clock});
  }

  /** Starts before genesis, or in the middle: slots that have passed are begun as well. */
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
    const {config} = chain;
    const isGloas = config.getForkSeq(slot) >= ForkSeq.gloas;
    const votesDueBps = isGloas ? config.ATTESTATION_DUE_BPS_GLOAS : config.ATTESTATION_DUE_BPS;
    const aggregatesDueBps = isGloas ? config.AGGREGATE_DUE_BPS_GLOAS : config.AGGREGATE_DUE_BPS;
    chain.onSlot(slot);
    const closesMs = this.#slots.startMs(slot) + config.MAXIMUM_GOSSIP_CLOCK_DISPARITY;
    this.#schedule(() => chain.onSlotClosed((slot - 1) as Slot), closesMs);
    this.#at(slot, votesDueBps, () => chain.onVotesDue(slot));
    const syncDueBps = isGloas ? config.SYNC_MESSAGE_DUE_BPS_GLOAS : config.SYNC_MESSAGE_DUE_BPS;
    this.#at(slot, syncDueBps, () => this.#components.onSyncMessagesDue?.());
    // After the votes, which no longer count for it, and before their aggregates.
    this.#at(slot, (votesDueBps + aggregatesDueBps) / 2, () => chain.showHeldBlock());
    if (isGloas) {
      this.#at(slot, (votesDueBps + config.PAYLOAD_DUE_BPS) / 2, () => chain.revealBuiltPayload(slot));
      this.#at(slot, config.PAYLOAD_DUE_BPS, () => chain.onPayloadDue(slot));
    }
    this.#at(slot, PREPARE_BPS, () => chain.prepareSlot((slot + 1) as Slot));
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
