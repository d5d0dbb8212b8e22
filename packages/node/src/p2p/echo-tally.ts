import type {EchoedMessage, Slot, SlotClock, ValidatorIndex} from "@mote/core";

/** An echo comes within seconds; one slot more than it may take, and the slot counts. */
const SETTLED_AFTER_SLOTS = 2;
/** Slots that somebody may still ask for one by one; older ones are in the sum. */
const SLOTS_MAX = 64;

interface SlotOfVotes {
  readonly sent: Set<ValidatorIndex>;
  readonly echoed: Set<ValidatorIndex>;
}

/** How many of the votes that went to peers came back from others. */
export class EchoTally {
  readonly #slots = new Map<Slot, SlotOfVotes>();
  readonly #slotClock: SlotClock;
  #sentBefore = 0;
  #echoedBefore = 0;

  constructor(components: {readonly slotClock: SlotClock}) {
    this.#slotClock = components.slotClock;
  }

  /** A vote went to a peer or more. */
  sent(slot: Slot, validatorIndex: ValidatorIndex): void {
    this.#slotOf(slot)?.sent.add(validatorIndex);
  }

  echoed({kind, slot, validatorIndex}: EchoedMessage): void {
    if (kind === "attestation") this.#slotOf(slot)?.echoed.add(validatorIndex);
  }

  /** Of all slots in which an echo could have come by now. */
  totals(): {readonly sent: number; readonly echoed: number} {
    const settled = this.#slotClock.currentSlot() - SETTLED_AFTER_SLOTS;
    let [sent, echoed] = [this.#sentBefore, this.#echoedBefore];
    for (const [slot, votes] of this.#slots) {
      if (slot > settled) continue;
      sent += votes.sent.size;
      echoed += echoedOf(votes);
    }
    return {sent, echoed};
  }

  #slotOf(slot: Slot): SlotOfVotes | null {
    const known = this.#slots.get(slot);
    if (known !== undefined) return known;
    // What is in the sum already is not begun anew.
    if (slot <= this.#slotClock.currentSlot() - SLOTS_MAX) return null;
    const votes: SlotOfVotes = {sent: new Set(), echoed: new Set()};
    this.#slots.set(slot, votes);
    for (const [old, {sent, echoed}] of this.#slots) {
      if (old > this.#slotClock.currentSlot() - SLOTS_MAX) continue;
      this.#sentBefore += sent.size;
      this.#echoedBefore += echoedOf({sent, echoed});
      this.#slots.delete(old);
    }
    return votes;
  }
}

const echoedOf = ({sent, echoed}: SlotOfVotes): number => [...sent].filter((index) => echoed.has(index)).length;
