import type {Cancel, DutyEnd, DutyJournal, DutyKey, DutyKind, DutyRecord, DutyStage, FailureReason} from "@mote/core";

interface Entry {
  readonly key: DutyKey;
  readonly dueMs: number;
  readonly reachedMs: Partial<Record<DutyStage, number>>;
  end: DutyEnd | null;
}

/** A journal that forgets nothing, so that a test can look at each duty afterwards. */
export class FakeDutyJournal implements DutyJournal {
  /** In the order of the withdrawals. */
  readonly withdrawn: DutyKey[] = [];
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<{readonly tell: (record: DutyRecord) => void}>();

  /** As it stands; undefined when the duty was never opened. */
  of(
    validatorIndex: number,
    slot: number,
    kind: DutyKind = "attestation",
    subcommitteeIndex?: number,
  ): DutyRecord | undefined {
    return this.#entries.get(nameOf({kind, slot, validatorIndex, subcommitteeIndex}));
  }

  /** How the duty ended, in words: `done`, `withdrawn` or `REASON: detail`. Null while it is open and when it was never opened. */
  endOf(validatorIndex: number, slot: number, ...which: [kind?: DutyKind, subcommitteeIndex?: number]): string | null {
    const end = this.of(validatorIndex, slot, ...which)?.end ?? null;
    return end?.kind === "failed" ? `${end.reason}: ${end.detail}` : (end?.kind ?? null);
  }

  open(key: DutyKey, dueMs: number): void {
    const known = this.#entries.get(nameOf(key));
    if (known !== undefined && known.end?.kind !== "withdrawn") return;
    const entry: Entry = {key, dueMs, reachedMs: {}, end: null};
    this.#entries.set(nameOf(key), entry);
    this.#tell(entry);
  }

  withdraw(key: DutyKey): void {
    const entry = this.#openEntry(key);
    if (entry === null || entry.reachedMs.recorded !== undefined) return;
    this.withdrawn.push(key);
    this.#end(entry, {kind: "withdrawn"});
  }

  reached(key: DutyKey, stage: DutyStage, atMs: number): void {
    const entry = this.#openEntry(key);
    if (entry === null || entry.reachedMs[stage] !== undefined) return;
    entry.reachedMs[stage] = atMs;
    this.#tell(entry);
  }

  undone(key: DutyKey, stage: "included"): void {
    const entry = this.#openEntry(key);
    if (entry?.reachedMs[stage] === undefined) return;
    delete entry.reachedMs[stage];
    this.#tell(entry);
  }

  close(key: DutyKey): void {
    const entry = this.#openEntry(key);
    if (entry !== null) this.#end(entry, {kind: "done"});
  }

  fail(key: DutyKey, reason: FailureReason, detail: string): void {
    const entry = this.#openEntry(key);
    if (entry !== null) this.#end(entry, {kind: "failed", reason, detail});
  }

  subscribe(listener: (record: DutyRecord) => void): Cancel {
    const own = {tell: listener};
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  #openEntry(key: DutyKey): Entry | null {
    const entry = this.#entries.get(nameOf(key));
    return entry === undefined || entry.end !== null ? null : entry;
  }

  #end(entry: Entry, end: DutyEnd): void {
    entry.end = end;
    this.#tell(entry);
  }

  #tell(entry: Entry): void {
    for (const {tell} of this.#listeners) tell(entry);
  }
}

const nameOf = ({
  kind,
  slot,
  validatorIndex,
  subcommitteeIndex = -1,
}: {
  readonly kind: DutyKind;
  readonly slot: number;
  readonly validatorIndex: number;
  readonly subcommitteeIndex?: number | undefined;
}): string => `${kind}/${slot}/${validatorIndex}/${subcommitteeIndex}`;
