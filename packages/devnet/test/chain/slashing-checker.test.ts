import assert from "node:assert/strict";
import type {Epoch, Root, Slot, ValidatorIndex} from "@mote/core";
import {SlashingChecker} from "../../src/chain/slashing-checker.ts";

const vote = (
  sourceEpoch: number,
  targetEpoch: number,
  root = `${sourceEpoch}-${targetEpoch}`,
  validatorIndex = 7,
) => ({
  validatorIndex: validatorIndex as ValidatorIndex,
  sourceEpoch: sourceEpoch as Epoch,
  targetEpoch: targetEpoch as Epoch,
  root: `0x${root}` as Root,
});
const block = (slot: number, root: string, proposerIndex = 7) => ({
  proposerIndex: proposerIndex as ValidatorIndex,
  slot: slot as Slot,
  root: `0x${root}` as Root,
});

function seen(...votes: ReturnType<typeof vote>[]) {
  const checker = new SlashingChecker();
  for (const each of votes) checker.onVote(each, true);
  return checker.report();
}

describe("slashing checker", () => {
  it("finds nothing in honest votes, however often they come", () => {
    const report = seen(vote(0, 1), vote(1, 2), vote(1, 2), vote(0, 1), vote(1, 3), vote(3, 4));
    assert.deepEqual(report, {slashableMessages: 0, offences: [], badlySigned: 0, undecided: 0});
  });

  for (const [kind, first, second] of [
    ["double_vote", vote(0, 1, "aa"), vote(0, 1, "bb")],
    ["surrounding_vote", vote(2, 3), vote(1, 4)],
    ["surrounded_vote", vote(1, 4), vote(2, 3)],
  ] as const) {
    it(`finds a ${kind.replace("_", " ")}, once`, () => {
      const {slashableMessages, offences} = seen(first, second, second, first);
      assert.equal(slashableMessages, 1);
      assert.deepEqual(offences, [{kind, validatorIndex: 7, message: second, earlier: first}]);
    });
  }

  it("allows the same source and nested bounds that touch", () => {
    assert.equal(seen(vote(1, 2), vote(1, 3), vote(2, 4), vote(0, 1)).slashableMessages, 0);
  });

  it("keeps validators apart", () => {
    assert.equal(seen(vote(0, 1, "aa", 1), vote(0, 1, "bb", 2)).slashableMessages, 0);
  });

  it("finds a double proposal", () => {
    const checker = new SlashingChecker();
    checker.onBlock(block(3, "aa"), true);
    checker.onBlock(block(3, "aa"), true);
    checker.onBlock(block(4, "bb"), true);
    checker.onBlock(block(4, "cc", 8), true);
    assert.equal(checker.report().slashableMessages, 0);
    checker.onBlock(block(3, "dd"), true);
    assert.deepEqual(checker.report().offences, [
      {kind: "double_proposal", validatorIndex: 7, message: block(3, "dd"), earlier: block(3, "aa")},
    ]);
  });

  it("blames nobody for what was not signed by him", () => {
    const checker = new SlashingChecker();
    checker.onVote(vote(0, 1, "aa"), true);
    checker.onVote(vote(0, 1, "bb"), false);
    checker.onBlock(block(3, "aa"), true);
    checker.onBlock(block(3, "bb"), false);
    const {slashableMessages, badlySigned} = checker.report();
    assert.deepEqual({slashableMessages, badlySigned}, {slashableMessages: 0, badlySigned: 2});
  });

  it("forgets the distant past, and says when that matters", () => {
    const checker = new SlashingChecker();
    for (let epoch = 1; epoch <= 300; epoch++) checker.onVote(vote(epoch - 1, epoch), true);
    assert.equal(checker.report().undecided, 0);
    checker.onVote(vote(9, 10, "other"), true);
    assert.deepEqual([checker.report().slashableMessages, checker.report().undecided], [0, 1]);
    checker.onVote(vote(298, 299, "other"), true);
    assert.equal(checker.report().slashableMessages, 1);
  });
});
