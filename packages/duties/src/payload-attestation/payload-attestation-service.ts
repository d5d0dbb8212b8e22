import type {gloas} from "@lodestar/types";
import {
  type ChainData,
  type ChainEvent,
  type DataFailure,
  type DutiesSource,
  type DutyJournal,
  type DutyKey,
  type DutySigner,
  type Epoch,
  FAR_FUTURE_EPOCH,
  type Log,
  type PayloadAttestationDataOutcome,
  type PtcDuty,
  type Publisher,
  type Slot,
  type SlotClock,
  sleep,
} from "@mote/core";
import {dutyKey} from "../duty-key.ts";
import {EpochDuties} from "../epoch-duties.ts";
import {publishAndClose} from "../publish-and-close.ts";
import {PASSED_BY_DETAIL, type SlotService} from "../slot-service.ts";
import type {ValidatorRegistry} from "../validators/validator-registry.ts";
import {checkPayloadAttestationData} from "./payload-attestation-check.ts";
import {PayloadNews} from "./payload-news.ts";

export interface PayloadAttestationServiceInit {
  /** FAR_FUTURE_EPOCH where it is not scheduled. */
  readonly gloasForkEpoch: Epoch;
  readonly forkEpochs: readonly Epoch[];
  /** Milliseconds into the slot. */
  readonly payloadDueMs: (slot: Slot) => number;
  readonly payloadAttestationDueMs: (slot: Slot) => number;
}

export interface PayloadAttestationServiceComponents {
  readonly registry: Pick<ValidatorRegistry, "indicesWithDuties">;
  readonly dutiesSource: Pick<DutiesSource, "ptcDuties">;
  readonly chainData: Pick<ChainData, "payloadAttestationData">;
  readonly signer: Pick<DutySigner, "signPayloadAttestations">;
  readonly publisher: Pick<Publisher, "publishPayloadAttestations">;
  readonly journal: DutyJournal;
  readonly slotClock: SlotClock;
  readonly log: Log;
}

/** What asking, signing and sending may take: this part of a slot, and no more than LEAD_MS_MAX. A vote that is asked for early may miss the payload. */
const LEAD_PART_OF_SLOT = 1 / 24;
const LEAD_MS_MAX = 500;

/**
 * Gloas: says whether the payload of a slot's block was there in time. "It is there" goes out as soon as it is known and the deadline of payloads has
 * passed; "it is not" is left to the last moment that can still be in time.
 */
export class PayloadAttestationService implements SlotService {
  readonly #duties: EpochDuties<PtcDuty>;
  readonly #news: PayloadNews;
  readonly #init: PayloadAttestationServiceInit;
  readonly #c: PayloadAttestationServiceComponents;

