import type {Cancel, Slot, SlotClock} from "@mote/core";

/** How many passed slots are named one by one; before these nobody looks back. */
const PASSED_BY_MAX = 256;

export interface SlotTickerInit {
  readonly onSlot: (slot: Slot) => void;
  /** A slot that went by unseen: the machine slept, or its clock was set forward. */
  readonly onPassedBy: (slot: Slot) => void;
}

/** Calls once at each slot's start, and at once for the slot that is running. A slot never comes twice, though the clock be set back. */
export class SlotTicker {
  #cancel: Cancel = () => {};
  #last: Slot | null = null;
  readonly #init: SlotTickerInit;
  readonly #slotClock: SlotClock;

  constructor(init: SlotTickerInit, components: {readonly slotClock: SlotClock}) {
    this.#init = init;
    this.#slotClock = components.slotClock;
  }

  start(): void {
    const slot = this.#slotClock.currentSlot();
    const last = this.#last ?? slot - 1;
    if (slot >= 0 && slot > last) {
      for (let missed = Math.max(last + 1, slot - PASSED_BY_MAX); missed < slot; missed++)
        this.#init.onPassedBy(missed as Slot);
      this.#last = slot;
      this.#init.onSlot(slot);
    }
    const next = Math.max(0, slot + 1, last + 1) as Slot;
    this.#cancel = this.#slotClock.at(this.#slotClock.startMs(next), () => this.start());
  }

  stop(): void {
    this.#cancel();
  }
}
