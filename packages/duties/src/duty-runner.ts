import {
  type AttesterDuty,
  type ChainData,
  type ChainEvents,
  type CommitteeSubscription,
  type DutiesSource,
  type DutyJournal,
  type DutySigner,
  type Epoch,
  type InclusionSource,
  type Log,
  messageOf,
  type Publisher,
  type SlashingProtection,
  type Slot,
  type SlotClock,
  sleep,
} from "@mote/core";
import {AggregationService} from "./aggregation/aggregation-service.ts";
import {SelectionProofs} from "./aggregation/selection-proofs.ts";
import {AttestationDuties, attestationKey} from "./attestation/attestation-duties.ts";
import {AttestationService} from "./attestation/attestation-service.ts";
import {Complaint} from "./complaint.ts";
import {InclusionTracker} from "./inclusion/inclusion-tracker.ts";
import {OldSourceQuestion} from "./safety/old-source.ts";
import type {StaleBackupCheck} from "./safety/stale-backup.ts";
import {SlotTicker} from "./slot-ticker.ts";
import type {ValidatorRegistry} from "./validators/validator-registry.ts";

export interface DutyRunnerInit {
  /** Milliseconds into the slot. */
  readonly attestationDueMs: (slot: Slot) => number;
  readonly aggregateDueMs: (slot: Slot) => number;
  readonly indexNamesPayload: (slot: Slot) => boolean;
}

export interface DutyRunnerComponents {
  readonly registry: ValidatorRegistry;
  readonly dutiesSource: DutiesSource;
  readonly chainData: ChainData;
  readonly chainEvents: ChainEvents;
  readonly inclusionSource: InclusionSource;
  readonly publisher: Publisher;
  readonly signer: DutySigner;
  readonly protection: Pick<SlashingProtection, "newest">;
  /** Null: votes of these keys by others are no sign of anything. */
  readonly staleBackup: Pick<StaleBackupCheck, "run"> | null;
  readonly journal: DutyJournal;
  readonly slotClock: SlotClock;
  readonly log: Log;
}

/** Pause before the start-up questions are asked again. */
const START_PAUSE_MS = 1000;
/** What the start waits for the first word on the keys' past. Keys without one sign nothing, but the others need not wait for them. */
const FIRST_CHECK_WAIT_MS = 2000;

/** Drives every duty service through the slots: the one place that says in which order things happen within a slot. */
export class DutyRunner {
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #duties: AttestationDuties;
  readonly #attestations: AttestationService;
  readonly #aggregations: AggregationService;
  readonly #proofs: SelectionProofs;
  readonly #inclusion: InclusionTracker;
  readonly #ticker: SlotTicker;
  readonly #notSubscribed: Complaint;
  /** Last epoch in which the validators' statuses were read. */
  #refreshedEpoch: Epoch | null = null;
  readonly #c: DutyRunnerComponents;

