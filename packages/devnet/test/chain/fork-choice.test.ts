import assert from "node:assert/strict";
import type {Epoch, Root, Slot, ValidatorIndex} from "@mote/core";
import {ForkChoice, type ForkChoiceBlock} from "../../src/chain/fork-choice.ts";
import type {ChainCheckpoint} from "../../src/chain/types.ts";

const SLOTS_PER_EPOCH = 4;
/** 12 validators of weight 1: one slot's committee weighs 3, and the boost 1.2. */
const BALANCES = Array.from({length: 12}, () => 1);

const root = (name: string) => `0x${name}` as Root;
const checkpoint = (epoch: number, name: string): ChainCheckpoint => ({epoch: epoch as Epoch, root: root(name)});
const GENESIS = checkpoint(0, "00");

interface BlockSpec {
  readonly justified?: ChainCheckpoint;
  readonly finalized?: ChainCheckpoint;
  readonly unrealizedJustified?: ChainCheckpoint;
  readonly unrealizedFinalized?: ChainCheckpoint;
}

function block(name: string, parent: string, slot: number, spec: BlockSpec = {}): ForkChoiceBlock {
  const justified = spec.justified ?? GENESIS;
  const finalized = spec.finalized ?? GENESIS;
  return {
    root: root(name),
    parentRoot: root(parent),
    slot: slot as Slot,
    justified,
    finalized,
    unrealizedJustified: spec.unrealizedJustified ?? justified,
    unrealizedFinalized: spec.unrealizedFinalized ?? finalized,
  };
}

function forkChoice(balances: (checkpoint: ChainCheckpoint) => ArrayLike<number> = () => BALANCES): ForkChoice {
  const init = {genesisRoot: root("00"), slotsPerEpoch: SLOTS_PER_EPOCH, proposerScoreBoostPercent: 40};
  return new ForkChoice(init, {effectiveBalances: balances});
}

const vote = (validatorIndex: number, slot: number, name: string) => ({
  validatorIndex: validatorIndex as ValidatorIndex,
  slot: slot as Slot,
  targetEpoch: Math.floor(slot / SLOTS_PER_EPOCH) as Epoch,
  blockRoot: root(name),
});

