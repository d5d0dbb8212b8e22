import {computeSyncCommitteePeriod, firstEpochOfSyncCommitteePeriod, syncCommitteeEpochAt} from "@mote/consensus";
import type {DutiesSource, Epoch, Log, Slot, SlotClock, SyncDuty} from "@mote/core";
import {Complaint} from "../complaint.ts";
import type {ValidatorRegistry} from "../validators/validator-registry.ts";

export interface SyncDutiesComponents {
  readonly dutiesSource: Pick<DutiesSource, "syncDuties">;
  readonly registry: Pick<ValidatorRegistry, "indicesForSyncDuties">;
  readonly slotClock: SlotClock;
  readonly log: Log;
}

interface PeriodDuties {
  /** The indices that were asked for, as one string: duties are asked for again when it changes. */
  readonly askedFor: string;
  readonly askedInEpoch: Epoch;
  readonly duties: readonly SyncDuty[];
}

/** Our seats in the sync committees of this and the next period. */
export class SyncDuties {
  readonly #periods = new Map<number, PeriodDuties>();
  readonly #asking = new Map<number, Promise<boolean>>();
  readonly #onReplaced: () => void;
  readonly #c: SyncDutiesComponents;
  readonly #notRead: Complaint;

  constructor(
    init: {
      /** Called when a period has other duties than before. */
      readonly onReplaced: () => void;
    },
    components: SyncDutiesComponents,
  ) {
    this.#onReplaced = init.onReplaced;
    this.#c = components;
    this.#notRead = new Complaint({what: "sync committee duties not read"}, components);
  }

  /** Of the committee that signs at `slot`. */
  dutiesAt(slot: Slot): readonly SyncDuty[] {
    return this.dutiesOf(computeSyncCommitteePeriod(syncCommitteeEpochAt(slot)));
  }

  dutiesOf(period: number): readonly SyncDuty[] {
    return this.#periods.get(period)?.duties ?? [];
  }

  /**
   * Makes sure that the committee of the slot of now is known for all validators of now; before genesis, that of slot 0.
   * @returns false when it could not be had
   */
  async ensureThisSlot(): Promise<boolean> {
    const period = computeSyncCommitteePeriod(syncCommitteeEpochAt(this.#currentSlot()));
    return this.#isWhole(period) || this.#ask(period);
  }

  /**
   * Asks for this and the next period, once an epoch each, and until somebody answers. A committee is fixed by the chain when the period before
   * it begins, and no event tells that a reorg changed it: so what was learnt is asked for again, which costs two requests an epoch.
   */
  async refresh(): Promise<void> {
    const epoch = this.#currentEpoch();
    const period = computeSyncCommitteePeriod(epoch);
    for (const known of this.#periods.keys()) if (known < period) this.#periods.delete(known);
    // Before genesis beacon nodes know the first period only.
    const wanted = this.#c.slotClock.currentSlot() < 0 ? [period] : [period, period + 1];
    const stale = wanted.filter(
      (each) => !this.#isWhole(each) || (this.#periods.get(each) as PeriodDuties).askedInEpoch < epoch,
    );
    await Promise.all(stale.map((each) => this.#ask(each)));
  }

  #isWhole(period: number): boolean {
    return this.#periods.get(period)?.askedFor === this.#c.registry.indicesForSyncDuties().join();
  }

  /** One request a period at a time; whoever asks meanwhile gets the answer of the running one. */
  #ask(period: number): Promise<boolean> {
    const running = this.#asking.get(period);
    if (running !== undefined) return running;
    const asking = this.#fetch(period).finally(() => this.#asking.delete(period));
    this.#asking.set(period, asking);
    return asking;
  }

  async #fetch(period: number): Promise<boolean> {
    const indices = this.#c.registry.indicesForSyncDuties();
    const askedInEpoch = this.#currentEpoch();
    const epoch = Math.max(askedInEpoch, firstEpochOfSyncCommitteePeriod(period)) as Epoch;
    try {
      const duties = indices.length === 0 ? [] : await this.#c.dutiesSource.syncDuties(epoch, indices);
      const before = this.dutiesOf(period);
      this.#periods.set(period, {askedFor: indices.join(), askedInEpoch, duties});
      this.#notRead.succeeded();
      if (JSON.stringify(before) !== JSON.stringify(duties)) this.#onReplaced();
      return true;
    } catch (error) {
      this.#notRead.failed(error);
      return false;
    }
  }

  #currentEpoch(): Epoch {
    return Math.max(0, this.#c.slotClock.currentEpoch()) as Epoch;
  }

  #currentSlot(): Slot {
    return Math.max(0, this.#c.slotClock.currentSlot()) as Slot;
  }
}
