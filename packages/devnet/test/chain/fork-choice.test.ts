import assert from "node:assert/strict";
import type {Epoch, Root, Slot, ValidatorIndex} from "@mote/core";
import {ForkChoice, type ForkChoiceBlock} from "../../src/chain/fork-choice.ts";
import type {ChainCheckpoint} from "../../src/chain/types.ts";

const SLOTS_PER_EPOCH = 4;
const PTC_SIZE = 4;
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
  /** Of a block of Gloas. */
  readonly parentPayload?: "empty" | "full";
}

function block(name: string, parent: string, slot: number, spec: BlockSpec = {}): ForkChoiceBlock {
  const justified = spec.justified ?? GENESIS;
  const finalized = spec.finalized ?? GENESIS;
  return {
    root: root(name),
    parentRoot: root(parent),
    slot: slot as Slot,
    hasPayloadApart: spec.parentPayload !== undefined,
    parentPayload: spec.parentPayload ?? "full",
    justified,
    finalized,
    unrealizedJustified: spec.unrealizedJustified ?? justified,
    unrealizedFinalized: spec.unrealizedFinalized ?? finalized,
  };
}

function forkChoice(balances: (checkpoint: ChainCheckpoint) => ArrayLike<number> = () => BALANCES): ForkChoice {
  const init = {
    genesisRoot: root("00"),
    slotsPerEpoch: SLOTS_PER_EPOCH,
    proposerScoreBoostPercent: 40,
    payloadCommitteeSize: PTC_SIZE,
  };
  return new ForkChoice(init, {effectiveBalances: balances});
}

const vote = (validatorIndex: number, slot: number, name: string, payloadPresent = false) => ({
  validatorIndex: validatorIndex as ValidatorIndex,
  slot: slot as Slot,
  blockRoot: root(name),
  payloadPresent,
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
    assert.equal(choice.head().root, root("b1"));
    choice.onVote(vote(3, 1, "a1"));
    choice.onVote(vote(4, 2, "a3"));
    assert.equal(choice.head().root, root("a3"));
  });

  it("breaks ties by the greater root", () => {
    const choice = forkChoice();
    choice.onBlock(block("bb", "00", 1), false);
    choice.onBlock(block("cc", "00", 1), false);
    choice.onBlock(block("aa", "00", 1), false);
    assert.equal(choice.head().root, root("cc"));
  });

  it("counts a vote from the slot after its own", () => {
    const choice = forkChoice();
    choice.onBlock(block("aa", "00", 1), false);
    choice.onBlock(block("bb", "00", 1), false);
    choice.onSlot(1 as Slot);
    choice.onVote(vote(0, 1, "aa"));
    assert.equal(choice.head().root, root("bb"));
    choice.onSlot(2 as Slot);
    assert.equal(choice.head().root, root("aa"));
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
    assert.equal(choice.head().root, root("aa"));
  });

  it("boosts the first timely block of the slot, for that slot", () => {
    const choice = forkChoice();
    choice.onBlock(block("ff", "00", 1), false);
    choice.onSlot(2 as Slot);
    choice.onBlock(block("aa", "00", 2), true);
    choice.onBlock(block("bb", "00", 2), true);
    assert.equal(choice.head().root, root("aa"));
    choice.onSlot(3 as Slot);
    assert.equal(choice.head().root, root("ff"));
  });

  it("does not boost late blocks or those of other slots", () => {
    const choice = forkChoice();
    choice.onBlock(block("ff", "00", 1), false);
    choice.onSlot(2 as Slot);
    choice.onBlock(block("aa", "00", 2), false);
    choice.onBlock(block("bb", "00", 1), true);
    assert.equal(choice.head().root, root("ff"));
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
      assert.equal(choice.head().root, root(expected));
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
    assert.equal(choice.head().root, root("aa"));
  });

  it("leaves out branches whose voting source is too old", () => {
    const choice = forkChoice();
    choice.onSlot(20 as Slot);
    // The heavy branch never justified anything; the light one justified epoch 4.
    choice.onBlock(block("aa", "00", 17), false);
    for (let i = 0; i < 5; i++) choice.onVote(vote(i, 17, "aa"));
    choice.onBlock(block("b1", "00", 16), false);
    assert.equal(choice.head().root, root("aa"));
    choice.onBlock(block("b2", "b1", 18, {unrealizedJustified: checkpoint(4, "b1")}), false);
    assert.deepEqual(choice.justified, checkpoint(4, "b1"));
    assert.equal(choice.head().root, root("b2"));
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
    assert.equal(choice.head().root, root("a2"));
    assert.equal(choice.descendsFrom(root("a2"), root("b1")), false);
    choice.onBlock(block("a3", "a2", 9, final), false);
    assert.equal(choice.head().root, root("a3"));
    assert.throws(() => choice.onBlock(block("b2", "b1", 9), false), /unknown/);
  });
});

