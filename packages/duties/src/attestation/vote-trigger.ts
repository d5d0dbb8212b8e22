import type {ChainEvent, Root, Slot, SlotClock} from "@mote/core";

/** What sets a vote off: a head of this slot, or the due time. */
export type Trigger =
  | {readonly kind: "head"; readonly blockRoot: Root; readonly atMs: number}
  | {readonly kind: "due"; readonly atMs: number}
  | {readonly kind: "stopped"};

interface Head {
  readonly blockRoot: Root;
  readonly atMs: number;
}

/** How many slots back heads are remembered: a head may arrive before our clock says that its slot began. */
const SLOTS_KEPT = 4;

/** Hands out, slot by slot, each head announced for it and at last its due time. */
export class VoteTriggers {
  /** Not handed out yet. Of each beacon node the last word alone, oldest first: so many entries as there are nodes, whatever they say. */
  readonly #headsBySlot = new Map<Slot, Map<string, Head>>();
  readonly #waiting = new Map<Slot, () => void>();
  readonly #slotClock: SlotClock;

  constructor(components: {readonly slotClock: SlotClock}) {
    this.#slotClock = components.slotClock;
  }

  onChainEvent(event: ChainEvent): void {
    if (event.kind !== "head") return;
    const now = this.#slotClock.currentSlot();
    if (event.slot > now + 1 || event.slot < now - SLOTS_KEPT) return;
    for (const slot of this.#headsBySlot.keys()) if (slot < now - SLOTS_KEPT) this.#headsBySlot.delete(slot);
    const heads = this.#headsBySlot.get(event.slot) ?? new Map<string, Head>();
    this.#headsBySlot.set(event.slot, heads);
    // Several nodes announce the same head. Each announcement is worth another look, since one more node has it now.
    heads.delete(event.beaconNode);
    heads.set(event.beaconNode, {blockRoot: event.blockRoot, atMs: event.receivedMs});
    this.#waiting.get(event.slot)?.();
  }

  /** The next thing to act on for `slot`: heads not handed out before, newest first, else wait; from `dueMs` on always "due". */
  next(slot: Slot, dueMs: number, signal: AbortSignal): Promise<Trigger> {
    return new Promise((resolve) => {
      const look = () => {
        const heads = this.#headsBySlot.get(slot) ?? new Map<string, Head>();
        const head = [...heads.values()].at(-1);
        if (signal.aborted) finish({kind: "stopped"});
        else if (head !== undefined && this.#slotClock.nowMs() < dueMs) {
          for (const [node, {blockRoot}] of heads) if (blockRoot === head.blockRoot) heads.delete(node);
          finish({kind: "head", ...head});
        } else if (this.#slotClock.nowMs() >= dueMs) finish({kind: "due", atMs: this.#slotClock.nowMs()});
      };
      const finish = (trigger: Trigger) => {
        cancel();
        signal.removeEventListener("abort", look);
        this.#waiting.delete(slot);
        resolve(trigger);
      };
      const cancel = this.#slotClock.at(dueMs, look);
      signal.addEventListener("abort", look, {once: true});
      this.#waiting.set(slot, look);
      look();
    });
  }
}
