import type {Slot, SlotClock} from "@mote/core";
import type {FakeClock} from "@mote/testing";
import type {SlotService} from "../../src/slot-service.ts";
import {SLOT_MS} from "./world.ts";

/** Drives one service through the slots as the runner does, without the other services. */
export class SlotDriver {
  readonly stopping = new AbortController();
  readonly #service: SlotService;
  readonly #clock: FakeClock;
  readonly #slotClock: SlotClock;

  constructor(service: SlotService, components: {readonly clock: FakeClock; readonly slotClock: SlotClock}) {
    this.#service = service;
    this.#clock = components.clock;
    this.#slotClock = components.slotClock;
  }

  /** The duties of now are known, and what is told ahead of the first slot has been told. */
  async start(): Promise<void> {
    await this.#service.ensureThisEpoch?.();
    void this.#service.lookAhead?.((this.#slotClock.currentSlot() - 1) as Slot, this.stopping.signal);
    await this.#clock.advance(0);
  }

  /** The slot of now begins; its time stands still until the clock is advanced. */
  async begin(): Promise<void> {
    void this.#slot(this.#slotClock.currentSlot());
    await this.#clock.advance(0);
  }

  /** Begins each slot and lets it go by. */
  async run(slots: number): Promise<void> {
    for (let i = 0; i < slots; i++) {
      await this.begin();
      await this.#clock.advance(SLOT_MS);
    }
  }

  async #slot(slot: Slot): Promise<void> {
    void this.#service.ensureThisEpoch?.();
    await this.#service.onSlot?.(slot, this.stopping.signal);
    await this.#service.lookAhead?.(slot, this.stopping.signal);
  }
}