  constructor(init: DutyRunnerInit, components: DutyRunnerComponents) {
    this.#c = components;
    this.#notSubscribed = new Complaint({what: "committees not subscribed"}, components);
    const {dutiesSource, inclusionSource} = components;
    this.#proofs = new SelectionProofs(components);
    this.#duties = new AttestationDuties(
      {
        attestationDueMs: init.attestationDueMs,
        onReplaced: (duties) => this.#track(this.#prepare(duties)),
      },
      {...components, source: dutiesSource},
    );
    this.#attestations = new AttestationService(
      {...init, dutiesAt: (slot) => this.#duties.dutiesAt(slot)},
      {...components, oldSource: new OldSourceQuestion(components)},
    );
    this.#aggregations = new AggregationService(
      {aggregateDueMs: init.aggregateDueMs, selectionProofOf: (duty) => this.#proofs.ofAggregator(duty)},
      components,
    );
    this.#inclusion = new InclusionTracker({...components, source: inclusionSource});
    this.#ticker = new SlotTicker(
      {onSlot: (slot) => this.#onSlot(slot), onPassedBy: (slot) => this.#passedBy(slot)},
      components,
    );
  }

  /** Learns validators and duties, asking until someone answers, then follows the slots. Resolves when ready to attest. */
  async start(): Promise<void> {
    const {signal} = this.#stopping;
    while (!signal.aborted) {
      if (await this.#c.registry.refresh()) {
        const checked = this.#checkPast();
        this.#track(checked);
        await Promise.race([checked, sleep(this.#c.slotClock, FIRST_CHECK_WAIT_MS, signal)]);
        if (await this.#duties.ensureCurrent()) break;
      }
      await sleep(this.#c.slotClock, START_PAUSE_MS, signal);
    }
    if (signal.aborted) return;
    this.#c.chainEvents.subscribe((event) => {
      this.#attestations.onChainEvent(event);
      this.#duties.onChainEvent(event);
      this.#inclusion.onChainEvent(event);
    });
    this.#ticker.start();
  }

  /** Begins nothing new and resolves when what was under way has ended. */
  async stop(): Promise<void> {
    this.#ticker.stop();
    this.#stopping.abort();
    await Promise.all(this.#underWay);
  }

  #onSlot(slot: Slot): void {
    // First, and beside the vote: it says in the first slot of an epoch which keys may sign again.
    this.#track(this.#checkPast());
    this.#track(this.#slot(slot));
  }

  /** Keys that may sign since then aggregate too: their proofs are made up for. */
  async #checkPast(): Promise<void> {
    if (await this.#c.staleBackup?.run()) await this.#prepare(this.#duties.allDuties());
  }

  /** One slot, in order: vote, aggregate, and only then what can wait. */
  async #slot(slot: Slot): Promise<void> {
    const {signal} = this.#stopping;
    const vote = await this.#attestations.vote(slot, signal);
    if (vote !== null) {
      this.#inclusion.follow(vote);
      await this.#aggregations.aggregate(vote, signal);
    }
    if (signal.aborted) return;
    await this.#inclusion.catchUp();
    await this.#lookAhead(slot);
  }

  #passedBy(slot: Slot): void {
    for (const duty of this.#duties.dutiesAt(slot)) {
      this.#c.journal.fail(
        attestationKey(duty),
        "SLOT_PASSED_BY",
        "this process was not running, or the clock was set forward",
      );
    }
  }

  /** Statuses once an epoch; duties whenever some are missing. */
  async #lookAhead(slot: Slot): Promise<void> {
    const {slotClock, registry} = this.#c;
    const epoch = slotClock.epochOf(slot);
    // Asked again in the next slot when nobody answered: a change must not wait for another epoch.
    if (epoch !== this.#refreshedEpoch && (await registry.refresh())) this.#refreshedEpoch = epoch;
    this.#proofs.forgetBefore((slot - 1) as Slot);
    await this.#duties.ensureCurrent();
  }

  /** Selection proofs say who aggregates, and the beacon nodes are told which committees we sit in. */
  async #prepare(duties: readonly AttesterDuty[]): Promise<void> {
    const {slotClock, publisher} = this.#c;
    const coming = duties.filter(({slot}) => slot >= slotClock.currentSlot());
    await this.#proofs.prepare(coming, this.#stopping.signal);
    const subscriptions = coming.map(
      (duty): CommitteeSubscription => ({
        validatorIndex: duty.validatorIndex,
        committeeIndex: duty.committeeIndex,
        committeesAtSlot: duty.committeesAtSlot,
        slot: duty.slot,
        isAggregator: this.#proofs.ofAggregator(duty) !== null,
      }),
    );
    if (subscriptions.length === 0 || this.#stopping.signal.aborted) return;
    try {
      await publisher.subscribeCommittees(subscriptions);
      this.#notSubscribed.succeeded();
    } catch (error) {
      this.#notSubscribed.failed(error);
    }
  }

  /** Nothing that runs beside the slots may end unseen. */
  #track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.#c.log.error("unexpected error in a duty", {reason: messageOf(error)}))
      .finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }
}
