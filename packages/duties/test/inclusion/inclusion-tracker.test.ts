import assert from "node:assert/strict";
import type {Attestation} from "@mote/core";
import {FakeDutyJournal, FakeInclusionSource, FakeLog} from "@mote/testing";
import {dutyKey} from "../../src/duty-key.ts";
import {InclusionTracker} from "../../src/inclusion/inclusion-tracker.ts";
import {DUE_MS, data, duty, fakeTime, head, root, SLOT_MS, signature, slot} from "../support/world.ts";

/** Committee 0 and 1 have 4 members each in every slot. */
const COMMITTEES = [4, 4];

/** An attestation of `members` (places in committee 0) over the data of `atSlot`. */
function attestation(
  atSlot: number,
  members: readonly number[],
  over: Partial<ReturnType<typeof data>> = {},
): Attestation {
  const bits = members.reduce((byte, member) => byte | (1 << member), 0);
  return {
    aggregationBits: {bits: Uint8Array.of(bits), length: 4},
    committeeBits: {bits: Uint8Array.of(1), length: 4},
    data: {...data(atSlot), ...over},
    signature: signature(1),
  };
}

describe("InclusionTracker", () => {
  function setUp() {
    const {clock, slotClock} = fakeTime(9);
    const journal = new FakeDutyJournal();
    const lengthsAskedFor: number[] = [];
    const source = new FakeInclusionSource({
      committeeLengths: (of) => {
        lengthsAskedFor.push(of);
        return COMMITTEES;
      },
    });
    const arrivals = {ofVote: () => "no peer sent the vote back"};
    const tracker = new InclusionTracker({source, journal, slotClock, arrivals, log: new FakeLog()});
    const addBlock = (name: number, atSlot: number, parent: number, attestations: Attestation[] = []) => {
      source.blocks.set(root(name), {slot: slot(atSlot), parentRoot: root(parent), attestations});
    };
    const announce = async (name: number, atSlot: number) => {
      tracker.onChainEvent(head(atSlot, slotClock.nowMs(), {blockRoot: root(name)}));
      await tracker.lookAhead();
    };
    const duties = [duty(1, 9, {validatorCommitteeIndex: 0}), duty(2, 9, {validatorCommitteeIndex: 2})];
    for (const each of duties) journal.open(dutyKey("attestation", each), slotClock.startMs(slot(9)) + DUE_MS);
    tracker.follow({data: data(9), duties});
    return {clock, slotClock, journal, tracker, addBlock, announce, lengthsAskedFor};
  }
  const included = (journal: FakeDutyJournal, index: number) => journal.of(index, 9)?.reachedMs.included !== undefined;

  it("finds our bits in blocks, however many arrived since it last looked", async () => {
    const {journal, addBlock, announce} = setUp();
    addBlock(9, 9, 8);
    addBlock(10, 10, 9, [attestation(9, [0])]);
    addBlock(11, 11, 10, [attestation(9, [1, 2])]);
    await announce(11, 11);
    assert.ok(included(journal, 1) && included(journal, 2));
  });

  it("asks for the committees of slots with votes of ours only, once each", async () => {
    const {addBlock, announce, lengthsAskedFor} = setUp();
    addBlock(9, 9, 8);
    addBlock(10, 10, 9, [attestation(8, [0]), attestation(9, [0])]);
    addBlock(11, 11, 10, [attestation(9, [1]), attestation(10, [1])]);
    await announce(10, 10);
    await announce(11, 11);
    assert.deepEqual(lengthsAskedFor, [9]);
  });

  it("does not take another's vote, or other data, for ours", async () => {
    const {journal, addBlock, announce} = setUp();
    addBlock(10, 10, 9, [attestation(9, [1, 3]), attestation(9, [0, 2], {beaconBlockRoot: root(77)})]);
    addBlock(9, 9, 8);
    await announce(10, 10);
    assert.ok(!included(journal, 1) && !included(journal, 2));
  });

  it("undoes what a reorg took away, and finds it again on the other branch", async () => {
    const {journal, addBlock, announce} = setUp();
    addBlock(9, 9, 8);
    addBlock(10, 10, 9, [attestation(9, [0, 2])]);
    await announce(10, 10);
    assert.ok(included(journal, 1));
    addBlock(11, 11, 9, []);
    await announce(11, 11);
    assert.ok(!included(journal, 1) && !included(journal, 2));
    addBlock(12, 12, 11, [attestation(9, [0])]);
    await announce(12, 12);
    assert.ok(included(journal, 1) && !included(journal, 2));
  });

  it("closes each vote when its inclusion time is over", async () => {
    const {journal, clock, tracker, addBlock, announce} = setUp();
    addBlock(9, 9, 8);
    addBlock(10, 10, 9, [attestation(9, [0])]);
    await announce(10, 10);
    await clock.advance(SLOT_MS * (23 - 9));
    await tracker.lookAhead();
    assert.equal(journal.endOf(1, 9), null, "slot 23 is in the epoch after the target's: still open");
    await clock.advance(SLOT_MS);
    await tracker.lookAhead();
    assert.equal(journal.endOf(1, 9), "done");
    assert.match(journal.endOf(2, 9) ?? "", /^NOT_INCLUDED: .*; on the network: no peer sent the vote back$/);
  });

  it("tries a block again when no node could tell it", async () => {
    const {journal, addBlock, announce, tracker} = setUp();
    await announce(10, 10);
    addBlock(9, 9, 8);
    addBlock(10, 10, 9, [attestation(9, [0])]);
    await tracker.lookAhead();
    assert.ok(included(journal, 1));
  });
});
