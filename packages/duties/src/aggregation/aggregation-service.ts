import {attestationDataRoot} from "@mote/consensus";
import {
  type Attestation,
  type AttesterDuty,
  type ChainData,
  type DutyJournal,
  type DutyKey,
  type DutySigner,
  messageOf,
  type Publisher,
  type Root,
  rootToHex,
  type Signature,
  type SignedAggregateAndProof,
  type Slot,
  type SlotClock,
  sleep,
} from "@mote/core";
import type {SlotVote} from "../attestation/attestation-service.ts";
import {publishAndClose} from "../publish-and-close.ts";

export interface AggregationServiceInit {
  /** Milliseconds into the slot. */
  readonly aggregateDueMs: (slot: Slot) => number;
  /** The selection proof of a duty whose validator aggregates, else null. */
  readonly selectionProofOf: (duty: AttesterDuty) => Signature | null;
}

export interface AggregationServiceComponents {
  readonly chainData: ChainData;
  readonly signer: DutySigner;
  readonly publisher: Publisher;
  readonly journal: DutyJournal;
  readonly slotClock: SlotClock;
}

interface Aggregator {
  readonly duty: AttesterDuty;
  readonly key: DutyKey;
  readonly selectionProof: Signature;
}

/** Aggregates what others voted alike, where our validators were selected to. */
export class AggregationService {
  readonly #init: AggregationServiceInit;
  readonly #components: AggregationServiceComponents;

  constructor(init: AggregationServiceInit, components: AggregationServiceComponents) {
    this.#init = init;
    this.#components = components;
  }

  /** Waits for the due time of aggregates and does those of one slot's vote. */
  async aggregate(vote: SlotVote, signal: AbortSignal): Promise<void> {
    const {slotClock, journal} = this.#components;
    const {slot} = vote.data;
    const dueMs = slotClock.startMs(slot) + this.#init.aggregateDueMs(slot);
    const aggregators = this.#aggregatorsOf(vote.duties);
    if (aggregators.length === 0) return;
    for (const {key} of aggregators) journal.open(key, dueMs);

    await sleep(slotClock, dueMs - slotClock.nowMs(), signal);
    if (signal.aborted) {
      for (const {key} of aggregators) journal.fail(key, "SHUTTING_DOWN", "");
      return;
    }
    const dataRoot = rootToHex(attestationDataRoot(vote.data));
    const byCommittee = Map.groupBy(aggregators, ({duty}) => duty.committeeIndex);
    const signed = await Promise.all([...byCommittee.values()].map((group) => this.#signed(group, slot, dataRoot)));
    await publishAndClose(signed.flat(), (aggregates) => this.#components.publisher.publishAggregates(aggregates), {
      journal,
      slotClock,
      signal,
    });
  }

  #aggregatorsOf(duties: readonly AttesterDuty[]): Aggregator[] {
    return duties.flatMap((duty) => {
      const selectionProof = this.#init.selectionProofOf(duty);
      if (selectionProof === null) return [];
      const {slot, validatorIndex, pubkey} = duty;
      return [{duty, key: {kind: "aggregation", slot, validatorIndex, pubkey} as const, selectionProof}];
    });
  }

  /** The aggregates of one committee: one request, one signature for each of our aggregators in it. */
  async #signed(
    aggregators: readonly Aggregator[],
    slot: Slot,
    attestationDataRoot: Root,
  ): Promise<{key: DutyKey; message: SignedAggregateAndProof}[]> {
    const {journal, signer} = this.#components;
    const aggregate = await this.#aggregateOf(aggregators, slot, attestationDataRoot);
    const signed = [];
    for (const {duty, key, selectionProof} of aggregate === null ? [] : aggregators) {
      journal.reached(key, "data", this.#components.slotClock.nowMs());
      const message = {aggregatorIndex: duty.validatorIndex, aggregate: aggregate as Attestation, selectionProof};
      const outcome = await signer.signAggregateAndProof(duty.pubkey, message);
      if (outcome.kind === "refused") journal.fail(key, outcome.reason, outcome.detail);
      else {
        journal.reached(key, "signed", outcome.signedMs);
        signed.push({key, message: {message, signature: outcome.signature}});
      }
    }
    return signed;
  }

  async #aggregateOf(aggregators: readonly Aggregator[], slot: Slot, dataRoot: Root): Promise<Attestation | null> {
    const {chainData, slotClock, journal} = this.#components;
    const committeeIndex = (aggregators[0] as Aggregator).duty.committeeIndex;
    const untilMs = slotClock.startMs((slot + 1) as Slot);
    try {
      const aggregate = await chainData.aggregateAttestation({
        slot,
        attestationDataRoot: dataRoot,
        committeeIndex,
        untilMs,
      });
      if (rootToHex(attestationDataRoot(aggregate.data)) === dataRoot) return aggregate;
      for (const {key} of aggregators) journal.fail(key, "BEACON_DATA_INVALID", "aggregate of other data");
    } catch (error) {
      for (const {key} of aggregators) journal.fail(key, "NO_AGGREGATE", messageOf(error));
    }
    return null;
  }
}
