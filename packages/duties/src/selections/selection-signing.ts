import {
  type DutySigner,
  type FailureReason,
  type Log,
  type Pubkey,
  type Signature,
  type SignOutcome,
  type SlotClock,
  sleep,
} from "@mote/core";
import type {Selection} from "./selection-proof-source.ts";

export interface SelectionSigningComponents {
  readonly signer: Pick<DutySigner, "signSelectionProof" | "signSyncCommitteeSelectionProof">;
  readonly slotClock: SlotClock;
  readonly log: Log;
}

/** Keys that do not sign yet: said in words of their own, and made up for when they do. */
const NOT_YET: ReadonlySet<FailureReason> = new Set(["VOTES_UNEXPLAINED", "LIVENESS_UNKNOWN", "DOPPELGANGER_WATCH"]);

/** Signs selections one at a time, with a breath before each: a vote that comes due meanwhile waits for one of them at most. */
export class SelectionSigning {
  /** Why a key's last selection was not signed: said once, not every slot. */
  readonly #saidReason = new Map<Pubkey, FailureReason>();
  readonly #c: SelectionSigningComponents;

  constructor(components: SelectionSigningComponents) {
    this.#c = components;
  }

  /** Null when it was refused, or `signal` aborted. */
  async sign(selection: Selection, signal: AbortSignal): Promise<Signature | null> {
    await sleep(this.#c.slotClock, 0, signal);
    if (signal.aborted) return null;
    const outcome = await this.#outcomeOf(selection);
    if (outcome.kind === "signed") {
      this.#saidReason.delete(selection.pubkey);
      return outcome.signature;
    }
    if (!NOT_YET.has(outcome.reason)) this.#say(selection, outcome.reason);
    return null;
  }

  #outcomeOf({pubkey, slot, subcommitteeIndex}: Selection): Promise<SignOutcome> {
    const {signer} = this.#c;
    return subcommitteeIndex === undefined
      ? signer.signSelectionProof(pubkey, slot)
      : signer.signSyncCommitteeSelectionProof(pubkey, {slot, subcommitteeIndex});
  }

  #say({pubkey, validatorIndex}: Selection, reason: FailureReason): void {
    if (this.#saidReason.get(pubkey) === reason) return;
    this.#saidReason.set(pubkey, reason);
    this.#c.log.warn("no selection proof", {validator: validatorIndex, reason});
  }
}
