import type {Cancel, DutyJournal, DutyRecord, SlotClock} from "@mote/core";
import type {LineLog} from "../log/line-log.ts";
import {FailureLog, INDICES_SHOWN_MAX} from "./failure-log.ts";
import {type SlotReport, SlotReporter} from "./slot-report.ts";

/**
 * Reads the journal aloud: a line a slot with votes of ours, one for each block of ours, a warning where something went wrong, and for machines one
 * line per ended duty.
 */
export class DutyLog {
  readonly #log: LineLog;
  readonly #slotClock: SlotClock;
  readonly #rssBytes: () => number;
  readonly #failures: FailureLog;
  readonly #toldProposals = new WeakSet<DutyRecord>();
  readonly #reporter = new SlotReporter({onReport: (report) => this.#slot(report)});

  constructor(
    init: {readonly rssBytes: () => number},
    components: {readonly log: LineLog; readonly slotClock: SlotClock},
  ) {
    this.#rssBytes = init.rssBytes;
    this.#log = components.log;
    this.#slotClock = components.slotClock;
    this.#failures = new FailureLog(components);
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
    parts.push(...failures.keys());
    if (validatorIndices.length <= INDICES_SHOWN_MAX) parts.push(`validators ${validatorIndices.join(" ")}`);
    this.#log.event("slot", parts.join(" · "), {
      slot,
      epoch,
      validatorIndices,
      published,
      included,
      seenToPublishedMs,
      failures: Object.fromEntries([...failures].map(([reason, {validators}]) => [reason, validators.length])),
      rssBytes: this.#rssBytes(),
    });
    const outOf = validatorIndices.length;
    for (const [reason, failed] of failures) this.#failures.say({kind: "attestation", slot, reason, outOf, ...failed});
  }

  #heard(record: DutyRecord): void {
    const {key, reachedMs, end} = record;
    if (key.kind === "proposal" && reachedMs.published !== undefined) this.#proposed(record, reachedMs.published);
    if (end === null && reachedMs.published !== undefined) this.#failures.worked(key.kind);
    if (end === null || end.kind === "withdrawn") return;
    this.#log.record("duty", line(record));
    if (end.kind !== "failed" || end.reason === "SHUTTING_DOWN") return;
    // What failed before it was published is in the slot's own lines.
    if (reachedMs.published !== undefined || key.kind !== "attestation") this.#failures.failed(key, end);
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
}

const line = ({key, dueMs, reachedMs, end}: DutyRecord) => ({...key, dueMs, reachedMs, end});
