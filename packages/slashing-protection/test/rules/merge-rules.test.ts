import assert from "node:assert/strict";
import type {AttestationRecord, BlockRecord, Epoch, Slot, Verdict} from "@mote/core";
import {testProposal, testRoot, testVote} from "@mote/testing";
import fc from "fast-check";
import {
  judgeProposal,
  mergeProposals,
  type Proposal,
  type ProposalSummary,
  watermarkProposal,
} from "../../src/rules/proposal-rules.ts";
import {
  judgeVote,
  mergeVotes,
  pruneVotes,
  summaryWithVote,
  type Vote,
  type VoteSummary,
  watermarkVote,
} from "../../src/rules/vote-rules.ts";

const record = (source: number | bigint, target: number | bigint, root: number | null = null): AttestationRecord => ({
  sourceEpoch: source as Epoch,
  targetEpoch: target as Epoch,
  signingRoot: root === null ? null : testRoot(root),
});
const block = (slot: number | bigint, root: number | null = null): BlockRecord => ({
  slot: slot as Slot,
  signingRoot: root === null ? null : testRoot(root),
});
const isSameRecord = (a: AttestationRecord, b: AttestationRecord) =>
  a.sourceEpoch === b.sourceEpoch && a.targetEpoch === b.targetEpoch && a.signingRoot === b.signingRoot;

const textOf = ({sourceEpoch, targetEpoch, signingRoot}: AttestationRecord) =>
  `${sourceEpoch} ${targetEpoch} ${signingRoot}`;

/** The votes of one key as a store would keep them, and, beside them, all that it was ever told. */
class Votes {
  history: AttestationRecord[] = [];
  summary: VoteSummary | null = null;
  readonly told: AttestationRecord[] = [];

  judge(vote: Vote): Verdict {
    return judgeVote(vote, this.history, this.summary);
  }

  vote(vote: Vote): void {
    if (this.judge(vote).kind !== "accepted") return;
    this.summary = summaryWithVote(this.summary, vote);
    this.history.push(vote);
    this.told.push(vote);
  }

  import(records: readonly AttestationRecord[]): void {
    const merged = mergeVotes(this.summary, records, (one) => this.history.some((known) => isSameRecord(known, one)));
    this.summary = merged.summary;
    this.history.push(...merged.added);
    this.told.push(...records);
  }

  prune(retainEpochs: number): void {
    if (this.summary === null) return;
    const {summary, forgotten} = pruneVotes(this.summary, this.history, retainEpochs);
    this.summary = summary;
    this.history = this.history.filter((one) => !forgotten.includes(one));
  }

  exported(): AttestationRecord[] {
    const minimum = this.summary === null ? null : watermarkVote(this.summary, this.history);
    return minimum === null ? this.history : [...this.history, minimum];
  }
}

type Step =
  | {readonly kind: "vote"; readonly vote: readonly [number, number, number]}
  | {readonly kind: "import"; readonly records: readonly (readonly [number, number, number | null])[]}
  | {readonly kind: "prune"; readonly retainEpochs: number};
const EPOCH_MAX = 9;
const epoch = fc.integer({min: 0, max: EPOCH_MAX});
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({kind: fc.constant("vote" as const), vote: fc.tuple(epoch, epoch, fc.integer({min: 0, max: 1}))}),
  fc.record({
    kind: fc.constant("import" as const),
    records: fc.uniqueArray(fc.tuple(epoch, epoch, fc.constantFrom(0, 1, null)), {
      minLength: 1,
      maxLength: 4,
      selector: String,
    }),
  }),
  fc.record({kind: fc.constant("prune" as const), retainEpochs: fc.integer({min: 1, max: 4})}),
);

function play(steps: readonly Step[]): Votes {
  const votes = new Votes();
  for (const step of steps) {
    if (step.kind === "vote") votes.vote(testVote(...step.vote));
    else if (step.kind === "import") votes.import(step.records.map((one) => record(...one)));
    else votes.prune(step.retainEpochs);
  }
  return votes;
}

/** Every vote that there is in the small world of the steps. */
const ALL_VOTES = Array.from({length: (EPOCH_MAX + 2) ** 2 * 2}, (_, n) => {
  const span = EPOCH_MAX + 2;
  return testVote(Math.floor(n / 2) % span, Math.floor(n / 2 / span), n % 2);
});

const surrounds = (outer: AttestationRecord, inner: AttestationRecord) =>
  outer.sourceEpoch < inner.sourceEpoch && inner.targetEpoch < outer.targetEpoch;

