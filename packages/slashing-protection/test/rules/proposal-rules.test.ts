import assert from "node:assert/strict";
import type {BlockRecord, Slot} from "@mote/core";
import {testProposal} from "@mote/testing";
import {
  isProposalPruningDue,
  judgeProposal,
  judgeProposalBySummary,
  type ProposalSummary,
  pruneProposals,
  summaryWithProposal,
} from "../../src/rules/proposal-rules.ts";

const summarise = (slots: readonly number[]) => {
  const summary = slots.map((slot) => testProposal(slot)).reduce<ProposalSummary | null>(summaryWithProposal, null);
  assert(summary !== null);
  return summary;
};

describe("judgeProposal", () => {
  const summary = summarise([10, 20]);
  const unknownRoot: BlockRecord = {slot: 20 as Slot, signingRoot: null};

  it("accepts a free slot above the minimum", () => {
    assert.equal(judgeProposal(testProposal(15), [], summary).kind, "accepted");
    assert.equal(judgeProposal(testProposal(0), [], null).kind, "accepted");
  });

  it("knows the same block, at the minimum too", () => {
    assert.equal(judgeProposal(testProposal(10), [testProposal(10)], summary).kind, "already_signed");
  });

  it("refuses another block of a slot, and any where the root is not known", () => {
    const refused = {kind: "refused", reason: "DOUBLE_PROPOSAL"} as const;
    const conflict = {kind: "block", ...testProposal(20)};
    assert.deepEqual(judgeProposal(testProposal(20, 1), [testProposal(20)], summary), {...refused, conflict});
    const unknown = {kind: "block", ...unknownRoot};
    assert.deepEqual(judgeProposal(testProposal(20), [unknownRoot], summary), {...refused, conflict: unknown});
  });

  it("refuses a slot at or below the minimum", () => {
    for (const slot of [9, 10]) {
      assert.deepEqual(judgeProposal(testProposal(slot), [], summary), {
        kind: "refused",
        reason: "SLOT_NOT_ABOVE_MINIMUM",
        conflict: {kind: "watermark", slot: 10},
      });
    }
  });
});

describe("judgeProposalBySummary", () => {
  it("accepts only slots above all others, and leaves the rest to the history", () => {
    assert.equal(judgeProposalBySummary(testProposal(0), null)?.kind, "accepted");
    assert.equal(judgeProposalBySummary(testProposal(21), summarise([10, 20]))?.kind, "accepted");
    for (const slot of [0, 10, 15, 20]) {
      assert.equal(judgeProposalBySummary(testProposal(slot), summarise([10, 20])), null);
    }
  });
});

describe("pruning of proposals", () => {
  it("keeps the newest and raises the watermark to the last forgotten", () => {
    const slots = Array.from({length: 19}, (_, n) => 10 * n);
    const summary = summarise(slots);
    assert.equal(isProposalPruningDue(summarise(slots.slice(1)), 16), false);
    assert.equal(isProposalPruningDue(summary, 16), true);
    const history = slots.map((slot) => testProposal(slot));
    const pruned = pruneProposals(summary, history, 16);
    assert.deepEqual(pruned.forgotten, history.slice(0, 3));
    assert.deepEqual(pruned.summary, {watermarkSlot: 20, newestSlot: 180, keptCount: 16});
  });
});
