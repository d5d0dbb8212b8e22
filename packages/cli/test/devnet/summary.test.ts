import assert from "node:assert/strict";
import {slotLine} from "../../src/devnet/slot-line.ts";
import {summarize, summaryLine} from "../../src/devnet/summary.ts";
import {FIGURES, STATUS} from "./fake-devnet.ts";

describe("the end of a run", () => {
  it("has exactly the promised keys, in their order", () => {
    assert.equal(
      JSON.stringify(summarize(FIGURES, 5)),
      '{"slots":22,"finalizedEpoch":0,"justifiedEpoch":1,"attestations":{"expected":8,"published":8,"included":7,"missed":1,' +
        '"correctHead":7,"correctTarget":7},"proposals":{"expected":20,"included":19,"missed":1},' +
        '"syncCommittee":{"participation":0.96875},"payloadAttestations":{"expected":0,"included":0,"missed":0},' +
        '"aggregates":{"published":30,"rejected":0},"syncContributions":{"published":40,"rejected":0},"headToPublishMs":{"p50":7.5,"p99":21},"slashableMessages":0,"rssBytes":5}',
    );
  });

  it("says the same in words", () => {
    assert.equal(
      summaryLine(FIGURES),
      "22 slots · finalised epoch 0 · 19 of 20 blocks proposed · 7 of 8 votes included, 1 missed · " +
        "12.5% of them without an aggregate · 96.9% of the sync committee · 0 slashable messages",
    );
    const gloas = {...FIGURES, payloadAttestations: {expected: 16, included: 15, missed: 1}};
    assert.match(summaryLine(gloas), / · 15 of 16 payload votes · /);
  });
});

describe("slotLine", () => {
  it("tells a slot in one line, with the beacon nodes that are in trouble", () => {
    assert.equal(
      slotLine(STATUS.recentSlots[0]!, STATUS, 8),
      "slot 21 · epoch 2 · justified 1 · finalised 0 · votes 2/4 · included 7/8 · 8.0 ms · bn1 down+delay=800ms",
    );
  });
});
