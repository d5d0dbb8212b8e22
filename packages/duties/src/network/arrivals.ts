import type {AttesterDuty, NetworkEvent, Slot, SlotClock, ValidatorIndex} from "@mote/core";
import type {SlotService} from "../slot-service.ts";

export interface ArrivalsInit {
  /** Milliseconds into the slot. */
  readonly attestationDueMs: (slot: Slot) => number;
}

/** A vote that is not included is known as such two epochs after its own. */
const EPOCHS_KEPT = 3;
/** Newest blocks that must all come late, or early, before it is called a habit. */
const HABIT_BLOCKS = 8;

/** When blocks, and echoes of our own votes, came in from the network: what a miss is explained by. */
export class Arrivals implements SlotService {
  readonly #blocksMs = new Map<Slot, number>();
  readonly #echoesMs = new Map<Slot, Map<ValidatorIndex, number>>();
  readonly #init: ArrivalsInit;
  readonly #slotClock: SlotClock;

  constructor(init: ArrivalsInit, components: {readonly slotClock: SlotClock}) {
    this.#init = init;
    this.#slotClock = components.slotClock;
  }

  onNetworkEvent(event: NetworkEvent): void {
    if (event.kind === "block") this.#took(event.slot, () => keepFirst(this.#blocksMs, event.slot, event.receivedMs));
    if (event.kind !== "echo" || event.message.kind !== "attestation") return;
    const {slot, validatorIndex} = event.message;
    this.#took(slot, () => {
      const ofSlot = this.#echoesMs.get(slot) ?? new Map<ValidatorIndex, number>();
      this.#echoesMs.set(slot, ofSlot);
      keepFirst(ofSlot, validatorIndex, event.receivedMs);
    });
  }

  /** What the network showed of a slot's block, for people. Null while it shows no blocks at all. */
  ofSlot(slot: Slot): string | null {
    if (this.#blocksMs.size === 0) return null;
    const blockMs = this.#blocksMs.get(slot);
    if (blockMs !== undefined) return `the slot's block came ${this.#into(slot, blockMs)}${this.#habit()}`;
    // Before the first one nobody was listening.
    return slot < Math.min(...this.#blocksMs.keys()) ? null : "no block of this slot was seen";
  }

  /** As {@link Arrivals.ofSlot}, and whether a vote of ours was seen to travel. */
  ofVote({slot, validatorIndex}: Pick<AttesterDuty, "slot" | "validatorIndex">): string | null {
    const ofSlot = this.ofSlot(slot);
    const echoMs = this.#echoesMs.get(slot)?.get(validatorIndex);
    const echo =
      echoMs === undefined ? "no peer sent the vote back" : `a peer had the vote ${this.#into(slot, echoMs)}`;
    return ofSlot === null && echoMs === undefined ? null : [ofSlot, echo].filter((each) => each !== null).join(", ");
  }

  #took(slot: Slot, note: () => void): void {
    const now = this.#slotClock.currentSlot();
    const oldest = now - EPOCHS_KEPT * this.#slotClock.timing.slotsPerEpoch;
    for (const map of [this.#blocksMs, this.#echoesMs]) for (const at of map.keys()) if (at < oldest) map.delete(at);
    if (slot >= oldest && slot <= now + 1) note();
  }

  #into(slot: Slot, atMs: number): string {
    return `${((atMs - this.#slotClock.startMs(slot)) / 1000).toFixed(1)} s into it`;
  }

  /** When all blocks come late, or before their time, it is the clock here, or the way to here. */
  #habit(): string {
    const newest = [...this.#blocksMs].sort(([a], [b]) => b - a).slice(0, HABIT_BLOCKS);
    if (newest.length < HABIT_BLOCKS) return "";
    const intoMs = newest.map(([slot, ms]) => ms - this.#slotClock.startMs(slot));
    if (newest.every(([slot], place) => (intoMs[place] ?? 0) > this.#init.attestationDueMs(slot)))
      return ` (as late as the ${HABIT_BLOCKS} before: is the network slow, or this machine's clock ahead?)`;
    return intoMs.every((ms) => ms < 0) ? ` (as the ${HABIT_BLOCKS} before: this machine's clock is behind)` : "";
  }
}

/** A failure's detail, and what the network showed of it. */
export const withArrivals = (detail: string, arrivals: string | null | undefined): string =>
  arrivals === null || arrivals === undefined ? detail : `${detail}; on the network: ${arrivals}`;

function keepFirst<Key>(map: Map<Key, number>, key: Key, atMs: number): void {
  const knownMs = map.get(key);
  if (knownMs === undefined || atMs < knownMs) map.set(key, atMs);
}
