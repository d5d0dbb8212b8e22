import type {ChainEvent, Root, Slot, SlotClock} from "@mote/core";

interface SlotNews {
  /** The block of the slot by the last word of each beacon node: so many entries as there are nodes, whatever they say. */
  readonly rootByNode: Map<string, Root>;
  /** Unix ms of the first word that the payload and the blobs of a block of the slot are there; null until then. */
  availableMs: number | null;
}

/** How many slots back news are remembered: they may arrive before our clock says that their slot began. */
const SLOTS_KEPT = 4;

/** What beacon nodes tell by themselves of the blocks of recent slots and their payloads. */
export class PayloadNews {
  readonly #bySlot = new Map<Slot, SlotNews>();
  readonly #waiting = new Map<Slot, () => void>();
  readonly #slotClock: SlotClock;

  constructor(components: {readonly slotClock: SlotClock}) {
    this.#slotClock = components.slotClock;
  }

  onChainEvent(event: ChainEvent): void {
    if (event.kind !== "head" && event.kind !== "payload_available") return;
    const now = this.#slotClock.currentSlot();
    if (event.slot > now + 1 || event.slot < now - SLOTS_KEPT) return;
    for (const slot of this.#bySlot.keys()) if (slot < now - SLOTS_KEPT) this.#bySlot.delete(slot);
    const news = this.#bySlot.get(event.slot) ?? {rootByNode: new Map(), availableMs: null};
    this.#bySlot.set(event.slot, news);
    news.rootByNode.set(event.beaconNode, event.blockRoot);
    if (event.kind === "head" || news.availableMs !== null) return;
    news.availableMs = event.receivedMs;
    this.#waiting.get(event.slot)?.();
  }

  /** Blocks of the slot that were announced; empty when no node said anything. */
  rootsAt(slot: Slot): ReadonlySet<Root> {
    return new Set(this.#bySlot.get(slot)?.rootByNode.values());
  }

  /**
   * Resolves when a payload of the slot is there, but not before `fromMs`, with the time of the announcement; with null at `untilMs`, or
   * when `signal` is aborted.
   */
  available(
    slot: Slot,
    {fromMs, untilMs}: {readonly fromMs: number; readonly untilMs: number},
    signal: AbortSignal,
  ): Promise<number | null> {
    return new Promise((resolve) => {
      const look = () => {
        const nowMs = this.#slotClock.nowMs();
        const availableMs = this.#bySlot.get(slot)?.availableMs ?? null;
        if (signal.aborted || nowMs >= untilMs) finish(null);
        else if (availableMs !== null && nowMs >= fromMs) finish(availableMs);
      };
      const cancels = [this.#slotClock.at(fromMs, look), this.#slotClock.at(untilMs, look)];
      const finish = (availableMs: number | null) => {
        for (const cancel of cancels) cancel();
        signal.removeEventListener("abort", look);
        this.#waiting.delete(slot);
        resolve(availableMs);
      };
      signal.addEventListener("abort", look, {once: true});
      this.#waiting.set(slot, look);
      look();
    });
  }
}
