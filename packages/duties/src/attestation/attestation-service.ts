import type {
  AttestationData,
  AttestationDataOutcome,
  AttesterDuty,
  ChainData,
  ChainEvent,
  DutyJournal,
  DutySigner,
  FailureReason,
  Publisher,
  SingleAttestation,
  Slot,
  SlotClock,
} from "@mote/core";
import {publishWithRetry} from "../publish-with-retry.ts";
import {checkAttestationData} from "./attestation-data-check.ts";
import {attestationKey} from "./attestation-duties.ts";
import {type Trigger, VoteTriggers} from "./vote-trigger.ts";

export interface AttestationServiceInit {
  /** Milliseconds into the slot. */
  readonly attestationDueMs: (slot: Slot) => number;
  readonly indexNamesPayload: (slot: Slot) => boolean;
  readonly dutiesAt: (slot: Slot) => readonly AttesterDuty[];
}

export interface AttestationServiceComponents {
  readonly chainData: ChainData;
  readonly signer: DutySigner;
  readonly publisher: Publisher;
  readonly journal: DutyJournal;
  readonly slotClock: SlotClock;
}

/** What was voted in a slot: aggregates are asked for by exactly this data. */
export interface SlotVote {
  readonly data: AttestationData;
  readonly duties: readonly AttesterDuty[];
}

/** Votes: once a slot, for all duties of the slot, on its head or at the due time. */
export class AttestationService {
  readonly #triggers: VoteTriggers;
  readonly #init: AttestationServiceInit;
  readonly #components: AttestationServiceComponents;

  constructor(init: AttestationServiceInit, components: AttestationServiceComponents) {
    this.#init = init;
    this.#components = components;
    this.#triggers = new VoteTriggers(components);
  }

  onChainEvent(event: ChainEvent): void {
    this.#triggers.onChainEvent(event);
  }

  /**
   * The way of one attestation. Resolves when the votes of `slot` are published, or closed with the reason why not.
   * @param signal aborted when Mote stops: a vote that waits for its trigger is given up, one under way is finished
   */
  async vote(slot: Slot, signal: AbortSignal): Promise<SlotVote | null> {
    const agreed = await this.#agreedData(slot, signal);
    const duties = this.#init.dutiesAt(slot);
    if (agreed === null || duties.length === 0) return null;
    const {trigger, outcome} = agreed;
    this.#reached(duties, "seen", trigger.atMs);
    if (outcome.kind === "failed") return this.#failAll(duties, outcome.reason, outcome.detail);

    const {data} = outcome;
    this.#reached(duties, "data", this.#components.slotClock.nowMs());
    const wrong = checkAttestationData(data, {
      slot,
      slotsPerEpoch: this.#components.slotClock.timing.slotsPerEpoch,
      indexNamesPayload: this.#init.indexNamesPayload(slot),
    });
    if (wrong !== null) return this.#failAll(duties, wrong.reason, wrong.detail);

    const signed = await this.#sign(data, duties);
    await this.#publish(signed, signal);
    return signed.length === 0 ? null : {data, duties: signed.map(({duty}) => duty)};
  }

  /**
   * Data to vote on. Each head event of the slot is a try that must rest on this head; at the due time the beacon nodes are asked until
   * the slot is over.
   */
  async #agreedData(
    slot: Slot,
    signal: AbortSignal,
  ): Promise<{trigger: Exclude<Trigger, {kind: "stopped"}>; outcome: AttestationDataOutcome} | null> {
    const {chainData, slotClock} = this.#components;
    const dueMs = slotClock.startMs(slot) + this.#init.attestationDueMs(slot);
    const endMs = slotClock.startMs((slot + 1) as Slot);
    for (;;) {
      const trigger = await this.#triggers.next(slot, dueMs, signal);
      if (trigger.kind === "stopped") return null;
      const isDue = trigger.kind === "due";
      const committeeIndex = this.#init.dutiesAt(slot)[0]?.committeeIndex;
      if (committeeIndex === undefined) {
        // Duties that are being asked for may still arrive before the vote is due.
        if (isDue) return null;
        continue;
      }
      const outcome = await chainData.attestationData({
        slot,
        committeeIndex,
        ...(isDue ? {untilMs: endMs} : {head: trigger.blockRoot, untilMs: dueMs}),
      });
      if (outcome.kind === "data" || isDue) return {trigger, outcome};
    }
  }

  async #sign(
    data: AttestationData,
    duties: readonly AttesterDuty[],
  ): Promise<readonly {duty: AttesterDuty; attestation: SingleAttestation}[]> {
    const {signer, journal} = this.#components;
    const signed = [];
    for (const {duty, outcome} of await signer.signAttestations(data, duties)) {
      const key = attestationKey(duty);
      if (outcome.kind === "refused") {
        journal.fail(key, outcome.reason, outcome.detail);
        continue;
      }
      if (outcome.recordedMs !== undefined) journal.reached(key, "recorded", outcome.recordedMs);
      journal.reached(key, "signed", outcome.signedMs);
      const {committeeIndex, validatorIndex: attesterIndex} = duty;
      signed.push({duty, attestation: {committeeIndex, attesterIndex, data, signature: outcome.signature}});
    }
    return signed;
  }

  /** Every vote of the slot goes out in one request. */
  async #publish(
    signed: readonly {duty: AttesterDuty; attestation: SingleAttestation}[],
    signal: AbortSignal,
  ): Promise<void> {
    const {publisher, journal, slotClock} = this.#components;
    await publishWithRetry(
      signed.map(({duty, attestation}) => ({key: attestationKey(duty), message: attestation})),
      (attestations) => publisher.publishAttestations(attestations),
      {journal, slotClock, signal},
    );
  }

  #reached(duties: readonly AttesterDuty[], stage: "seen" | "data", atMs: number): void {
    for (const duty of duties) this.#components.journal.reached(attestationKey(duty), stage, atMs);
  }

  #failAll(duties: readonly AttesterDuty[], reason: FailureReason, detail: string): null {
    for (const duty of duties) this.#components.journal.fail(attestationKey(duty), reason, detail);
    return null;
  }
}
