import type {Cancel, Slot, SlotClock} from "@mote/core";

/** How many passed slots are named one by one; before these nobody looks back. */
const PASSED_BY_MAX = 256;

export interface SlotTickerInit {
  readonly onSlot: (slot: Slot) => void;
  /** A slot that went by unseen: the machine slept, or its clock was set forward. */
  readonly onPassedBy: (slot: Slot) => void;
}

/** Slots that had their turn, remembered so that none comes twice. A clock that goes back further than this is another day's. */
const TURNS_KEPT_MAX = 512;
const LOOK_PAUSE_MS = 1000;

/**
 * Calls once at each slot's start, and at once for the slot that is running. A slot never comes twice; otherwise a clock that is set back is
 * followed, before the first slot too: one that was ahead when Mote started must not keep it waiting until that slot comes again.
 */
export class SlotTicker {
  #cancel: Cancel = () => {};
  /** The highest slot that had its turn. */
  #last: Slot | null = null;
  readonly #done = new Set<Slot>();
  readonly #init: SlotTickerInit;
  readonly #slotClock: SlotClock;

  constructor(init: SlotTickerInit, components: {readonly slotClock: SlotClock}) {
    this.#init = init;
    this.#slotClock = components.slotClock;
  }

  start(): void {
    const slot = this.#slotClock.currentSlot();
    if (slot >= 0 && !this.#done.has(slot)) this.#turn(slot);
    const next = Math.max(0, slot + 1) as Slot;
    const waitMs = this.#slotClock.startMs(next) - this.#slotClock.nowMs();
    // In short waits, so that a clock that is set is noticed, either way.
    this.#cancel = this.#slotClock.after(Math.min(waitMs, LOOK_PAUSE_MS), () => this.start());
  }

  stop(): void {
    this.#cancel();
  }

  #turn(slot: Slot): void {
    const last = this.#last ?? slot - 1;
    for (let missed = Math.max(last + 1, slot - PASSED_BY_MAX); missed < slot; missed++)
      this.#init.onPassedBy(missed as Slot);
    this.#last = Math.max(last, slot) as Slot;
    this.#done.add(slot);
    for (const oldest of this.#done) {
      if (this.#done.size <= TURNS_KEPT_MAX) break;
      this.#done.delete(oldest);
    }
    this.#init.onSlot(slot);
  }
}
