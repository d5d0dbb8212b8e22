import type {
  AnswerCheck,
  AttestationData,
  AttestationDataOutcome,
  AttesterDuty,
  ChainData,
  ChainEvent,
  DataFailure,
  DutyJournal,
  DutySigner,
  Publisher,
  SignOutcome,
  Slot,
  SlotClock,
  ValidatorIndex,
} from "@mote/core";
import {dutyKey} from "../duty-key.ts";
import {type Arrivals, withArrivals} from "../network/arrivals.ts";
import {publishWithRetry} from "../publish-with-retry.ts";
import type {OldSourceQuestion} from "../safety/old-source.ts";
import {checkAttestationData} from "./attestation-data-check.ts";
import type {RefereeCheck} from "./referee-check.ts";
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
  readonly oldSource: OldSourceQuestion;
  /** Null, or left out: there is no evidence to hold data against. */
  readonly referee?: Pick<RefereeCheck, "refusalOf"> | null;
  /** Null, or left out: nothing is known but what beacon nodes say. */
  readonly arrivals?: Pick<Arrivals, "ofSlot"> | null;
  readonly slotClock: SlotClock;
}

/** What was voted in a slot: aggregates are asked for by exactly this data. */
export interface SlotVote {
  readonly data: AttestationData;
  readonly duties: readonly AttesterDuty[];
}

export interface SignedVote extends SlotVote {
  /** Resolves when the votes are out, or closed with the reason why not. */
  readonly published: Promise<void>;
}

type Signed = Extract<SignOutcome, {kind: "signed"}>;

/** Votes: once a slot, for all duties of the slot, on its head or at the due time. */
export class AttestationService {
  readonly #triggers: VoteTriggers;
  /** The newest slot whose votes were decided, and whose votes they are. */
  #decided: {readonly slot: Slot; readonly validators: ReadonlySet<ValidatorIndex>} | null = null;
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

  /** Those that were learnt of when the votes of their slot were decided already, as those of a key that has just come, have nobody to cast them. */
  onDuties(duties: readonly AttesterDuty[]): void {
    for (const duty of duties) {
      if (duty.slot !== this.#decided?.slot || this.#decided.validators.has(duty.validatorIndex)) continue;
      const detail = "the duty was learnt of when the votes of its slot were under way";
      this.#components.journal.fail(dutyKey("attestation", duty), "BEACON_DATA_LATE", detail);
    }
  }

  /**
   * The way of one attestation. Resolves when the votes of `slot` are signed and on their way, with null when there is none: aggregates must not wait
   * for a beacon node that does not answer.
   * @param signal aborted when Mote stops: a vote that waits for its trigger is given up, one under way is finished
   */
  async vote(slot: Slot, signal: AbortSignal): Promise<SignedVote | null> {
    const agreed = await this.#agreedData(slot, signal);
    const duties = this.#init.dutiesAt(slot);
    this.#decided = {slot, validators: new Set(duties.map(({validatorIndex}) => validatorIndex))};
    if (agreed === null || duties.length === 0) return null;
    const {trigger, outcome} = agreed;
    const seenMs = trigger.atMs;
    if (outcome.kind === "failed") return this.#failAll(duties, seenMs, outcome);

    const {data} = outcome;
    const dataMs = this.#components.slotClock.nowMs();
    const results = await this.#components.signer.signAttestations(data, duties);
    const signed = results.flatMap(({duty, outcome}) => (outcome.kind === "signed" ? [{duty, outcome}] : []));
    const sent = this.#publish(data, signed, signal);
    // The books are kept while the request is on its way.
    for (const {duty, outcome} of results) this.#book(duty, outcome, {seenMs, dataMs});
    const published = sent.then(() => this.#components.oldSource.look(data.source.epoch, results));
    if (signed.length > 0) return {data, duties: signed.map(({duty}) => duty), published};
    await published;
    return null;
  }

  /**
   * Data to vote on. Each head event of the slot is a try that must rest on this head; at the due time the beacon nodes are asked until
   * the slot is over.
   */
  async #agreedData(
    slot: Slot,
    signal: AbortSignal,
  ): Promise<{trigger: Exclude<Trigger, {kind: "stopped"}>; outcome: AttestationDataOutcome} | null> {
    const {chainData, slotClock, referee} = this.#components;
    const dueMs = slotClock.startMs(slot) + this.#init.attestationDueMs(slot);
    const endMs = slotClock.startMs((slot + 1) as Slot);
    const expected = {
      slot,
      slotsPerEpoch: slotClock.timing.slotsPerEpoch,
      indexNamesPayload: this.#init.indexNamesPayload(slot),
    };
    const check: AnswerCheck<AttestationData> = (data, beaconNode) =>
      checkAttestationData(data, expected) ?? referee?.refusalOf(data, beaconNode) ?? null;
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
        check,
        ...(isDue ? {untilMs: endMs} : {head: trigger.blockRoot, untilMs: dueMs}),
      });
      if (outcome.kind === "data" || isDue) return {trigger, outcome};
    }
  }

  /** Every vote of the slot goes out in one request. */
  async #publish(
    data: AttestationData,
    signed: readonly {duty: AttesterDuty; outcome: Signed}[],
    signal: AbortSignal,
  ): Promise<void> {
    const {publisher, journal, slotClock} = this.#components;
    const outgoing = signed.map(({duty, outcome: {signature}}) => {
      const {committeeIndex, validatorIndex: attesterIndex} = duty;
      return {key: dutyKey("attestation", duty), message: {committeeIndex, attesterIndex, data, signature}};
    });
    await publishWithRetry(outgoing, (attestations) => publisher.publishAttestations(attestations), {
      journal,
      slotClock,
      signal,
    });
  }

  #book(duty: AttesterDuty, outcome: SignOutcome, {seenMs, dataMs}: {seenMs: number; dataMs: number}): void {
    const {journal} = this.#components;
    const key = dutyKey("attestation", duty);
    journal.reached(key, "seen", seenMs);
    journal.reached(key, "data", dataMs);
    if (outcome.kind === "refused") {
      journal.fail(key, outcome.reason, outcome.detail);
      return;
    }
    if (outcome.recordedMs !== undefined) journal.reached(key, "recorded", outcome.recordedMs);
    journal.reached(key, "signed", outcome.signedMs);
  }

  #failAll(duties: readonly AttesterDuty[], seenMs: number, {reason, detail}: Omit<DataFailure, "kind">): null {
    const {journal, arrivals} = this.#components;
    for (const duty of duties) {
      journal.reached(dutyKey("attestation", duty), "seen", seenMs);
      journal.fail(dutyKey("attestation", duty), reason, withArrivals(detail, arrivals?.ofSlot(duty.slot)));
    }
    return null;
  }
}
