import type {NetworkConfig} from "@mote/consensus";
import type {Epoch, Slot, SlotClock} from "@mote/core";

/** Windows of time in which a message may come, each wider by what clocks may differ (MAXIMUM_GOSSIP_CLOCK_DISPARITY). phase0/p2p-interface.md */
export class SlotWindows {
  readonly #disparityMs: number;
  readonly #slotClock: SlotClock;

  constructor(init: {readonly config: NetworkConfig}, components: {readonly slotClock: SlotClock}) {
    this.#disparityMs = init.config.MAXIMUM_GOSSIP_CLOCK_DISPARITY;
    this.#slotClock = components.slotClock;
  }

  /** is_future_slot; true for what is no number that counts, too. */
  isFuture(slot: Slot, nowMs: number): boolean {
    return !Number.isSafeInteger(slot) || nowMs + this.#disparityMs < this.#slotClock.startMs(slot);
  }

  /** altair/p2p-interface.md, is_current_slot */
  isCurrent(slot: Slot, nowMs: number): boolean {
    return !this.isFuture(slot, nowMs) && nowMs <= this.#slotClock.startMs((slot + 1) as Slot) + this.#disparityMs;
  }

  /** deneb/p2p-interface.md, is_current_or_previous_epoch */
  isCurrentOrPreviousEpoch(epoch: Epoch, nowMs: number): boolean {
    const startMs = this.#slotClock.startMs(this.#slotClock.firstSlotOf(epoch));
    const endMs = this.#slotClock.startMs(this.#slotClock.firstSlotOf((epoch + 2) as Epoch));
    return startMs <= nowMs + this.#disparityMs && nowMs <= endMs + this.#disparityMs;
  }
}
