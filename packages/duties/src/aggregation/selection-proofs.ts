import {isAggregator} from "@mote/consensus";
import {
  type AttesterDuty,
  type DutySigner,
  type FailureReason,
  type Log,
  type Signature,
  type Slot,
  type SlotClock,
  sleep,
  type ValidatorIndex,
} from "@mote/core";

/** Keys that do not sign yet: said in words of their own, and made up for when they do. */
const NOT_YET: ReadonlySet<FailureReason> = new Set(["VOTES_UNEXPLAINED", "LIVENESS_UNKNOWN"]);

/** The selection proofs of coming duties, which decide who aggregates. Made once a duty, ahead of its slot. */
export class SelectionProofs {
  readonly #bySlot = new Map<Slot, Map<ValidatorIndex, Signature>>();
  readonly #signer: DutySigner;
  readonly #slotClock: SlotClock;
  readonly #log: Log;

  constructor(components: {readonly signer: DutySigner; readonly slotClock: SlotClock; readonly log: Log}) {
    this.#signer = components.signer;
    this.#slotClock = components.slotClock;
    this.#log = components.log;
  }

  /** Earliest first, with a breath between any two: a vote that comes due meanwhile waits for one of them at most. */
  async prepare(duties: readonly AttesterDuty[], signal: AbortSignal): Promise<void> {
    for (const {pubkey, slot, validatorIndex} of duties.toSorted((a, b) => a.slot - b.slot)) {
      if (signal.aborted) return;
      const proofs = this.#bySlot.get(slot) ?? new Map<ValidatorIndex, Signature>();
      this.#bySlot.set(slot, proofs);
      if (proofs.has(validatorIndex)) continue;
      await sleep(this.#slotClock, 0, signal);
      const outcome = await this.#signer.signSelectionProof(pubkey, slot);
      if (outcome.kind === "signed") proofs.set(validatorIndex, outcome.signature);
      else if (!NOT_YET.has(outcome.reason))
        this.#log.warn("no selection proof", {validator: validatorIndex, reason: outcome.reason});
    }
  }

  /** The proof of a duty whose validator was selected to aggregate, else null. */
  ofAggregator(duty: AttesterDuty): Signature | null {
    const proof = this.#bySlot.get(duty.slot)?.get(duty.validatorIndex);
    return proof !== undefined && isAggregator(duty.committeeLength, proof) ? proof : null;
  }

  forgetBefore(slot: Slot): void {
    for (const known of this.#bySlot.keys()) if (known < slot) this.#bySlot.delete(known);
  }
}
