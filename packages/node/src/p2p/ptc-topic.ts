import type {PtcDuty, Slot} from "@mote/core";
import type {Gossip} from "@mote/networking";

const TOPIC = "payload_attestation_message";
/** Enough for a mesh to form before it is our turn. */
const JOIN_AHEAD_SLOTS = 2;
/** Duties further behind are forgotten. */
const KEPT_SLOTS = 2;

/**
 * Follows the topic of payload attestations around the slots of our own duties, so that a second signer's are seen. Not for longer: most of what comes
 * there cannot be checked by a light node, and what it cannot check it does not pass on.
 */
export class PtcTopic {
  readonly #dutySlots = new Set<Slot>();
  #isJoined = false;

  heard(duties: readonly PtcDuty[]): void {
    for (const {slot} of duties) this.#dutySlots.add(slot);
  }

  /** @param slot that comes next */
  settle(slot: Slot, gossip: Pick<Gossip, "subscribe" | "unsubscribe">): void {
    for (const duty of this.#dutySlots) if (duty < slot - KEPT_SLOTS) this.#dutySlots.delete(duty);
    const isWanted = [...this.#dutySlots].some((duty) => duty <= slot + JOIN_AHEAD_SLOTS);
    if (isWanted === this.#isJoined) return;
    this.#isJoined = isWanted;
    if (isWanted) gossip.subscribe(TOPIC);
    else gossip.unsubscribe(TOPIC);
  }
}
