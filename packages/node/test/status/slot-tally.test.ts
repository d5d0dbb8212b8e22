import assert from "node:assert/strict";
import {type DutyKey, type DutyKind, type Pubkey, type Slot, SlotClock, type ValidatorIndex} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {Journal} from "../../src/journal/journal.ts";
import {SLOTS_SHOWN_MAX} from "../../src/status/node-status.ts";
import {SlotTally} from "../../src/status/slot-tally.ts";

const key = (slot: number, validatorIndex: number, kind: DutyKind = "attestation"): DutyKey => ({
  kind,
  slot: slot as Slot,
  validatorIndex: validatorIndex as ValidatorIndex,
  pubkey: "0xab" as Pubkey,
});

describe("SlotTally", () => {
  function setUp() {
    const clock = new FakeClock({nowMs: 100_000});
    const slotClock = new SlotClock({genesisTimeSec: 0, slotDurationMs: 1_000, slotsPerEpoch: 8}, {clock});
    const journal = new Journal();
    const tally = new SlotTally({slotClock});
    tally.watch(journal);
    return {clock, journal, tally};
  }

  it("counts what became of a slot's duties, as it stands when it is asked", () => {
    const {journal, tally} = setUp();
    for (const duty of [key(100, 1), key(100, 2), key(100, 3), key(100, 1, "proposal")]) journal.open(duty, 0);
    journal.reached(key(100, 1), "published", 1);
    journal.reached(key(100, 1, "proposal"), "published", 1);
    journal.fail(key(100, 2), "NO_BEACON_NODE", "");
    journal.withdraw(key(100, 3));
    const expected = {
      slot: 100,
      votes: {total: 2, published: 1, included: 0},
      others: {total: 1, published: 1},
      failures: [{reason: "NO_BEACON_NODE", count: 1}],
    };
    assert.deepEqual(tally.newest(), [expected]);
    journal.reached(key(100, 1), "included", 2);
    assert.deepEqual(tally.newest(), [{...expected, votes: {...expected.votes, included: 1}}]);
  });

  it("leaves out what is to come, and forgets what is long over", async () => {
    const {clock, journal, tally} = setUp();
    journal.open(key(101, 1), 0);
    journal.open(key(300, 2), 0);
    journal.withdraw(key(300, 2));
    assert.deepEqual(tally.newest(), []);
    for (let slot = 101; slot < 200; slot++) {
      await clock.advance(1_000);
      journal.open(key(slot + 1, 1), 0);
    }
    const slots = tally.newest().map(({slot}) => slot);
    assert.deepEqual([slots.length, slots[0]], [SLOTS_SHOWN_MAX, 199]);
  });
});
