import type {Cancel, DutyJournal, DutyRecord, FailureReason, Slot, SlotClock} from "@mote/core";
import {SLOTS_SHOWN_MAX, type SlotStatus} from "./node-status.ts";

/** Watches the journal and keeps the duties of the last slots that had some, for whoever asks. */
export class SlotTally {
  /** The journal's own records, so that they are as they stand when somebody asks. */
  readonly #records = new Map<Slot, Set<DutyRecord>>();
  readonly #slotClock: SlotClock;

  constructor(components: {readonly slotClock: SlotClock}) {
    this.#slotClock = components.slotClock;
  }

  watch(journal: DutyJournal): Cancel {
    return journal.subscribe((record) => this.#take(record));
  }

  /** Newest first; slots that have not begun are left out. */
  newest(): readonly SlotStatus[] {
    return this.#begun().map((slot) => statusOf(slot, [...(this.#records.get(slot) ?? [])]));
  }

  #take(record: DutyRecord): void {
    const {slot} = record.key;
    const ofSlot = this.#records.get(slot);
    if (record.end?.kind === "withdrawn") {
      ofSlot?.delete(record);
      if (ofSlot?.size === 0) this.#records.delete(slot);
      return;
    }
    if (ofSlot !== undefined) {
      ofSlot.add(record);
      return;
    }
    this.#records.set(slot, new Set([record]));
    for (const old of this.#begun().slice(SLOTS_SHOWN_MAX)) this.#records.delete(old);
  }

  #begun(): Slot[] {
    const now = this.#slotClock.currentSlot();
    return [...this.#records.keys()].filter((slot) => slot <= now).sort((a, b) => b - a);
  }
}

function statusOf(slot: Slot, records: readonly DutyRecord[]): SlotStatus {
  const votes = records.filter(({key}) => key.kind === "attestation");
  const others = records.filter(({key}) => key.kind !== "attestation");
  const reached = (of: readonly DutyRecord[], stage: "published" | "included") =>
    of.filter(({reachedMs}) => reachedMs[stage] !== undefined).length;
  const failures = new Map<FailureReason, number>();
  for (const {end} of records)
    if (end?.kind === "failed") failures.set(end.reason, (failures.get(end.reason) ?? 0) + 1);
  return {
    slot,
    votes: {total: votes.length, published: reached(votes, "published"), included: reached(votes, "included")},
    others: {total: others.length, published: reached(others, "published")},
    failures: [...failures].map(([reason, count]) => ({reason, count})),
  };
}
