import assert from "node:assert/strict";
import {SlotTicker} from "../src/slot-ticker.ts";
import {fakeTime, SLOT_MS} from "./support/world.ts";

describe("SlotTicker", () => {
  function setUp(atSlot: number) {
    const {clock, slotClock} = fakeTime(atSlot);
    const slots: number[] = [];
    const passedBy: number[] = [];
    const ticker = new SlotTicker(
      {onSlot: (slot) => slots.push(slot), onPassedBy: (slot) => passedBy.push(slot)},
      {slotClock},
    );
    return {clock, slots, passedBy, ticker};
  }

  it("waits for genesis and begins with slot 0", async () => {
    const {clock, slots, ticker} = setUp(-3);
    ticker.start();
    assert.deepEqual(slots, []);
    await clock.advance(3 * SLOT_MS + 2 * SLOT_MS);
    assert.deepEqual(slots, [0, 1, 2]);
  });

  it("begins with the slot that is running", async () => {
    const {clock, slots, ticker} = setUp(5);
    await clock.advance(3_000);
    ticker.start();
    assert.deepEqual(slots, [5]);
  });

  it("never gives a slot twice when the clock is set back", async () => {
    const {clock, slots, ticker} = setUp(5);
    ticker.start();
    await clock.advance(SLOT_MS);
    clock.jump(-2 * SLOT_MS);
    await clock.advance(4 * SLOT_MS);
    assert.deepEqual(slots, [5, 6, 4, 7, 8]);
  });

  it("does not wait for its first slot again when the clock was ahead at the start", async () => {
    const {clock, slots, ticker} = setUp(50);
    ticker.start();
    clock.jump(-40 * SLOT_MS);
    await clock.advance(SLOT_MS);
    assert.deepEqual(slots, [50, 10, 11]);
  });

  it("names the slots that a forward jump went past", async () => {
    const {clock, slots, passedBy, ticker} = setUp(5);
    ticker.start();
    clock.jump(4 * SLOT_MS);
    await clock.advance(1_000);
    assert.deepEqual(slots, [5, 9]);
    assert.deepEqual(passedBy, [6, 7, 8]);
    ticker.stop();
    await clock.advance(10 * SLOT_MS);
    assert.deepEqual(slots, [5, 9]);
  });

  it("goes on at once when a clock that had jumped ahead is right again", async () => {
    const {clock, slots, ticker} = setUp(5);
    ticker.start();
    await clock.advance(SLOT_MS);
    clock.jump(600 * SLOT_MS);
    await clock.advance(1_000);
    clock.jump(-600 * SLOT_MS);
    await clock.advance(2 * SLOT_MS);
    assert.deepEqual(slots, [5, 6, 606, 7, 8]);
  });
});
