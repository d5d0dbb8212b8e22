import type {Signature, Slot, SlotClock} from "@mote/core";
import type {Selection} from "./selection-proof-source.ts";

/** Selection proofs by slot, and which of them are being made. Those of slots that are over are forgotten. */
export class ProofBook {
  /** Null: somebody is making it. */
  readonly #bySlot = new Map<Slot, Map<number, Signature | null>>();
  readonly #slotClock: SlotClock;

  constructor(components: {readonly slotClock: SlotClock}) {
    this.#slotClock = components.slotClock;
  }

  /** Those that nobody has made or is making, and whose slot is not over; earliest first. They are the caller's until put or released. */
  claim(selections: readonly Selection[]): readonly Selection[] {
    const now = this.#slotClock.currentSlot();
    // One slot longer than it lasts: an aggregate may be under way at its end.
    for (const slot of this.#bySlot.keys()) if (slot < now - 1) this.#bySlot.delete(slot);
    const claimed = selections.filter((selection) => {
      if (selection.slot < now || this.#bySlot.get(selection.slot)?.has(placeOf(selection))) return false;
      this.#set(selection, null);
      return true;
    });
    return claimed.sort((a, b) => a.slot - b.slot);
  }

  put(selection: Selection, proof: Signature): void {
    this.#set(selection, proof);
  }

  /** It was not made, and may be claimed again. */
  release(selection: Selection): void {
    this.#bySlot.get(selection.slot)?.delete(placeOf(selection));
  }

  get(selection: Selection): Signature | null {
    return this.#bySlot.get(selection.slot)?.get(placeOf(selection)) ?? null;
  }

  #set(selection: Selection, proof: Signature | null): void {
    const ofSlot = this.#bySlot.get(selection.slot) ?? new Map<number, Signature | null>();
    this.#bySlot.set(selection.slot, ofSlot.set(placeOf(selection), proof));
  }
}

/** A validator's own place in a slot: one for its committee, and one for each of the four subcommittees. */
const placeOf = ({validatorIndex, subcommitteeIndex}: Selection): number =>
  validatorIndex * 5 + (subcommitteeIndex === undefined ? 0 : 1 + subcommitteeIndex);
