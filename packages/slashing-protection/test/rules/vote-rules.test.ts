import assert from "node:assert/strict";
import type {AttestationRecord, Epoch, Verdict} from "@mote/core";
import {highest, lowest, testRoot, testVote} from "@mote/testing";
import fc from "fast-check";
import {
  isVotePruningDue,
  judgeVote,
  judgeVoteBySummary,
  pruneVotes,
  summaryWithVote,
  type Vote,
  type VoteSummary,
} from "../../src/rules/vote-rules.ts";

const record = (source: number, target: number, root: number | null = null): AttestationRecord => ({
  sourceEpoch: source as Epoch,
  targetEpoch: target as Epoch,
  signingRoot: root === null ? null : testRoot(root),
});

/** The summary of a history of which nothing was pruned. */
function summaryOf(history: readonly AttestationRecord[]): VoteSummary | null {
  if (history.length === 0) return null;
  const sources = history.map((other) => other.sourceEpoch);
  const targets = history.map((other) => other.targetEpoch);
  return {
    watermark: {sourceEpoch: lowest(sources), targetEpoch: lowest(targets)},
    newestSourceEpoch: highest(sources),
    newestTargetEpoch: highest(targets),
  };
}

const short = (verdict: Verdict) => (verdict.kind === "refused" ? verdict.reason : verdict.kind);

describe("judgeVote", () => {
  const history = [record(2, 3, 1), record(4, 9, 2), record(9, 10)];
  const cases: readonly [string, Vote, string][] = [
    ["a vote ahead of all", testVote(10, 11), "accepted"],
    ["a vote in a gap that nothing spans", testVote(3, 4), "accepted"],
    ["a source after its target", testVote(12, 11), "SOURCE_AFTER_TARGET"],
    ["the same vote", {...testVote(4, 9), signingRoot: testRoot(2)}, "already_signed"],
    ["the same vote at the minimum", {...testVote(2, 3), signingRoot: testRoot(1)}, "already_signed"],
    ["another root for a target", testVote(4, 9), "DOUBLE_VOTE"],
    ["any root for a target whose root is not known", testVote(9, 10, 0), "DOUBLE_VOTE"],
    ["a vote around another", testVote(3, 10 + 1), "SURROUNDING_VOTE"],
    ["a vote within another", testVote(5, 8), "SURROUNDED_VOTE"],
    ["a source below the minimum", testVote(1, 2), "SOURCE_BELOW_MINIMUM"],
    ["a target below the minimum", testVote(2, 2), "TARGET_NOT_ABOVE_MINIMUM"],
  ];
  for (const [name, vote, expected] of cases) {
    it(`${name}: ${expected}`, () => {
      assert.equal(short(judgeVote(vote, history, summaryOf(history))), expected);
    });
  }

  it("takes anything sane for a new key", () => {
    assert.equal(judgeVote(testVote(0, 0), [], null).kind, "accepted");
  });

  it("signs nothing at the minimum target when what was there is forgotten", () => {
    const summary = summaryOf(history);
    assert.equal(short(judgeVote(testVote(2, 3), history.slice(1), summary)), "TARGET_NOT_ABOVE_MINIMUM");
    assert.equal(short(judgeVote(testVote(2, 4), history.slice(1), summary)), "accepted");
  });

  it("finds the known vote among conflicting imports of its target", () => {
    const imported = [record(2, 3, 7), record(2, 3), record(2, 3, 8)];
    assert.equal(short(judgeVote(testVote(2, 3, 8), imported, summaryOf(imported))), "already_signed");
    assert.equal(short(judgeVote(testVote(2, 3, 9), imported, summaryOf(imported))), "DOUBLE_VOTE");
  });

  it("minds a record whose source is after its target", () => {
    const imported = [record(5, 2)];
    assert.equal(short(judgeVote(testVote(3, 4), imported, summaryOf(imported))), "SURROUNDING_VOTE");
  });
});

/** Fails with a minimal example; fast-check prints the seed beside it. */
describe("rules over any history, slashable imports among it", () => {
  const records = fc.tuple(fc.nat(20), fc.nat(20), fc.option(fc.nat(2))).map((fields) => record(...fields));
  const someHistory = fc.array(records, {maxLength: 12});
  const someVote = fc.tuple(fc.nat(22), fc.nat(22), fc.nat(2)).map((fields) => testVote(...fields));

  it("the summary accepts nothing that the history refuses", () => {
    const property = fc.property(someHistory, someVote, (history, vote) => {
      const summary = summaryOf(history);
      const quick = judgeVoteBySummary(vote, summary);
      if (quick !== null) assert.equal(short(quick), short(judgeVote(vote, history, summary)));
    });
    fc.assert(property, {numRuns: 2000});
  });

  it("pruning opens nothing: what was refused before is refused after", () => {
    const property = fc.property(someHistory, someVote, fc.nat(10), (history, vote, retainEpochs) => {
      const summary = summaryOf(history);
      fc.pre(summary !== null);
      const pruned = pruneVotes(summary, history, retainEpochs + 1);
      const kept = history.filter((other) => !pruned.forgotten.includes(other));
      const before = judgeVote(vote, history, summary);
      const after = judgeVote(vote, kept, pruned.summary);
      if (before.kind === "refused") assert.equal(after.kind, "refused");
      if (before.kind === "already_signed") assert.notEqual(after.kind, "accepted");
      assert(pruned.summary.watermark.sourceEpoch >= summary.watermark.sourceEpoch);
      assert(pruned.summary.watermark.targetEpoch >= summary.watermark.targetEpoch);
      assert(kept.some((other) => other.targetEpoch === summary.newestTargetEpoch));
    });
    fc.assert(property, {numRuns: 2000});
  });
});

describe("pruning of votes", () => {
  const forward = (count: number) => Array.from({length: count}, (_, n) => testVote(n, n + 1));
  const summarise = (votes: readonly Vote[]) => {
    const summary = votes.reduce<VoteSummary | null>(summaryWithVote, null);
    assert(summary !== null);
    return summary;
  };

  it("comes in lots, and not before the retained epochs are over", () => {
    assert.equal(isVotePruningDue(summarise(forward(17)), 16), false);
    assert.equal(isVotePruningDue(summarise(forward(19)), 16), false);
    assert.equal(isVotePruningDue(summarise(forward(20)), 16), true);
  });

  it("forgets what lies behind and raises the watermark over it", () => {
    const votes = forward(20);
    const pruned = pruneVotes(summarise(votes), votes, 16);
    assert.deepEqual(pruned.forgotten, votes.slice(0, 3));
    assert.deepEqual(pruned.summary.watermark, {sourceEpoch: 2, targetEpoch: 3});
    assert.equal(isVotePruningDue(pruned.summary, 16), false);
  });
});
