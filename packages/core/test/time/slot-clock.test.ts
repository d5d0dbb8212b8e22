import assert from "node:assert/strict";
import type {Epoch, Slot} from "../../src/primitives.ts";
import {SlotClock} from "../../src/time/slot-clock.ts";
import {HandClock} from "./hand-clock.ts";

const GENESIS_MS = 1_000_000;
const timing = {genesisTimeSec: GENESIS_MS / 1000, slotDurationMs: 6000, slotsPerEpoch: 8};

function clockAt(msAfterGenesis: number): {clock: HandClock; slots: SlotClock} {
  const clock = new HandClock(GENESIS_MS + msAfterGenesis);
  return {clock, slots: new SlotClock(timing, {clock})};
}

describe("SlotClock", () => {
  for (const [msAfterGenesis, slot, epoch] of [
    [0, 0, 0],
    [5999, 0, 0],
    [6000, 1, 0],
    [47_999, 7, 0],
    [48_000, 8, 1],
    [-1, -1, -1],
    [-6000, -1, -1],
    [-6001, -2, -1],
    [-48_001, -9, -2],
  ] as const) {
    it(`is in slot ${slot}, epoch ${epoch}, ${msAfterGenesis} ms from genesis`, () => {
      const {slots} = clockAt(msAfterGenesis);
      assert.equal(slots.currentSlot(), slot);
      assert.equal(slots.currentEpoch(), epoch);
    });
  }

  it("knows where slots and epochs begin", () => {
    const {slots} = clockAt(14_000);
    assert.equal(slots.startMs(2 as Slot), GENESIS_MS + 12_000);
    assert.equal(slots.msInto(2 as Slot), 2000);
    assert.equal(slots.msInto(3 as Slot), -4000);
    assert.equal(slots.firstSlotOf(3 as Epoch), 24);
    assert.equal(slots.epochOf(23 as Slot), 2);
  });

  it("follows a clock that jumps either way", () => {
    const {clock, slots} = clockAt(12_000);
    clock.jump(-7000);
    assert.equal(slots.currentSlot(), 0);
    clock.jump(60_000);
    assert.equal(slots.currentSlot(), 10);
  });
});

describe("SlotClock.at", () => {
  function runsAt(): {clock: HandClock; slots: SlotClock; runsMs: number[]; mark: () => void} {
    const {clock, slots} = clockAt(0);
    const runsMs: number[] = [];
    return {clock, slots, runsMs, mark: () => runsMs.push(clock.nowMs() - GENESIS_MS)};
  }

  it("runs once, at its time", () => {
    const {clock, slots, runsMs, mark} = runsAt();
    slots.at(GENESIS_MS + 4500, mark);
    clock.pass(4499);
    assert.deepEqual(runsMs, []);
    clock.pass(10_000);
    assert.deepEqual(runsMs, [4500]);
    assert.equal(clock.timerCount, 0);
  });

  it("runs soon when its time is over, never inside the call", () => {
    const {clock, slots, runsMs, mark} = runsAt();
    slots.at(GENESIS_MS - 1, mark);
    assert.deepEqual(runsMs, []);
    clock.pass(0);
    assert.deepEqual(runsMs, [0]);
  });

  it("waits on when the clock was set back", () => {
    const {clock, slots, runsMs, mark} = runsAt();
    slots.at(GENESIS_MS + 500, mark);
    clock.jump(-3000);
    clock.pass(3499);
    assert.deepEqual(runsMs, []);
    clock.pass(1);
    assert.deepEqual(runsMs, [500]);
  });

  it("notices within a second that the clock was set forward", () => {
    const {clock, slots, runsMs, mark} = runsAt();
    slots.at(GENESIS_MS + 60_000, mark);
    clock.pass(10_000);
    clock.jump(50_000);
    clock.pass(1000);
    assert.equal(runsMs.length, 1);
  });

  it("never runs after it was cancelled, not even across a re-armed timer", () => {
    const {clock, slots, runsMs, mark} = runsAt();
    const cancel = slots.at(GENESIS_MS + 5000, mark);
    clock.pass(2500);
    cancel();
    cancel();
    clock.pass(10_000);
    assert.deepEqual(runsMs, []);
    assert.equal(clock.timerCount, 0);
  });
});
