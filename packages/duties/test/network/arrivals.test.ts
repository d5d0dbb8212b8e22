import assert from "node:assert/strict";
import {Arrivals, withArrivals} from "../../src/network/arrivals.ts";
import {echo, seenBlock} from "../support/network.ts";
import {DUE_MS, duty, fakeTime, SLOT_MS, SLOTS_PER_EPOCH, slot} from "../support/world.ts";

describe("Arrivals", () => {
  function setUp(atSlot = 20) {
    const {clock, slotClock} = fakeTime(atSlot);
    const arrivals = new Arrivals({attestationDueMs: () => DUE_MS}, {slotClock});
    const block = (at: number, intoMs: number) =>
      arrivals.onNetworkEvent(seenBlock(at, slotClock.startMs(slot(at)) + intoMs));
    return {clock, slotClock, arrivals, block};
  }

  it("tell when a slot's block came, first of all its ways, and whether a vote was sent back", () => {
    const {arrivals, block, slotClock} = setUp();
    block(19, 1_000);
    block(20, 3_210);
    block(20, 4_000);
    arrivals.onNetworkEvent(echo("attestation", 1, 20, slotClock.startMs(slot(20)) + 4_400));
    arrivals.onNetworkEvent(echo("sync_message", 2, 20, slotClock.startMs(slot(20)) + 4_400));
    assert.equal(arrivals.ofSlot(slot(20)), "the slot's block came 3.2 s into it");
    assert.equal(
      arrivals.ofVote(duty(1, 20)),
      "the slot's block came 3.2 s into it, a peer had the vote 4.4 s into it",
    );
    assert.equal(arrivals.ofVote(duty(2, 20)), "the slot's block came 3.2 s into it, no peer sent the vote back");
  });

  it("tell that no block was seen, but not of slots before they listened, nor where nothing is ever seen", () => {
    const {arrivals, block} = setUp();
    assert.equal(arrivals.ofSlot(slot(20)), null);
    assert.equal(arrivals.ofVote(duty(1, 20)), null);
    block(19, 1_000);
    assert.equal(arrivals.ofSlot(slot(20)), "no block of this slot was seen");
    assert.equal(arrivals.ofSlot(slot(18)), null);
  });

  for (const [what, intoMs, words] of [
    ["late", DUE_MS + 500, /as late as the 8 before: is the network slow, or this machine's clock ahead\?/],
    ["early", -300, /as the 8 before: this machine's clock is behind/],
    ["in time", 1_000, /^the slot's block came 1\.0 s into it$/],
  ] as const) {
    it(`say what it may mean when all blocks come ${what}`, () => {
      const {arrivals, block} = setUp();
      for (let at = 13; at <= 20; at++) block(at, intoMs);
      assert.match(arrivals.ofSlot(slot(20)) ?? "", words);
    });
  }

  it("are kept as long as votes may be included, and not of slots to come", async () => {
    const {arrivals, block, clock} = setUp(8);
    block(8, 1_000);
    block(11, 1_000);
    await clock.advance(3 * SLOTS_PER_EPOCH * SLOT_MS);
    block(32, 1_000);
    assert.match(arrivals.ofSlot(slot(8)) ?? "", /block came/);
    assert.match(arrivals.ofSlot(slot(11)) ?? "", /no block/);
    await clock.advance(SLOT_MS);
    block(33, 1_000);
    assert.equal(arrivals.ofSlot(slot(8)), null);
  });

  it("stand behind a failure's own words", () => {
    assert.equal(
      withArrivals("no answer", "no block of this slot was seen"),
      "no answer; on the network: no block of this slot was seen",
    );
    for (const none of [null, undefined]) assert.equal(withArrivals("no answer", none), "no answer");
  });
});