describe("fork choice over payloads", () => {
  /** Block a1 of Gloas in slot 1 on genesis. */
  function withPayloadApart(): ForkChoice {
    const choice = forkChoice();
    choice.onSlot(1 as Slot);
    choice.onBlock(block("a1", "00", 1, {parentPayload: "full"}), true);
    return choice;
  }
  const seats = (count: number) => Array.from({length: count}, (_, seat) => seat);
  const committeeVote = (count: number, payloadPresent: boolean) => ({
    blockRoot: root("a1"),
    seats: seats(count),
    payloadPresent,
    blobDataAvailable: payloadPresent,
  });

  it("is empty until the payload is known, and full from then on", () => {
    const choice = withPayloadApart();
    assert.deepEqual(choice.head(), {root: root("a1"), payloadStatus: "empty"});
    choice.onPayload(root("a1"));
    assert.deepEqual(choice.head(), {root: root("a1"), payloadStatus: "full"});
    choice.onSlot(2 as Slot);
    assert.equal(choice.head().payloadStatus, "full");
  });

  it("follows the votes between a block with its payload and without", () => {
    const choice = withPayloadApart();
    choice.onPayload(root("a1"));
    choice.onVote(vote(0, 2, "a1", false));
    choice.onVote(vote(1, 2, "a1", false));
    choice.onVote(vote(2, 2, "a1", true));
    choice.onSlot(3 as Slot);
    assert.equal(choice.head().payloadStatus, "empty");
    choice.onVote(vote(3, 2, "a1", true));
    choice.onVote(vote(4, 2, "a1", true));
    assert.equal(choice.head().payloadStatus, "full");
  });

  it("counts votes of the block's own slot for both", () => {
    const choice = withPayloadApart();
    choice.onPayload(root("a1"));
    choice.onVote(vote(0, 1, "a1", false));
    choice.onSlot(3 as Slot);
    assert.equal(choice.head().payloadStatus, "full", "a tie goes to the payload");
  });

  it("walks on only along what the next block builds on", () => {
    const choice = withPayloadApart();
    choice.onPayload(root("a1"));
    choice.onSlot(2 as Slot);
    choice.onBlock(block("bb", "a1", 2, {parentPayload: "empty"}), false);
    choice.onBlock(block("cc", "a1", 2, {parentPayload: "full"}), false);
    choice.onSlot(3 as Slot);
    assert.equal(choice.head().root, root("cc"));
    choice.onVote(vote(0, 2, "bb"));
    choice.onSlot(4 as Slot);
    assert.equal(choice.head().root, root("bb"));
    assert.deepEqual(choice.parentOf(root("bb")), {root: root("a1"), payloadStatus: "empty"});
  });

  it("lets a boosted block leave out the payload of the slot before, unless the committee has seen it", () => {
    for (const [seen, expected] of [
      [2, "bb"],
      [3, "a1"],
    ] as const) {
      const choice = withPayloadApart();
      choice.onPayload(root("a1"));
      choice.onPayloadVote(committeeVote(seen, true));
      choice.onSlot(2 as Slot);
      choice.onBlock(block("bb", "a1", 2, {parentPayload: "empty"}), true);
      assert.equal(choice.head().root, root(expected), `${seen} of 4 seats`);
    }
  });

  it("builds without the payload that most of the committee missed", () => {
    const choice = withPayloadApart();
    choice.onPayload(root("a1"));
    choice.onPayloadVote(committeeVote(2, false));
    assert.equal(choice.shouldBuildOnFull(choice.head(), 2 as Slot), true);
    choice.onPayloadVote(committeeVote(3, false));
    assert.equal(choice.shouldBuildOnFull(choice.head(), 2 as Slot), false);
    assert.equal(choice.shouldBuildOnFull(choice.head(), 3 as Slot), true, "later the votes have decided");
  });

  it("hears no more of those who are proven to have voted twice", () => {
    const choice = forkChoice();
    choice.onBlock(block("aa", "00", 1), false);
    choice.onBlock(block("bb", "00", 1), false);
    choice.onVote(vote(0, 1, "aa"));
    choice.onSlot(2 as Slot);
    assert.equal(choice.head().root, root("aa"));
    choice.onEquivocation([0 as ValidatorIndex]);
    assert.equal(choice.head().root, root("bb"));
  });
});