describe("fork choice", () => {
  it("follows the heavier subtree, not the longer chain", () => {
    const choice = forkChoice();
    for (const b of [block("a1", "00", 1), block("a2", "a1", 2), block("a3", "a2", 3), block("b1", "00", 1)]) {
      choice.onBlock(b, false);
    }
    choice.onVote(vote(0, 1, "b1"));
    choice.onVote(vote(1, 1, "b1"));
    choice.onVote(vote(2, 2, "a2"));
    choice.onSlot(3 as Slot);
    assert.equal(choice.head(), root("b1"));
    choice.onVote(vote(3, 1, "a1"));
    choice.onVote(vote(4, 2, "a3"));
    assert.equal(choice.head(), root("a3"));
  });

  it("breaks ties by the greater root", () => {
    const choice = forkChoice();
    choice.onBlock(block("bb", "00", 1), false);
    choice.onBlock(block("cc", "00", 1), false);
    choice.onBlock(block("aa", "00", 1), false);
    assert.equal(choice.head(), root("cc"));
  });

  it("counts a vote from the slot after its own", () => {
    const choice = forkChoice();
    choice.onBlock(block("aa", "00", 1), false);
    choice.onBlock(block("bb", "00", 1), false);
    choice.onSlot(1 as Slot);
    choice.onVote(vote(0, 1, "aa"));
    assert.equal(choice.head(), root("bb"));
    choice.onSlot(2 as Slot);
    assert.equal(choice.head(), root("aa"));
  });

  it("keeps a validator's latest vote only", () => {
    const choice = forkChoice();
    choice.onBlock(block("aa", "00", 1), false);
    choice.onBlock(block("bb", "00", 1), false);
    choice.onVote(vote(0, 1, "bb"));
    choice.onVote(vote(1, 1, "bb"));
    choice.onSlot(8 as Slot);
    choice.onVote(vote(0, 5, "aa"));
    choice.onVote(vote(1, 6, "aa"));
    // Older than what is known of them: ignored.
    choice.onVote(vote(0, 2, "bb"));
    choice.onVote(vote(1, 3, "bb"));
    assert.equal(choice.head(), root("aa"));
  });

  it("boosts the first timely block of the slot, for that slot", () => {
    const choice = forkChoice();
    choice.onBlock(block("ff", "00", 1), false);
    choice.onSlot(2 as Slot);
    choice.onBlock(block("aa", "00", 2), true);
    choice.onBlock(block("bb", "00", 2), true);
    assert.equal(choice.head(), root("aa"));
    choice.onSlot(3 as Slot);
    assert.equal(choice.head(), root("ff"));
  });

  it("does not boost late blocks or those of other slots", () => {
    const choice = forkChoice();
    choice.onBlock(block("ff", "00", 1), false);
    choice.onSlot(2 as Slot);
    choice.onBlock(block("aa", "00", 2), false);
    choice.onBlock(block("bb", "00", 1), true);
    assert.equal(choice.head(), root("ff"));
  });

  it("gives the boost 40% of a slot's committee", () => {
    for (const [votes, expected] of [
      [1, "aa"],
      [2, "ff"],
    ] as const) {
      const choice = forkChoice();
      choice.onBlock(block("ff", "00", 1), false);
      for (let i = 0; i < votes; i++) choice.onVote(vote(i, 1, "ff"));
      choice.onSlot(2 as Slot);
      choice.onBlock(block("aa", "00", 2), true);
      assert.equal(choice.head(), root(expected));
    }
  });

  it("weighs with the balances of the justified state", () => {
    const choice = forkChoice(({epoch}) => (epoch === 0 ? BALANCES : [9, 1, 1]));
    choice.onBlock(block("j1", "00", 4), false);
    choice.onBlock(block("aa", "j1", 8, {justified: checkpoint(1, "j1")}), false);
    choice.onBlock(block("bb", "j1", 8, {justified: checkpoint(1, "j1")}), false);
    choice.onVote(vote(0, 8, "aa"));
    choice.onVote(vote(1, 8, "bb"));
    choice.onVote(vote(2, 8, "bb"));
    choice.onSlot(9 as Slot);
    assert.deepEqual(choice.justified, checkpoint(1, "j1"));
    assert.equal(choice.head(), root("aa"));
  });

  it("leaves out branches whose voting source is too old", () => {
    const choice = forkChoice();
    choice.onSlot(20 as Slot);
    // The heavy branch never justified anything; the light one justified epoch 4.
    choice.onBlock(block("aa", "00", 17), false);
    for (let i = 0; i < 5; i++) choice.onVote(vote(i, 17, "aa"));
    choice.onBlock(block("b1", "00", 16), false);
    assert.equal(choice.head(), root("aa"));
    choice.onBlock(block("b2", "b1", 18, {unrealizedJustified: checkpoint(4, "b1")}), false);
    assert.deepEqual(choice.justified, checkpoint(4, "b1"));
    assert.equal(choice.head(), root("b2"));
  });

  it("realizes at the epoch's end what its blocks justify", () => {
    const choice = forkChoice();
    choice.onSlot(6 as Slot);
    choice.onBlock(block("aa", "00", 6, {unrealizedJustified: checkpoint(1, "00")}), true);
    assert.equal(choice.justified.epoch, 0);
    choice.onSlot(8 as Slot);
    assert.equal(choice.justified.epoch, 1);
  });

  it("prunes what finality rules out, and goes on", () => {
    const choice = forkChoice();
    choice.onBlock(block("a1", "00", 4), false);
    choice.onBlock(block("b1", "00", 5), false);
    const final = {justified: checkpoint(1, "a1"), finalized: checkpoint(1, "a1")};
    choice.onBlock(block("a2", "a1", 8, final), false);
    assert.deepEqual(choice.prune().sort(), [root("00"), root("b1")]);
    assert.equal(choice.head(), root("a2"));
    assert.equal(choice.descendsFrom(root("a2"), root("b1")), false);
    choice.onBlock(block("a3", "a2", 9, final), false);
    assert.equal(choice.head(), root("a3"));
    assert.throws(() => choice.onBlock(block("b2", "b1", 9), false), /unknown/);
  });
});
