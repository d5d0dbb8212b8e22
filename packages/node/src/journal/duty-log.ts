import type {
  Cancel,
  DutyEnd,
  DutyJournal,
  DutyKey,
  DutyKind,
  DutyRecord,
  FailureReason,
  Slot,
  SlotClock,
  ValidatorIndex,
} from "@mote/core";
import type {LineLog} from "../log/line-log.ts";
import {type SlotReport, SlotReporter} from "./slot-report.ts";

/** Slots with more votes than this name their validators in JSON only. */
const INDICES_SHOWN_MAX = 8;

/** What people call a duty's message, one and several. */
const WORDS: Readonly<Record<DutyKind, readonly [one: string, several: string]>> = {
  attestation: ["vote", "votes"],
  aggregation: ["aggregate", "aggregates"],
  proposal: ["block", "blocks"],
  payload_reveal: ["payload reveal", "payload reveals"],
  sync_message: ["sync message", "sync messages"],
  sync_contribution: ["sync contribution", "sync contributions"],
  payload_attestation: ["payload vote", "payload votes"],
};

/**
 * Reads the journal aloud: a line a slot with votes of ours, one for each block of ours, a warning where something went wrong, and for machines one
 * line per ended duty.
 */
export class DutyLog {
  readonly #log: LineLog;
  readonly #slotClock: SlotClock;
  readonly #rssBytes: () => number;
  readonly #gathered = new Map<string, FailedTogether>();
  readonly #toldProposals = new WeakSet<DutyRecord>();
  readonly #reporter = new SlotReporter({onReport: (report) => this.#slot(report)});

  constructor(
    init: {readonly rssBytes: () => number},
    components: {readonly log: LineLog; readonly slotClock: SlotClock},
  ) {
    this.#rssBytes = init.rssBytes;
    this.#log = components.log;
    this.#slotClock = components.slotClock;
  }

  watch(journal: DutyJournal): Cancel {
    const cancels = [this.#reporter.watch(journal), journal.subscribe((record) => this.#heard(record))];
    return () => {
      for (const cancel of cancels) cancel();
    };
  }

  /** Last words for what the process's end leaves open: votes that were sent, and whose inclusion nobody here will see. */
  finish(open: readonly DutyRecord[]): void {
    this.#reporter.reportAll();
    for (const record of open) if (record.reachedMs.seen !== undefined) this.#log.record("duty", line(record));
  }

  #slot(report: SlotReport): void {
    const {slot, validatorIndices, published, included, seenToPublishedMs, failures} = report;
    const epoch = this.#slotClock.epochOf(slot);
    const parts = [`slot ${slot}`, `epoch ${epoch}`, `${published} of ${validatorIndices.length} votes sent`];
    if (seenToPublishedMs !== null)
      parts.push(
        `in ${Math.round(seenToPublishedMs)} ms`,
        included === published ? "all included" : `${included} included so far`,
      );
    if (validatorIndices.length <= INDICES_SHOWN_MAX) parts.push(`validators ${validatorIndices.join(" ")}`);
    this.#log.event("slot", parts.join(" · "), {
      slot,
      epoch,
      validatorIndices,
      published,
      included,
      seenToPublishedMs,
      failures: Object.fromEntries([...failures].map(([reason, {count}]) => [reason, count])),
      rssBytes: this.#rssBytes(),
    });
    for (const [reason, {count, detail}] of failures) {
      this.#log.warn(`slot ${slot}: ${count} of ${validatorIndices.length} votes not cast`, {reason, detail});
    }
  }

  #heard(record: DutyRecord): void {
    const {key, reachedMs, end} = record;
    if (key.kind === "proposal" && reachedMs.published !== undefined) this.#proposed(record, reachedMs.published);
    if (end === null || end.kind === "withdrawn") return;
    this.#log.record("duty", line(record));
    if (end.kind !== "failed" || end.reason === "SHUTTING_DOWN") return;
    // What failed before it was published is in the slot's own lines.
    if (reachedMs.published !== undefined || key.kind !== "attestation") this.#gather(key, end);
  }

  /** A block is rare and worth a line as soon as it is out. */
  #proposed(record: DutyRecord, publishedMs: number): void {
    if (this.#toldProposals.has(record)) return;
    this.#toldProposals.add(record);
    const {slot, validatorIndex} = record.key;
    const epoch = this.#slotClock.epochOf(slot);
    const intoSlotMs = publishedMs - this.#slotClock.startMs(slot);
    const parts = [`slot ${slot}`, `epoch ${epoch}`, `block proposed ${Math.round(intoSlotMs)} ms into the slot`];
    this.#log.event("proposal", [...parts, `validator ${validatorIndex}`].join(" · "), {
      slot,
      epoch,
      validatorIndex,
      intoSlotMs,
    });
  }

  /** What fails together is said together: one line for all validators of a slot. */
  #gather({kind, slot, validatorIndex}: DutyKey, {reason, detail}: Failure): void {
    if (this.#gathered.size === 0) queueMicrotask(() => this.#sayGathered());
    const name = `${kind}/${slot}/${reason}`;
    const group = this.#gathered.get(name) ?? {kind, slot, reason, detail, validators: []};
    group.validators.push(validatorIndex);
    this.#gathered.set(name, group);
  }

  #sayGathered(): void {
    for (const {kind, slot, reason, detail, validators} of this.#gathered.values()) {
      const count = validators.length === 1 ? "" : `${validators.length} `;
      const shown = validators.length <= INDICES_SHOWN_MAX ? {validators: validators.join(" ")} : {};
      const what = WORDS[kind][validators.length === 1 ? 0 : 1];
      this.#log.warn(`slot ${slot}: ${count}${what} failed`, {
        reason,
        detail,
        ...shown,
      });
    }
    this.#gathered.clear();
  }
}

type Failure = Extract<DutyEnd, {kind: "failed"}>;

interface FailedTogether {
  readonly kind: DutyKind;
  readonly slot: Slot;
  readonly reason: FailureReason;
  readonly detail: string;
  readonly validators: ValidatorIndex[];
}

const line = ({key, dueMs, reachedMs, end}: DutyRecord) => ({...key, dueMs, reachedMs, end});
