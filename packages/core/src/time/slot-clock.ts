import type {Cancel, Clock} from "../ports/clock.ts";
import type {Epoch, Slot} from "../primitives.ts";

export interface SlotTiming {
  /** Unix seconds. */
  readonly genesisTimeSec: number;
  readonly slotDurationMs: number;
  readonly slotsPerEpoch: number;
}

/** Slots and epochs laid over a {@link Clock}. Nothing here is remembered, so a clock that jumps is followed at once. */
export class SlotClock implements Clock {
  readonly timing: SlotTiming;
  readonly #clock: Clock;

  constructor(timing: SlotTiming, components: {readonly clock: Clock}) {
    this.timing = timing;
    this.#clock = components.clock;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  after(delayMs: number, run: () => void): Cancel {
    return this.#clock.after(delayMs, run);
  }

  /** The slot of now; negative before genesis (−1 is the last slot before it). */
  currentSlot(): Slot {
    return Math.floor((this.nowMs() - this.timing.genesisTimeSec * 1000) / this.timing.slotDurationMs) as Slot;
  }

  /** The epoch of now; negative before genesis. */
  currentEpoch(): Epoch {
    return this.epochOf(this.currentSlot());
  }

  epochOf(slot: Slot): Epoch {
    return Math.floor(slot / this.timing.slotsPerEpoch) as Epoch;
  }

  firstSlotOf(epoch: Epoch): Slot {
    return (epoch * this.timing.slotsPerEpoch) as Slot;
  }

  /** Unix ms of the slot's start. */
  startMs(slot: Slot): number {
    return this.timing.genesisTimeSec * 1000 + slot * this.timing.slotDurationMs;
  }

  /** Milliseconds since the slot started; negative until it does. */
  msInto(slot: Slot): number {
    return this.nowMs() - this.startMs(slot);
  }

  /**
   * Calls `run` once when the wall clock has reached `atMs`. A timer that fires early (the clock was set back, or the timer was coarse) waits on.
   */
  at(atMs: number, run: () => void): Cancel {
    let cancel: Cancel = () => {};
    const arm = () => {
      // Long waits are cut so that a clock set forward meanwhile is noticed within a second.
      cancel = this.#clock.after(Math.min(atMs - this.nowMs(), 1000), () => (this.nowMs() >= atMs ? run() : arm()));
    };
    arm();
    return () => cancel();
  }
}
