import assert from "node:assert/strict";
import {BitArray} from "@chainsafe/ssz";
import {SYNC_COMMITTEE_SIZE} from "@lodestar/params";
import type {Root, Slot} from "@mote/core";
import {DutyLedger, PublishTally} from "../../src/chain/duty-ledger.ts";
import type {ChainBlock, ChainState} from "../../src/chain/types.ts";

/** Slots whose block has only half of the sync committee. */
const isHalf = (slot: number) => slot % 10 === 0;
const rootAt = (slot: number, branch = "a") => `0x${branch}${slot}` as Root;

/** A block that says no more than the ledger wants to know. */
function block(slot: number, parent: Root, branch?: string): ChainBlock {
  const bits = Array.from({length: SYNC_COMMITTEE_SIZE}, (_, seat) => !isHalf(slot) || seat % 2 === 0);
  const syncAggregate = {syncCommitteeBits: BitArray.fromBoolArray(bits)};
  const signed = {message: {body: {syncAggregate}}};
  return {root: rootAt(slot, branch), slot: slot as Slot, parentRoot: parent, signed} as unknown as ChainBlock;
}

class Books {
  /** Newest first. */
  chain: ChainBlock[] = [];
  readonly ledger = new DutyLedger({canonical: () => this.chain, isGloas: () => false});

  add(next: ChainBlock): void {
    this.chain = [next, ...this.chain];
    this.ledger.onBlock(next, {} as ChainState);
  }

  /** Every fifth slot is missed, every seventh is not expected to have a block. */
  playTo(last: number): void {
    for (let slot = 1; slot <= last; slot++) {
      this.ledger.beginSlot(slot as Slot, (slot - 1) % 7 !== 0);
      if (slot % 5 !== 0 && slot % 7 !== 0) this.add(block(slot, this.chain[0]?.root ?? rootAt(0)));
    }
  }
}

const countTo = (last: number, holds: (slot: number) => boolean) =>
  Array.from({length: last}, (_, i) => i + 1).filter(holds).length;

describe("duty ledger", () => {
  it("counts the slots that are over, also when their blocks are forgotten", () => {
    const books = new Books();
    books.playTo(400);
    books.chain = books.chain.slice(0, 200);
    const expected = countTo(399, (slot) => slot % 7 !== 0);
    const included = countTo(399, (slot) => slot % 7 !== 0 && slot % 5 !== 0);
    assert.deepEqual(books.ledger.figures().proposals, {expected, included, missed: expected - included});
  });

  it("has the seats of canonical blocks only, and follows a reorg", () => {
    const books = new Books();
    books.add(block(9, rootAt(8)));
    assert.equal(books.ledger.figures().syncCommittee.participation, 1);
    books.ledger.beginSlot(12 as Slot, true);
    const common = books.chain;
    books.add(block(10, rootAt(9)));
    assert.equal(books.ledger.figures().syncCommittee.participation, 0.75);
    books.chain = common;
    books.add(block(11, rootAt(9), "b"));
    assert.equal(books.ledger.figures().syncCommittee.participation, 1);
  });

  it("is content before there is anything", () => {
    const {ledger} = new Books();
    assert.deepEqual(ledger.figures(), {
      proposals: {expected: 0, included: 0, missed: 0},
      syncCommittee: {participation: 1},
      payloadAttestations: {expected: 0, included: 0, missed: 0},
    });
  });
});

describe("publish tally", () => {
  it("counts a message once, and every refusal", () => {
    const tally = new PublishTally();
    tally.count("a", 1 as Slot, {kind: "accepted"});
    tally.count("a", 1 as Slot, {kind: "duplicate"});
    tally.count("b", 1 as Slot, {kind: "duplicate"});
    tally.count("c", 1 as Slot, {kind: "refused", reason: ""});
    assert.deepEqual(tally.figures, {published: 2, rejected: 1});
  });
});
