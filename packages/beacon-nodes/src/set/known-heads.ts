import {type ChainEvent, type Clock, type Root, type Slot, SlotClock, type SlotTiming} from "@mote/core";
import {KNOWN_HEADS_MAX} from "../limits.ts";

/** The slots of blocks that head events named, newest kept. */
export class KnownHeads {
  readonly #slotClock: SlotClock;
  readonly #slots = new Map<Root, Slot>();

  constructor(init: {readonly timing: SlotTiming}, components: {readonly clock: Clock}) {
    this.#slotClock = new SlotClock(init.timing, components);
  }

  readonly slotOf = (root: Root): Slot | undefined => this.#slots.get(root);

  /** The first word on a block stands, and a head in the future is no word: the newest head decides between equals, and one node could lie. */
  hear(event: ChainEvent): void {
    if (event.kind !== "head" || this.#slots.has(event.blockRoot)) return;
    if (event.slot > this.#slotClock.currentSlot() + 1) return;
    this.#slots.set(event.blockRoot, event.slot);
    if (this.#slots.size <= KNOWN_HEADS_MAX) return;
    const [oldest] = this.#slots.keys();
    if (oldest !== undefined) this.#slots.delete(oldest);
  }
}
