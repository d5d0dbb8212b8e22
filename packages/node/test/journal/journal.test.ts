import assert from "node:assert/strict";
import type {DutyKey, Pubkey, Slot, ValidatorIndex} from "@mote/core";
import {dutyJournalContract} from "@mote/testing";
import {Journal} from "../../src/journal/journal.ts";
import {type SlotReport, SlotReporter} from "../../src/journal/slot-report.ts";

const key = (validatorIndex: number, slot = 9, kind: DutyKey["kind"] = "attestation"): DutyKey => ({
  kind,
  slot: slot as Slot,
  validatorIndex: validatorIndex as ValidatorIndex,
  pubkey: `0x${validatorIndex}` as Pubkey,
});

describe("Journal keeps the contract of its port", () => {
  dutyJournalContract(() => ({journal: new Journal()}));
});

describe("Journal", () => {
  const openedAgain = (journal: Journal, slot: number): boolean => {
    let isTold = false;
    journal.subscribe(() => {
      isTold = true;
    });
    journal.open(key(1, slot), 100);
    return isTold;
  };

  it("forgets the names of ended duties two slots later, and keeps none of old slots", () => {
    const journal = new Journal();
    for (const slot of [9, 10, 11, 12]) journal.open(key(1, slot), 100);
    journal.fail(key(1, 11), "BEACON_DATA_LATE", "");
    journal.close(key(1, 10));
    journal.close(key(1, 9));
    assert.deepEqual(
      [9, 10, 11].map((slot) => openedAgain(journal, slot)),
      [true, false, false],
    );
    journal.close(key(1, 12));
    assert.deepEqual(
      [10, 11, 12].map((slot) => openedAgain(journal, slot)),
      [true, false, false],
    );
  });
});

describe("SlotReporter", () => {
  function setUp() {
    const journal = new Journal();
    const reports: SlotReport[] = [];
    new SlotReporter({onReport: (report) => reports.push(report)}).watch(journal);
    const publish = (index: number, slot: number, seenMs: number, publishedMs: number) => {
      journal.reached(key(index, slot), "seen", seenMs);
      journal.reached(key(index, slot), "published", publishedMs);
    };
    return {journal, reports, publish};
  }

  it("reports a slot once, when every vote is in a block or has failed", () => {
    const {journal, reports, publish} = setUp();
    for (const index of [3, 1, 2]) journal.open(key(index), 100);
    publish(1, 9, 50, 70);
    publish(2, 9, 50, 90);
    journal.fail(key(3), "DOUBLE_VOTE", "on record");
    for (const index of [1, 2]) {
      assert.equal(reports.length, 0);
      journal.reached(key(index), "included", 200);
    }
    assert.equal(reports.length, 1);
    const [report] = reports;
    assert.deepEqual(report?.validatorIndices, [1, 2, 3]);
    assert.equal(report?.published, 2);
    assert.equal(report?.included, 2);
    assert.equal(report?.seenToPublishedMs, 40);
    assert.deepEqual([...(report?.failures ?? [])], [["DOUBLE_VOTE", {validators: [3], detail: "on record"}]]);
    for (const index of [1, 2]) journal.close(key(index));
    assert.equal(reports.length, 1);
  });

  it("waits some slots for inclusion, and then says how far it came", () => {
    const {journal, reports, publish} = setUp();
    for (const slot of [9, 10, 11, 12]) for (const index of [1, 2]) journal.open(key(index, slot), 100);
    for (const slot of [9, 10, 11]) for (const index of [1, 2]) publish(index, slot, 50, 60);
    journal.reached(key(1, 9), "included", 80);
    assert.equal(reports.length, 0);
    journal.reached(key(1, 12), "seen", 150);
    assert.deepEqual(
      reports.map(({slot, published, included}) => [slot, published, included]),
      [[9, 2, 1]],
    );
  });

  it("does not call a slot complete because a newer one in the same block is", () => {
    const {journal, reports, publish} = setUp();
    for (const slot of [9, 10]) {
      journal.open(key(1, slot), 100);
      publish(1, slot, 50, 60);
    }
    // One block holds both, the newer first.
    journal.reached(key(1, 10), "included", 80);
    assert.equal(reports.length, 0);
    journal.reached(key(1, 9), "included", 80);
    assert.deepEqual(
      reports.map(({slot, included}) => [slot, included]),
      [
        [9, 1],
        [10, 1],
      ],
    );
  });

  it("reports at the end what was begun, and not what was still to come", () => {
    const journal = new Journal();
    const reports: SlotReport[] = [];
    const reporter = new SlotReporter({onReport: (report) => reports.push(report)});
    reporter.watch(journal);
    for (const slot of [9, 10]) journal.open(key(1, slot), 100);
    journal.reached(key(1, 9), "seen", 50);
    journal.reached(key(1, 9), "published", 60);
    reporter.reportAll();
    assert.deepEqual(
      reports.map(({slot, published}) => [slot, published]),
      [[9, 1]],
    );
    assert.deepEqual(
      journal.openRecords().map((record) => record.key.slot),
      [9, 10],
    );
  });

  it("does not wait for a duty that was withdrawn, nor for aggregates", () => {
    const {journal, reports, publish} = setUp();
    for (const index of [1, 2]) journal.open(key(index), 100);
    journal.open(key(1, 9, "aggregation"), 100);
    journal.withdraw(key(2));
    publish(1, 9, 50, 60);
    journal.reached(key(1), "included", 80);
    assert.deepEqual(reports[0]?.validatorIndices, [1]);
  });
});
