import type {Pubkey, Slot} from "@mote/core";

/** The messages of which a key signs at most one a slot. */
export type AttemptKind = "vote" | "block" | "envelope" | "sync_message" | "payload_attestation";

/** Which messages were begun since this process started: at most one a kind, key and slot, whatever asks for it. */
export class AttemptLog {
  readonly #slotsKeptMax: number;
  readonly #keysBySlot = new Map<AttemptKind, Map<Slot, Set<Pubkey>>>();

  constructor(init: {readonly slotsKeptMax: number}) {
    this.#slotsKeptMax = init.slotsKeptMax;
  }

  /** Notes the attempt; false when there was one before. */
  begin(kind: AttemptKind, slot: Slot, pubkey: Pubkey): boolean {
    const keysBySlot = this.#keysBySlot.get(kind) ?? new Map<Slot, Set<Pubkey>>();
    this.#keysBySlot.set(kind, keysBySlot);
    const keys = keysBySlot.get(slot) ?? new Set();
    if (keys.has(pubkey)) return false;
    keysBySlot.set(slot, keys.add(pubkey));
    // The slot that was noted first goes first, and not the lowest: a clock that jumped ahead and back must not make the present forgotten.
    for (const noted of keysBySlot.keys()) {
      if (keysBySlot.size <= this.#slotsKeptMax) break;
      keysBySlot.delete(noted);
    }
    return true;
  }

  slotCount(kind: AttemptKind): number {
    return this.#keysBySlot.get(kind)?.size ?? 0;
  }
}
