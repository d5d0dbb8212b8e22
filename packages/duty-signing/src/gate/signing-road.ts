import {
  assertNever,
  type ConflictingRecord,
  type FailureReason,
  messageOf,
  type Pubkey,
  type SignOutcome,
  type SlotClock,
  type Verdict,
} from "@mote/core";
import type {SignableMessage} from "../signers/signable-message.ts";
import type {Signer} from "../signers/signer.ts";
import type {TurnQueue} from "../turn-queue.ts";
import {URGENCY_OF} from "../urgency.ts";
import {type Refused, refused} from "./refused.ts";

/** What a key is wanted for: votes and all that belongs to them; blocks; the sync committee; registrations, preferences and exits. */
export type SigningPurpose = "attest" | "propose" | "sync" | "administer";

export interface KeyRefusal {
  readonly reason: FailureReason;
  readonly detail: string;
}

export interface SigningRoadComponents {
  readonly slotClock: SlotClock;
  readonly signer: Signer;
  /** Why this key may not sign for this purpose now; null when it may. Asked again in the moment of signing. */
  readonly refusalOf: (pubkey: Pubkey, purpose: SigningPurpose) => KeyRefusal | null;
  /** Whether the operator has named another who keeps the record of this key. Asked again in the moment of signing. */
  readonly isRecordedElsewhere: (pubkey: Pubkey) => boolean;
  readonly turns: TurnQueue;
}

export interface SigningOrder {
  readonly pubkey: Pubkey;
  readonly purpose: SigningPurpose;
  readonly message: SignableMessage;
}

/** The last part of the way to a key, the same for every message. The caller has made sure that the message itself may be signed. */
export class SigningRoad {
  readonly #components: SigningRoadComponents;

  constructor(components: SigningRoadComponents) {
    this.#components = components;
  }

  checkKey(pubkey: Pubkey, purpose: SigningPurpose): Refused | null {
    const {refusalOf, signer} = this.#components;
    const refusal = refusalOf(pubkey, purpose);
    if (refusal !== null) return refused(refusal.reason, refusal.detail);
    if (!signer.holds(pubkey)) return refused("SIGNER_FAILED", "no signer holds this key");
    return null;
  }

  /** For what can be slashed: `record` has it on disk before the signature exists. */
  async recordAndSign(order: SigningOrder, record: () => Promise<Verdict>): Promise<SignOutcome> {
    if (this.#components.isRecordedElsewhere(order.pubkey)) return this.#signUnrecorded(order);
    const verdict = await recorded(record);
    switch (verdict.kind) {
      case "accepted":
      case "already_signed":
        return this.#signInTurn(order, {recordedMs: this.#components.slotClock.nowMs()});
      case "store_failed":
        return refused("PROTECTION_STORE_FAILED", verdict.detail);
      case "refused":
        return refused(verdict.reason, describeConflict(verdict.conflict));
      default:
        return assertNever(verdict);
    }
  }

  /** For what cannot be slashed. */
  sign(order: SigningOrder): Promise<SignOutcome> {
    return this.#signInTurn(order, {});
  }

  #signUnrecorded(order: SigningOrder): Promise<SignOutcome> {
    const {isRecordedElsewhere} = this.#components;
    // A key that has come to this process while the message waited has nobody else to keep its record.
    return this.#signInTurn(order, {}, ({pubkey}) =>
      isRecordedElsewhere(pubkey) ? null : refused("SIGNER_FAILED", "the key came to another signer in this moment"),
    );
  }

  #signInTurn(
    order: SigningOrder,
    times: {readonly recordedMs?: number},
    checkLast: (order: SigningOrder) => Refused | null = () => null,
  ): Promise<SignOutcome> {
    const {signer, slotClock, turns} = this.#components;
    const {pubkey, purpose, message} = order;
    return turns.run(URGENCY_OF[message.kind], async () => {
      // The key may have been taken away since: while the record was written, or in the queue.
      const refusal = this.checkKey(pubkey, purpose) ?? checkLast(order);
      if (refusal) return refusal;
      try {
        const signature = await signer.sign(pubkey, message);
        const {signingRoot} = message;
        return {kind: "signed", signature, signingRoot, ...times, signedMs: slotClock.nowMs()};
      } catch (error) {
        return refused("SIGNER_FAILED", messageOf(error));
      }
    });
  }
}

async function recorded(
  record: () => Promise<Verdict>,
): Promise<Verdict | {readonly kind: "store_failed"; readonly detail: string}> {
  try {
    return await record();
  } catch (error) {
    return {kind: "store_failed", detail: messageOf(error)};
  }
}

function describeConflict(conflict: ConflictingRecord | undefined): string {
  switch (conflict?.kind) {
    case undefined:
      return "refused by slashing protection";
    case "attestation":
      return `on record: source ${conflict.sourceEpoch}, target ${conflict.targetEpoch}, root ${conflict.signingRoot ?? "unknown"}`;
    case "block":
      return `on record: block of slot ${conflict.slot}, root ${conflict.signingRoot ?? "unknown"}`;
    case "watermark":
      return conflict.slot === undefined
        ? `the lower bound on record: source ${conflict.sourceEpoch}, target ${conflict.targetEpoch}`
        : `the lower bound on record: slot ${conflict.slot}`;
    default:
      return assertNever(conflict);
  }
}
