import {
  aggregateAndProofSigningRoot,
  attestationSigningRoot,
  type NetworkConfig,
  selectionProofSigningRoot,
} from "@mote/consensus";
import {
  type AggregateAndProof,
  type AttestationData,
  type AttesterDuty,
  assertNever,
  type ConflictingRecord,
  type DutySigner,
  type Epoch,
  type FailureReason,
  messageOf,
  type Pubkey,
  type Root,
  type SignOutcome,
  type SlashingProtection,
  type Slot,
  type SlotClock,
  type Verdict,
} from "@mote/core";
import {AttemptLog} from "./attempt-log.ts";
import type {Signer} from "./signers/signer.ts";
import {TurnQueue, type Urgency} from "./turn-queue.ts";

/** A vote can be included until the end of the epoch after its own. Nobody asks for it again later. */
const ATTEMPTS_KEPT_EPOCHS = 2;

export interface KeyRefusal {
  readonly reason: FailureReason;
  readonly detail: string;
}

export interface SigningGateComponents {
  readonly slotClock: SlotClock;
  readonly protection: SlashingProtection;
  readonly signer: Signer;
  /** Why this key may not sign duties now; null when it may. Asked again in the moment of signing. */
  readonly refusalOf: (pubkey: Pubkey) => KeyRefusal | null;
  /** Resolves once the event loop has been round (`setImmediate`). */
  readonly yieldToEventLoop: () => Promise<void>;
}

type Refused = Extract<SignOutcome, {kind: "refused"}>;
type CheckedData = {readonly kind: "sound"; readonly signingRoot: Root} | Refused;

/**
 * The only road to a key. What can be slashed is on record, durably, before its signature exists; a refusal, a failed record and any
 * surprise mean that nothing is signed.
 */
export class SigningGate implements DutySigner {
  readonly #config: NetworkConfig;
  readonly #components: SigningGateComponents;
  readonly #turns: TurnQueue;
  readonly #attempts = new AttemptLog();

  constructor(init: {readonly config: NetworkConfig}, components: SigningGateComponents) {
    this.#config = init.config;
    this.#components = components;
    const {slotClock, yieldToEventLoop} = components;
    this.#turns = new TurnQueue({nowMs: () => slotClock.nowMs(), yieldToEventLoop});
  }