describe("mergeVotes", () => {
  const none = () => false;

  it("gives a new key the minimum over the import, source and target apart", () => {
    const {summary, added} = mergeVotes(null, [record(5, 10), record(3, 20)], none);
    assert.deepEqual(summary.watermark, {sourceEpoch: 3, targetEpoch: 10});
    assert.deepEqual([summary.newestSourceEpoch, summary.newestTargetEpoch], [5, 20]);
    assert.equal(added.length, 2);
  });

  it("never lowers a minimum, and keeps nothing at or below it", () => {
    const before = mergeVotes(null, [record(5, 10)], none).summary;
    const merged = mergeVotes(before, [record(4, 9), record(5, 10, 1), record(2, 11)], none);
    assert.deepEqual(merged.summary.watermark, {sourceEpoch: 5, targetEpoch: 10});
    assert.deepEqual(merged.added, [record(2, 11)]);
    assert.equal(merged.belowMinimumCount, 2);
  });

  it("raises the minimum source to that of a record it does not keep", () => {
    const before = mergeVotes(null, [record(0, 10)], none).summary;
    const {summary} = mergeVotes(before, [record(5, 6)], none);
    assert.deepEqual(summary.watermark, {sourceEpoch: 5, targetEpoch: 10});
    assert.equal(summary.newestSourceEpoch, 5);
  });

  it("counts what is on record and changes nothing for it", () => {
    const before = mergeVotes(null, [record(5, 10)], none).summary;
    const merged = mergeVotes(before, [record(5, 10)], () => true);
    assert.deepEqual(merged, {summary: before, added: [], knownCount: 1, belowMinimumCount: 0});
  });

  it("blocks the key by a value that no request can reach, and keeps it exactly", () => {
    const far = 2n ** 64n - 1n;
    const {summary, added} = mergeVotes(null, [record(1, 2), record(3, far)], none);
    assert.deepEqual(added[1], record(3, far));
    assert.equal(summary.watermark.targetEpoch, far);
    assert.equal(judgeVote(testVote(3, Number.MAX_SAFE_INTEGER), added, summary).kind, "refused");
  });

  it("never allows what conflicts with anything it was told", () => {
    fc.assert(
      fc.property(fc.array(step, {maxLength: 12}), (steps) => {
        const votes = play(steps);
        for (const vote of ALL_VOTES) {
          if (votes.judge(vote).kind !== "accepted") continue;
          const against = votes.told.find(
            (one) => one.targetEpoch === vote.targetEpoch || surrounds(one, vote) || surrounds(vote, one),
          );
          assert.equal(against, undefined, JSON.stringify(vote));
        }
      }),
      {numRuns: 400},
    );
  });

  it("judges every vote alike after an export into an empty store, and exports the same again", () => {
    fc.assert(
      fc.property(fc.array(step, {maxLength: 12}), (steps) => {
        const votes = play(steps);
        const copy = new Votes();
        const exported = votes.exported();
        if (exported.length > 0) copy.import(exported);
        assert.deepEqual(new Set(copy.exported().map(textOf)), new Set(exported.map(textOf)));
        assert.equal(copy.exported().length, exported.length);
        for (const vote of ALL_VOTES) {
          assert.equal(copy.judge(vote).kind, votes.judge(vote).kind, JSON.stringify(vote));
        }
      }),
      {numRuns: 400},
    );
  });
});

describe("mergeProposals", () => {
  const none = () => false;
  const judge = (slot: number, history: readonly BlockRecord[], summary: ProposalSummary) => {
    const proposal: Proposal = testProposal(slot, 7);
    return judgeProposal(
      proposal,
      history.filter((one) => one.slot === slot),
      summary,
    ).kind;
  };

  it("gives a new key the lowest slot of the import, and never lowers it", () => {
    const first = mergeProposals(null, [block(20), block(10)], none);
    assert.deepEqual(first.summary, {watermarkSlot: 10, newestSlot: 20, keptCount: 2});
    const second = mergeProposals(first.summary, [block(5), block(10, 3), block(15)], none);
    assert.deepEqual(second.added, [block(15)]);
    assert.equal(second.belowMinimumCount, 2);
    assert.deepEqual(second.summary, {watermarkSlot: 10, newestSlot: 20, keptCount: 3});
  });

  it("blocks the key by a slot that no request can reach", () => {
    const far = 2n ** 53n;
    const {summary, added} = mergeProposals(null, [block(1), block(far)], none);
    assert.equal(summary.watermarkSlot, far);
    assert.equal(judge(Number.MAX_SAFE_INTEGER, added, summary), "refused");
  });

  it("exports the minimum where no record lies at it", () => {
    assert.equal(
      watermarkProposal({watermarkSlot: 10 as Slot, newestSlot: 20 as Slot, keptCount: 1}, [block(10)]),
      null,
    );
    assert.deepEqual(
      watermarkProposal({watermarkSlot: 10 as Slot, newestSlot: 20 as Slot, keptCount: 1}, [block(20)]),
      block(10),
    );
  });
});
