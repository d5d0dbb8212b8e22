import type {Cancel, DutyEnd, DutyJournal, DutyKey, DutyRecord, DutyStage, FailureReason, Slot} from "@mote/core";

interface OpenRecord {
  readonly key: DutyKey;
  readonly dueMs: number;
  readonly reachedMs: Partial<Record<DutyStage, number>>;
  end: DutyEnd | null;
}

/**
 * Slots, up to the newest in which a duty ended, whose ended duties are known by name. Nobody asks for duties of slots that are over; the second
 * one is for a wall clock that is set back a little.
 */
const ENDED_SLOTS_KEPT = 2;

/** Records of open duties, in memory. A record that ends is told to the listeners one last time and let go; its name is kept for a while. */
export class Journal implements DutyJournal {
  readonly #open = new Map<string, OpenRecord>();
  /** Names of duties that were closed or failed. */
  readonly #ended = new Map<Slot, Set<string>>();
  #newestEnded = Number.NEGATIVE_INFINITY;
  readonly #listeners = new Set<(record: DutyRecord) => void>();

  open(key: DutyKey, dueMs: number): void {
    const name = nameOf(key);
    if (this.#open.has(name) || this.#ended.get(key.slot)?.has(name)) return;
    const record: OpenRecord = {key, dueMs, reachedMs: {}, end: null};
    this.#open.set(name, record);
    this.#tell(record);
  }

  withdraw(key: DutyKey): void {
    const record = this.#open.get(nameOf(key));
    // What was recorded for signing stays on the books, whatever became of the duty.
    if (record?.reachedMs.recorded === undefined) this.#end(key, {kind: "withdrawn"});
  }

  reached(key: DutyKey, stage: DutyStage, atMs: number): void {
    const record = this.#open.get(nameOf(key));
    if (record === undefined || record.reachedMs[stage] !== undefined) return;
    record.reachedMs[stage] = atMs;
    this.#tell(record);
  }

  undone(key: DutyKey, stage: "included"): void {
    const record = this.#open.get(nameOf(key));
    if (record?.reachedMs[stage] === undefined) return;
    delete record.reachedMs[stage];
    this.#tell(record);
  }

  close(key: DutyKey): void {
    this.#end(key, {kind: "done"});
  }

  fail(key: DutyKey, reason: FailureReason, detail: string): void {
    this.#end(key, {kind: "failed", reason, detail});
  }

  /** Duties without an end yet, those to come among them. */
  openRecords(): readonly DutyRecord[] {
    return [...this.#open.values()];
  }

  subscribe(listener: (record: DutyRecord) => void): Cancel {
    // A listener that subscribes twice is called twice.
    const own = (record: DutyRecord) => listener(record);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  #end(key: DutyKey, end: DutyEnd): void {
    const record = this.#open.get(nameOf(key));
    if (record === undefined) return;
    record.end = end;
    this.#open.delete(nameOf(key));
    if (end.kind !== "withdrawn") this.#remember(key);
    this.#tell(record);
  }

  #remember(key: DutyKey): void {
    this.#newestEnded = Math.max(this.#newestEnded, key.slot);
    const names = this.#ended.get(key.slot) ?? new Set();
    this.#ended.set(key.slot, names.add(nameOf(key)));
    for (const slot of this.#ended.keys()) if (slot <= this.#newestEnded - ENDED_SLOTS_KEPT) this.#ended.delete(slot);
  }

  #tell(record: OpenRecord): void {
    for (const listener of this.#listeners) listener(record);
  }
}

const nameOf = ({kind, slot, validatorIndex, subcommitteeIndex}: DutyKey): string =>
  subcommitteeIndex === undefined
    ? `${kind}/${slot}/${validatorIndex}`
    : `${kind}/${slot}/${validatorIndex}/${subcommitteeIndex}`;
