import type {Cancel, DutyJournal, DutyRecord, SlotClock} from "@mote/core";
import type {LineLog} from "../log/line-log.ts";
import {type SlotReport, SlotReporter} from "./slot-report.ts";

/** Slots with more votes than this name their validators in JSON only. */
const INDICES_SHOWN_MAX = 8;

/** Reads the journal aloud: a line a slot with votes of ours, a warning where one went wrong, and for machines one line per ended duty. */
export class DutyLog {
  readonly #log: LineLog;
  readonly #slotClock: SlotClock;
  readonly #rssBytes: () => number;
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
    const cancels = [this.#reporter.watch(journal), journal.subscribe((record) => this.#ended(record))];
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
    if (seenToPublishedMs !== null) parts.push(`in ${Math.round(seenToPublishedMs)} ms`, `${included} included`);
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

  #ended(record: DutyRecord): void {
    const {key, reachedMs, end} = record;
    if (end === null || end.kind === "withdrawn") return;
    this.#log.record("duty", line(record));
    if (end.kind !== "failed" || end.reason === "SHUTTING_DOWN") return;
    // What failed before it was published is in the slot's own lines.
    if (reachedMs.published !== undefined || key.kind !== "attestation") {
      this.#log.warn(`${key.kind} of slot ${key.slot} by validator ${key.validatorIndex} failed`, {
        reason: end.reason,
        detail: end.detail,
      });
    }
  }
}

const line = ({key, dueMs, reachedMs, end}: DutyRecord) => ({...key, dueMs, reachedMs, end});
