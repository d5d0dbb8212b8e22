import {computeSyncCommitteePeriod, firstEpochOfSyncCommitteePeriod} from "@mote/consensus";
import type {Epoch, Log, Publisher, Random, SlotClock, SyncCommitteeSubscription, SyncDuty} from "@mote/core";
import {Complaint} from "../complaint.ts";

export interface SyncSubscriptionsInit {
  readonly dutiesOf: (period: number) => readonly SyncDuty[];
}

export interface SyncSubscriptionsComponents {
  readonly publisher: Pick<Publisher, "subscribeSyncCommittees">;
  readonly random: Random;
  readonly slotClock: SlotClock;
  readonly log: Log;
}

/**
 * A subnet is joined this many epochs before the period at most, at least one, by lot: not all members of a committee in the same one.
 * SYNC_COMMITTEE_SUBNET_COUNT in altair/validator.md#sync-committee-subnet-stability
 */
const LEAD_EPOCHS_MAX = 4;

/** Tells the beacon nodes which sync-committee subnets our validators need, period by period. */
export class SyncSubscriptions {
  /** What the nodes were last told, and in which epoch. */
  #told: {readonly epoch: Epoch; readonly text: string} | null = null;
  /** Drawn once a period. */
  #lead: {readonly period: number; readonly epochs: number} | null = null;
  readonly #init: SyncSubscriptionsInit;
  readonly #c: SyncSubscriptionsComponents;
  readonly #notSubscribed: Complaint;

  constructor(init: SyncSubscriptionsInit, components: SyncSubscriptionsComponents) {
    this.#init = init;
    this.#c = components;
    this.#notSubscribed = new Complaint({what: "sync committees not subscribed"}, components);
  }

  /** Once an epoch, and whenever there is something new to tell. */
  async refresh(): Promise<void> {
    const epoch = Math.max(0, this.#c.slotClock.currentEpoch()) as Epoch;
    const subscriptions = this.#dueIn(epoch);
    const text = JSON.stringify(subscriptions);
    if (subscriptions.length === 0 || (this.#told?.epoch === epoch && this.#told.text === text)) return;
    this.#told = {epoch, text};
    try {
      await this.#c.publisher.subscribeSyncCommittees(subscriptions);
      this.#notSubscribed.succeeded();
    } catch (error) {
      this.#told = null;
      this.#notSubscribed.failed(error);
    }
  }

  /** A node that was away may have forgotten everything. */
  async repeat(): Promise<void> {
    this.#told = null;
    await this.refresh();
  }

  #dueIn(epoch: Epoch): readonly SyncCommitteeSubscription[] {
    const period = computeSyncCommitteePeriod(epoch);
    const nextFrom = firstEpochOfSyncCommitteePeriod(period + 1) - this.#leadEpochs(period + 1);
    return [period, ...(epoch >= nextFrom ? [period + 1] : [])].flatMap((each) => {
      const untilEpoch = firstEpochOfSyncCommitteePeriod(each + 1);
      return this.#init.dutiesOf(each).map(({validatorIndex, seats}) => ({validatorIndex, seats, untilEpoch}));
    });
  }

  #leadEpochs(period: number): number {
    if (this.#lead?.period !== period) {
      this.#lead = {period, epochs: 1 + Math.floor(this.#c.random.next() * LEAD_EPOCHS_MAX)};
    }
    return this.#lead.epochs;
  }
}
