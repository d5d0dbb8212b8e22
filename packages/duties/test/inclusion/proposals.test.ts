import assert from "node:assert/strict";
import {FakeDutyJournal, FakeInclusionSource, FakeLog} from "@mote/testing";
import {dutyKey} from "../../src/duty-key.ts";
import {InclusionTracker} from "../../src/inclusion/inclusion-tracker.ts";
import {proposerDuty} from "../support/blocks.ts";
import {fakeTime, head, root, SLOT_MS, slot} from "../support/world.ts";

describe("InclusionTracker of blocks", () => {
  const key = dutyKey("proposal", proposerDuty(1, 9));

  function setUp() {
    const {clock, slotClock} = fakeTime(9);
    const journal = new FakeDutyJournal();
    const source = new FakeInclusionSource({committeeLengths: () => [4]});
    const tracker = new InclusionTracker({source, journal, slotClock, log: new FakeLog()});
    const addBlock = (name: number, atSlot: number, parent: number) => {
      source.blocks.set(root(name), {slot: slot(atSlot), parentRoot: root(parent), attestations: []});
    };
    const announce = async (name: number, atSlot: number) => {
      tracker.onChainEvent(head(atSlot, slotClock.nowMs(), {blockRoot: root(name)}));
      await tracker.lookAhead();
    };
    journal.open(key, slotClock.startMs(slot(9)));
    addBlock(7, 7, 6);
    addBlock(8, 8, 7);
    addBlock(9, 9, 8);
    addBlock(10, 10, 9);
    addBlock(110, 10, 8);
    const isIncluded = () => journal.of(1, 9, "proposal")?.reachedMs.included !== undefined;
    return {clock, journal, tracker, announce, isIncluded};
  }

  it("finds our block in the chain, and closes the duty when the next epoch is over", async () => {
    const {clock, journal, tracker, announce, isIncluded} = setUp();
    tracker.followBlock(key, root(9));
    assert.equal(isIncluded(), false);
    await announce(10, 10);
    assert.equal(isIncluded(), true);
    await clock.advance((23 - 9) * SLOT_MS);
    await tracker.lookAhead();
    assert.equal(journal.endOf(1, 9, "proposal"), null);
    await clock.advance(SLOT_MS);
    await tracker.lookAhead();
    assert.equal(journal.endOf(1, 9, "proposal"), "done");
  });

  it("notices a block that is the head itself, and one that joined before it was followed", async () => {
    const first = setUp();
    first.tracker.followBlock(key, root(9));
    await first.announce(9, 9);
    assert.equal(first.isIncluded(), true);

    const second = setUp();
    second.tracker.followBlock(dutyKey("proposal", proposerDuty(2, 8)), root(8));
    await second.announce(9, 9);
    second.tracker.followBlock(key, root(9));
    assert.equal(second.isIncluded(), true);
  });

  it("undoes what a reorg took away, for good when it does not come back", async () => {
    const {clock, journal, tracker, announce, isIncluded} = setUp();
    tracker.followBlock(key, root(9));
    await announce(9, 9);
    await announce(110, 10);
    assert.equal(isIncluded(), false);
    await clock.advance((24 - 9) * SLOT_MS);
    await tracker.lookAhead();
    assert.match(journal.endOf(1, 9, "proposal") ?? "", /^NOT_INCLUDED/);
  });
});
