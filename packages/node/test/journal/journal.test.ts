import assert from "node:assert/strict";
import type {DutyKey, DutyRecord, Pubkey, Slot, ValidatorIndex} from "@mote/core";
import {Journal} from "../../src/journal/journal.ts";
import {type SlotReport, SlotReporter} from "../../src/journal/slot-report.ts";

const key = (validatorIndex: number, slot = 9, kind: DutyKey["kind"] = "attestation"): DutyKey => ({
  kind,
  slot: slot as Slot,
  validatorIndex: validatorIndex as ValidatorIndex,
  pubkey: `0x${validatorIndex}` as Pubkey,
});

describe("Journal", () => {
  function setUp() {
    const journal = new Journal();
    const told: DutyRecord[] = [];
    journal.subscribe((record) => told.push(structuredClone(record)));
    return {journal, told};
  }

  it("keeps the first time of a stage, and tells every change", () => {
    const {journal, told} = setUp();
    journal.open(key(1), 100);
    journal.open(key(1), 999);
    journal.reached(key(1), "seen", 10);
    journal.reached(key(1), "seen", 20);
    journal.close(key(1));
    assert.deepEqual(
      told.map(({dueMs, reachedMs, end}) => [dueMs, reachedMs.seen, end?.kind]),
      [
        [100, undefined, undefined],
        [100, 10, undefined],
        [100, 10, "done"],
      ],
    );
  });

  it("leaves a record that has ended as it is", () => {
    const {journal, told} = setUp();
    journal.open(key(1), 100);
    journal.fail(key(1), "BEACON_DATA_LATE", "no answer");
    journal.close(key(1));
    journal.reached(key(1), "published", 5);
    assert.deepEqual(told.at(-1)?.end, {kind: "failed", reason: "BEACON_DATA_LATE", detail: "no answer"});
    assert.equal(told.length, 2);
  });

  it("takes an inclusion back", () => {
    const {journal, told} = setUp();
    journal.open(key(1), 100);
    journal.reached(key(1), "included", 7);
    journal.undone(key(1), "included");
    assert.equal(told.at(-1)?.reachedMs.included, undefined);
  });

  it("withdraws a duty before it is recorded for signing, and never after", () => {
    const {journal, told} = setUp();
    journal.open(key(1), 100);
    journal.open(key(2), 100);
    journal.reached(key(2), "recorded", 5);
    for (const index of [1, 2]) journal.withdraw(key(index));
    assert.deepEqual(
      told.filter(({end}) => end?.kind === "withdrawn").map((record) => record.key.validatorIndex),
      [1],
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
    assert.deepEqual([...(report?.failures ?? [])], [["DOUBLE_VOTE", {count: 1, detail: "on record"}]]);
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
