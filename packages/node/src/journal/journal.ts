import type {Cancel, DutyEnd, DutyJournal, DutyKey, DutyRecord, DutyStage, FailureReason} from "@mote/core";

interface OpenRecord {
  readonly key: DutyKey;
  readonly dueMs: number;
  readonly reachedMs: Partial<Record<DutyStage, number>>;
  end: DutyEnd | null;
}

/** Records of open duties, in memory. A record that ends is told to the listeners one last time and let go. */
export class Journal implements DutyJournal {
  readonly #open = new Map<string, OpenRecord>();
  readonly #listeners = new Set<(record: DutyRecord) => void>();

  open(key: DutyKey, dueMs: number): void {
    const name = nameOf(key);
    if (this.#open.has(name)) return;
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
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #end(key: DutyKey, end: DutyEnd): void {
    const record = this.#open.get(nameOf(key));
    if (record === undefined) return;
    record.end = end;
    this.#open.delete(nameOf(key));
    this.#tell(record);
  }

  #tell(record: OpenRecord): void {
    for (const listener of this.#listeners) listener(record);
  }
}

const nameOf = ({kind, slot, validatorIndex}: DutyKey): string => `${kind}/${slot}/${validatorIndex}`;
