import type {Cancel, DutyJournal, DutyRecord, FailureReason, Slot, ValidatorIndex} from "@mote/core";

/** One slot's votes in figures: what the log line of a slot says. */
export interface SlotReport {
  readonly slot: Slot;
  readonly validatorIndices: readonly ValidatorIndex[];
  readonly published: number;
  /** As far as blocks have told by now. */
  readonly included: number;
  /** From the head event (or the due time) to the last publication; null when nothing was published. */
  readonly seenToPublishedMs: number | null;
  readonly failures: ReadonlyMap<FailureReason, {readonly validators: ValidatorIndex[]; readonly detail: string}>;
}

/** A slot is reported at the latest when votes so many slots later begin, included or not. */
const INCLUSION_WAITED_SLOTS = 3;

/** Watches the journal and reports each slot once: when its votes are in blocks or have failed, or when that takes too long to wait for. */
export class SlotReporter {
  readonly #votes = new Map<Slot, Map<ValidatorIndex, DutyRecord>>();
  readonly #report: (report: SlotReport) => void;
  #reportedUpTo = -1;
  #newestSeen = -1;

  constructor(init: {readonly onReport: (report: SlotReport) => void}) {
    this.#report = init.onReport;
  }

  watch(journal: DutyJournal): Cancel {
    return journal.subscribe((record) => this.#take(record));
  }

  /** Reports what was begun and is still waited for. */
  reportAll(): void {
    const begun = [...this.#votes].filter(([, votes]) => [...votes.values()].some(isBegun)).map(([slot]) => slot);
    this.#reportBefore((Math.max(-1, ...begun) + 1) as Slot);
  }

  #take(record: DutyRecord): void {
    const {kind, slot, validatorIndex} = record.key;
    if (kind !== "attestation" || slot <= this.#reportedUpTo) return;
    const votes = this.#votes.get(slot) ?? new Map<ValidatorIndex, DutyRecord>();
    this.#votes.set(slot, votes);
    if (record.end?.kind === "withdrawn") votes.delete(validatorIndex);
    // A copy, since the journal goes on writing into its own.
    else votes.set(validatorIndex, {...record, reachedMs: {...record.reachedMs}});
    if (record.reachedMs.seen !== undefined && slot > this.#newestSeen) {
      this.#newestSeen = slot;
      this.#reportBefore((slot - INCLUSION_WAITED_SLOTS + 1) as Slot);
    }
    if (record.reachedMs.included !== undefined || record.end !== null) this.#reportComplete();
  }

  /** Slots are reported in their order: one that waits for inclusion holds back those after it. */
  #reportComplete(): void {
    for (;;) {
      const oldest = Math.min(...this.#votes.keys()) as Slot;
      const votes = this.#votes.get(oldest);
      if (votes === undefined || ![...votes.values()].every(isOver)) return;
      this.#reportBefore((oldest + 1) as Slot);
    }
  }

  #reportBefore(end: Slot): void {
    const slots = [...this.#votes.keys()].filter((slot) => slot < end).sort((a, b) => a - b);
    for (const slot of slots) {
      const records = [...(this.#votes.get(slot)?.values() ?? [])];
      this.#votes.delete(slot);
      this.#reportedUpTo = slot;
      if (records.length > 0) this.#report(reportOf(slot, records));
    }
  }
}

const isBegun = (record: DutyRecord): boolean => record.reachedMs.seen !== undefined;
const isPublished = (record: DutyRecord): boolean => record.reachedMs.published !== undefined;
const isIncluded = (record: DutyRecord): boolean => record.reachedMs.included !== undefined;
const isOver = (record: DutyRecord): boolean => isIncluded(record) || record.end !== null;

function reportOf(slot: Slot, records: readonly DutyRecord[]): SlotReport {
  const published = records.filter(isPublished);
  const delays = published.map(({reachedMs, dueMs}) => (reachedMs.published ?? 0) - (reachedMs.seen ?? dueMs));
  const failures = new Map<FailureReason, {validators: ValidatorIndex[]; detail: string}>();
  for (const {key, end} of records) {
    if (end?.kind !== "failed") continue;
    const validators = failures.get(end.reason)?.validators ?? [];
    validators.push(key.validatorIndex);
    failures.set(end.reason, {validators, detail: end.detail});
  }
  return {
    slot,
    validatorIndices: records.map(({key}) => key.validatorIndex).sort((a, b) => a - b),
    published: published.length,
    included: records.filter(isIncluded).length,
    seenToPublishedMs: delays.length === 0 ? null : Math.max(...delays),
    failures,
  };
}
