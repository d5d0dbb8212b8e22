import type {Pubkey, Slot} from "@mote/core";

/** Which votes were begun since this process started: at most one a key and slot, whatever asks for it. */
export class AttemptLog {
  readonly #keysBySlot = new Map<Slot, Set<Pubkey>>();

  /** Notes the attempt; false when there was one before. */
  begin(slot: Slot, pubkey: Pubkey): boolean {
    const keys = this.#keysBySlot.get(slot) ?? new Set();
    if (keys.has(pubkey)) return false;
    this.#keysBySlot.set(slot, keys.add(pubkey));
    return true;
  }

  /** Bounds the memory. What is forgotten is still known to slashing protection. */
  forgetBefore(slot: Slot): void {
    for (const noted of this.#keysBySlot.keys()) if (noted < slot) this.#keysBySlot.delete(noted);
  }

  get slotCount(): number {
    return this.#keysBySlot.size;
  }
}
