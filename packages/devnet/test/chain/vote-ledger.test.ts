import assert from "node:assert/strict";
import type {Epoch, Root, Slot, ValidatorIndex} from "@mote/core";
import {type IncludedVotes, VoteLedger} from "../../src/chain/vote-ledger.ts";

const SLOTS_PER_EPOCH = 4;
const HEAD = "0xaa" as Root;
const OTHER = "0xbb" as Root;
const indices = (...list: number[]) => list as ValidatorIndex[];

function ledgerOn(votes: IncludedVotes[]): VoteLedger {
  const chain = {
    rootAtSlot: () => HEAD,
    votesSince: (slot: Slot) => votes.filter((included) => included.slot >= slot),
  };
  return new VoteLedger({slotsPerEpoch: SLOTS_PER_EPOCH}, {chain});
}

const included = (slot: number, validators: number[], {blockRoot = HEAD, targetRoot = HEAD} = {}): IncludedVotes => ({
  slot: slot as Slot,
  targetEpoch: Math.floor(slot / SLOTS_PER_EPOCH) as Epoch,
  blockRoot,
  targetRoot,
  validators: validators as ValidatorIndex[],
});

describe("vote ledger", () => {
  it("follows a vote from expected to included", () => {
    const votes: IncludedVotes[] = [];
    const ledger = ledgerOn(votes);
    ledger.beginSlot(0 as Slot, indices(3, 5, 9));
    ledger.published(0 as Slot, 5 as ValidatorIndex);
    ledger.published(0 as Slot, 9 as ValidatorIndex);
    votes.push(included(0, [9]));
    ledger.chainChanged();
    assert.deepEqual(
      ledger.slot(0 as Slot)?.cells.map(({cell}) => cell),
      ["expected", "published", "included"],
    );
    assert.equal(ledger.totals().expected, 0, "the window is open");
  });

  it("counts as missed only what no block may carry any more", () => {
    const ledger = ledgerOn([included(1, [1])]);
    ledger.beginSlot(1 as Slot, indices(1, 2));
    for (let slot = 2; slot <= 7; slot++) ledger.beginSlot(slot as Slot, []);
    assert.equal(ledger.totals().missed, 0);
    ledger.beginSlot(8 as Slot, []);
    assert.deepEqual(ledger.totals(), {
      expected: 2,
      published: 0,
      included: 1,
      missed: 1,
      correctHead: 1,
      correctTarget: 1,
    });
    assert.deepEqual(
      ledger.slot(1 as Slot)?.cells.map(({cell}) => cell),
      ["included", "missed"],
    );
  });

  it("judges head and target by the canonical chain, and counts a vote once", () => {
    const ledger = ledgerOn([
      included(0, [1], {blockRoot: OTHER}),
      included(0, [1, 2], {targetRoot: OTHER}),
      included(0, [3]),
    ]);
    ledger.beginSlot(0 as Slot, indices(1, 2, 3));
    ledger.chainChanged();
    const figures = ledger.slot(0 as Slot);
    assert.deepEqual([figures?.included, figures?.correctHead, figures?.correctTarget], [3, 2, 2]);
  });

  it("takes back what a reorg took out", () => {
    const votes = [included(0, [1])];
    const ledger = ledgerOn(votes);
    ledger.beginSlot(0 as Slot, indices(1));
    assert.equal(ledger.slot(0 as Slot)?.included, 1);
    votes.length = 0;
    ledger.chainChanged();
    assert.equal(ledger.slot(0 as Slot)?.included, 0);
  });

  it("keeps its totals when the slots themselves are forgotten", () => {
    const votes = [included(0, [1])];
    const ledger = ledgerOn(votes);
    for (let slot = 0; slot <= 40; slot++) ledger.beginSlot(slot as Slot, slot === 0 ? indices(1, 2) : []);
    votes.length = 0;
    ledger.chainChanged();
    assert.equal(ledger.slot(0 as Slot), null);
    const {expected, included: inChain, missed} = ledger.totals();
    assert.deepEqual([expected, inChain, missed], [2, 1, 1]);
  });
});