  constructor(init: PayloadAttestationServiceInit, components: PayloadAttestationServiceComponents) {
    this.#init = init;
    this.#c = components;
    this.#news = new PayloadNews(components);
    this.#duties = new EpochDuties<PtcDuty>(
      {
        what: "payload committee duties",
        ask: async (epoch, indices) => {
          const answer = await components.dutiesSource.ptcDuties(epoch, indices);
          return {...answer, dependentEpoch: (epoch - 1) as Epoch};
        },
        keyOf,
        dueMs: init.payloadAttestationDueMs,
        forkEpochs: init.forkEpochs,
        firstEpoch: init.gloasForkEpoch,
      },
      components,
    );
  }

  onChainEvent(event: ChainEvent): void {
    if (this.#init.gloasForkEpoch === FAR_FUTURE_EPOCH) return;
    this.#duties.onChainEvent(event);
    this.#news.onChainEvent(event);
  }

  ensureThisEpoch(): Promise<boolean> {
    return this.#duties.ensureThisEpoch();
  }

  async lookAhead(): Promise<void> {
    await this.#duties.ensureCurrent();
  }

  onPassedBy(slot: Slot): void {
    this.#failAll(this.#duties.dutiesAt(slot), {reason: "SLOT_PASSED_BY", detail: PASSED_BY_DETAIL});
  }

  async onSlot(slot: Slot, signal: AbortSignal): Promise<void> {
    const {journal, slotClock} = this.#c;
    if (slotClock.epochOf(slot) < this.#init.gloasForkEpoch) return;
    const seen = await this.#seen(slot, signal);
    const duties = this.#duties.dutiesAt(slot);
    if (seen === null) {
      if (signal.aborted) this.#failAll(duties, {reason: "SHUTTING_DOWN", detail: ""});
      return;
    }
    const {outcome, seenMs} = seen;
    for (const duty of duties) journal.reached(keyOf(duty), "seen", seenMs);
    if (outcome.kind === "failed") this.#failAll(duties, outcome);
    else if (outcome.kind === "nothing") for (const duty of duties) journal.withdraw(keyOf(duty));
    else await this.#vote(outcome.data, duties, signal);
  }

  /** What the beacon nodes saw of the slot's payload; null when there is nobody to vote, or Mote stops. */
  async #seen(
    slot: Slot,
    signal: AbortSignal,
  ): Promise<{readonly outcome: PayloadAttestationDataOutcome; readonly seenMs: number} | null> {
    const {slotClock} = this.#c;
    const {earliestMs, lastMs, endMs} = this.#timesOf(slot);
    const seenMs = await this.#news.available(slot, {fromMs: earliestMs, untilMs: lastMs}, signal);
    if (seenMs !== null && this.#duties.dutiesAt(slot).length > 0) {
      const outcome = await this.#ask(slot, lastMs);
      // The node that was asked may not have yet what another one announced.
      if (outcome.kind === "data" && outcome.data.payloadPresent && outcome.data.blobDataAvailable)
        return {outcome, seenMs};
    }
    await sleep(slotClock, lastMs - slotClock.nowMs(), signal);
    if (signal.aborted || this.#duties.dutiesAt(slot).length === 0) return null;
    const askedMs = slotClock.nowMs();
    return {outcome: await this.#ask(slot, endMs), seenMs: seenMs ?? askedMs};
  }

  #timesOf(slot: Slot): {readonly earliestMs: number; readonly lastMs: number; readonly endMs: number} {
    const {slotClock} = this.#c;
    const startMs = slotClock.startMs(slot);
    const earliestMs = startMs + this.#init.payloadDueMs(slot);
    const leadMs = Math.min(LEAD_MS_MAX, slotClock.timing.slotDurationMs * LEAD_PART_OF_SLOT);
    const lastMs = Math.max(earliestMs, startMs + this.#init.payloadAttestationDueMs(slot) - leadMs);
    return {earliestMs, lastMs, endMs: slotClock.startMs((slot + 1) as Slot)};
  }

  #ask(slot: Slot, untilMs: number): Promise<PayloadAttestationDataOutcome> {
    return this.#c.chainData.payloadAttestationData({
      slot,
      untilMs,
      check: (data) => checkPayloadAttestationData(data, {slot, announced: this.#news.rootsAt(slot)}),
    });
  }

  /** Every vote of the slot goes out in one request. */
  async #vote(data: gloas.PayloadAttestationData, duties: readonly PtcDuty[], signal: AbortSignal): Promise<void> {
    const {journal, slotClock, publisher, signer} = this.#c;
    const dataMs = slotClock.nowMs();
    for (const duty of duties) journal.reached(keyOf(duty), "data", dataMs);
    const results = await signer.signPayloadAttestations(data, duties);
    const outgoing = results.flatMap(({duty, outcome}) => {
      const key = keyOf(duty);
      if (outcome.kind === "refused") {
        journal.fail(key, outcome.reason, outcome.detail);
        return [];
      }
      journal.reached(key, "signed", outcome.signedMs);
      return [{key, message: {validatorIndex: duty.validatorIndex, data, signature: outcome.signature}}];
    });
    await publishAndClose(outgoing, (messages) => publisher.publishPayloadAttestations(messages), {
      journal,
      slotClock,
      signal,
    });
  }

  #failAll(duties: readonly PtcDuty[], {reason, detail}: Omit<DataFailure, "kind">): void {
    for (const duty of duties) this.#c.journal.fail(keyOf(duty), reason, detail);
  }
}

const keyOf = (duty: PtcDuty): DutyKey => dutyKey("payload_attestation", duty);