  async signAttestations(
    data: AttestationData,
    duties: readonly AttesterDuty[],
  ): Promise<readonly {readonly duty: AttesterDuty; readonly outcome: SignOutcome}[]> {
    const checked = await contained(async () => this.#checkData(data));
    // All records are asked for in this one go: slashing protection writes them in one batch.
    return Promise.all(
      duties.map(async (duty) => ({
        duty,
        outcome:
          checked.kind === "refused"
            ? checked
            : await contained(() => this.#signAttestation(data, checked.signingRoot, duty)),
      })),
    );
  }

  signSelectionProof(pubkey: Pubkey, slot: Slot): Promise<SignOutcome> {
    return contained(async () => {
      const refusal = this.#checkKey(pubkey);
      if (refusal) return refusal;
      // Needed only once the slot is there; votes that are due now go first.
      return this.#sign(pubkey, selectionProofSigningRoot(this.#config, slot), {urgency: "background"});
    });
  }

  signAggregateAndProof(pubkey: Pubkey, message: AggregateAndProof): Promise<SignOutcome> {
    return contained(async () => {
      const {slot} = message.aggregate.data;
      const currentSlot = this.#components.slotClock.currentSlot();
      if (!(slot <= currentSlot))
        return refused("TARGET_IN_FUTURE", `the aggregate's slot ${slot} is above the clock's ${currentSlot}`);
      const refusal = this.#checkKey(pubkey);
      if (refusal) return refusal;
      return this.#sign(pubkey, aggregateAndProofSigningRoot(this.#config, message), {urgency: "urgent"});
    });
  }

  /** What holds for all duties of this data. */
  #checkData(data: AttestationData): CheckedData {
    const {slot, source, target} = data;
    const {slotClock} = this.#components;
    // Slashing protection compares these, and every comparison with NaN is false.
    if (![slot, source.epoch, target.epoch].every((value) => Number.isSafeInteger(value) && value >= 0)) {
      return refused(
        "BEACON_DATA_INVALID",
        `slot ${slot}, source ${source.epoch} or target ${target.epoch} is out of range`,
      );
    }
    const epoch = slotClock.epochOf(slot);
    if (target.epoch !== epoch) {
      return refused(
        "BEACON_DATA_INVALID",
        `the target is epoch ${target.epoch}, but slot ${slot} lies in epoch ${epoch}`,
      );
    }
    if (source.epoch > target.epoch) {
      return refused("SOURCE_AFTER_TARGET", `source ${source.epoch} is above target ${target.epoch}`);
    }
    const currentEpoch: Epoch = slotClock.currentEpoch();
    if (target.epoch > currentEpoch) {
      return refused("TARGET_IN_FUTURE", `target ${target.epoch} is above the clock's epoch ${currentEpoch}`);
    }
    this.#attempts.forgetBefore(slotClock.firstSlotOf((currentEpoch - ATTEMPTS_KEPT_EPOCHS) as Epoch));
    return {kind: "sound", signingRoot: attestationSigningRoot(this.#config, data)};
  }

  async #signAttestation(data: AttestationData, signingRoot: Root, duty: AttesterDuty): Promise<SignOutcome> {
    const {pubkey, slot} = duty;
    if (slot !== data.slot)
      return refused("BEACON_DATA_INVALID", `the duty's slot is ${slot}, the data's ${data.slot}`);
    const refusal = this.#checkKey(pubkey);
    if (refusal) return refusal;
    if (!this.#attempts.begin(slot, pubkey)) {
      return refused("ALREADY_ATTEMPTED", `a vote of slot ${slot} was begun before`);
    }
    const verdict = await this.#record(data, signingRoot, pubkey);
    switch (verdict.kind) {
      case "accepted":
      case "already_signed": {
        const recordedMs = this.#components.slotClock.nowMs();
        return this.#sign(pubkey, signingRoot, {urgency: "urgent", recordedMs});
      }
      case "store_failed":
        return refused("PROTECTION_STORE_FAILED", verdict.detail);
      case "refused":
        return refused(verdict.reason, describeConflict(verdict.conflict));
      default:
        return assertNever(verdict);
    }
  }

  async #record(
    data: AttestationData,
    signingRoot: Root,
    pubkey: Pubkey,
  ): Promise<Verdict | {readonly kind: "store_failed"; readonly detail: string}> {
    try {
      const vote = {sourceEpoch: data.source.epoch, targetEpoch: data.target.epoch, signingRoot};
      return await this.#components.protection.recordAttestation(pubkey, vote);
    } catch (error) {
      return {kind: "store_failed", detail: messageOf(error)};
    }
  }

  /** Signs when the turn comes. The caller has made sure that this message may be signed. */
  #sign(
    pubkey: Pubkey,
    signingRoot: Root,
    {urgency, ...recorded}: {readonly urgency: Urgency; readonly recordedMs?: number},
  ): Promise<SignOutcome> {
    const {signer, slotClock} = this.#components;
    return this.#turns.run(urgency, async () => {
      // The key may have been taken away since: while the record was written, or in the queue.
      const refusal = this.#checkKey(pubkey);
      if (refusal) return refusal;
      try {
        const signature = await signer.sign(pubkey, signingRoot);
        return {kind: "signed", signature, signingRoot, ...recorded, signedMs: slotClock.nowMs()};
      } catch (error) {
        return refused("SIGNER_FAILED", messageOf(error));
      }
    });
  }

  #checkKey(pubkey: Pubkey): Refused | null {
    const {refusalOf, signer} = this.#components;
    const refusal = refusalOf(pubkey);
    if (refusal !== null) return refused(refusal.reason, refusal.detail);
    if (!signer.holds(pubkey)) return refused("SIGNER_FAILED", "no signer holds this key");
    return null;
  }
}

/** A surprise in one duty is that duty's outcome; it never reaches the others or the caller. */
async function contained<T>(work: () => Promise<T>): Promise<T | Refused> {
  try {
    return await work();
  } catch (error) {
    return refused("INTERNAL_ERROR", messageOf(error));
  }
}

const refused = (reason: FailureReason, detail: string): Refused => ({kind: "refused", reason, detail});

function describeConflict(conflict: ConflictingRecord | undefined): string {
  switch (conflict?.kind) {
    case undefined:
      return "refused by slashing protection";
    case "attestation":
      return `on record: source ${conflict.sourceEpoch}, target ${conflict.targetEpoch}, root ${conflict.signingRoot ?? "unknown"}`;
    case "block":
      return `on record: block of slot ${conflict.slot}, root ${conflict.signingRoot ?? "unknown"}`;
    case "watermark":
      return `the lower bound on record: source ${conflict.sourceEpoch}, target ${conflict.targetEpoch}`;
    default:
      return assertNever(conflict);
  }
}
