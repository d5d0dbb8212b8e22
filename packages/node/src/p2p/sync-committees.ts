import type {NetworkLookups} from "@mote/beacon-nodes";
import {computeSyncCommitteePeriod, firstEpochOfSyncCommitteePeriod, syncCommitteeEpochAt} from "@mote/consensus";
import type {Epoch, Slot, SlotClock, ValidatorIndex} from "@mote/core";

/** The next committee is known for a whole period before it serves; it is asked for when it is about to. */
const EPOCHS_AHEAD = 1;

/** Who sits in the sync committee of now, and shortly before a change in the next one. */
export class SyncCommittees {
  readonly #byPeriod = new Map<number, readonly ValidatorIndex[]>();
  readonly #size: number;
  readonly #slotClock: SlotClock;
  readonly #lookups: Pick<NetworkLookups, "syncCommittee">;

  constructor(
    init: {readonly size: number},
    components: {readonly slotClock: SlotClock; readonly lookups: Pick<NetworkLookups, "syncCommittee">},
  ) {
    this.#size = init.size;
    this.#slotClock = components.slotClock;
    this.#lookups = components.lookups;
  }

  /** Those whose messages are for `slot`. */
  at(slot: Slot): readonly ValidatorIndex[] | null {
    return this.#byPeriod.get(computeSyncCommitteePeriod(syncCommitteeEpochAt(slot))) ?? null;
  }

  /** @returns all members that are known by now; rejects when no beacon node answers */
  async learn(): Promise<readonly ValidatorIndex[]> {
    const epoch = syncCommitteeEpochAt(Math.max(this.#slotClock.currentSlot(), 0) as Slot);
    const period = computeSyncCommitteePeriod(epoch);
    const next = computeSyncCommitteePeriod((epoch + EPOCHS_AHEAD) as Epoch);
    for (const old of this.#byPeriod.keys()) if (old < period) this.#byPeriod.delete(old);
    for (const wanted of new Set([period, next])) {
      if (this.#byPeriod.has(wanted)) continue;
      const first = firstEpochOfSyncCommitteePeriod(wanted);
      // Of the period that is running, an epoch which the head state's own period is sure to have.
      const asked = wanted === period ? epoch : first;
      this.#byPeriod.set(wanted, await this.#lookups.syncCommittee(asked, this.#size));
    }
    return [...this.#byPeriod.values()].flat();
  }
}
