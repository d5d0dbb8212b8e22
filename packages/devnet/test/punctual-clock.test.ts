import assert from "node:assert/strict";
import type {Cancel, Clock} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {PunctualClock} from "../src/punctual-clock.ts";

/** Of a process that is too busy for its timers. */
class LateClock implements Clock {
  now = 0;
  timers: (() => void)[] = [];

  nowMs(): number {
    return this.now;
  }

  after(_delayMs: number, run: () => void): Cancel {
    this.timers.push(run);
    return () => {
      this.timers = this.timers.filter((timer) => timer !== run);
    };
  }
}

describe("PunctualClock", () => {
  it("runs timers as its clock does", async () => {
    const fake = new FakeClock({nowMs: 0});
    const clock = new PunctualClock({clock: fake});
    const ran: number[] = [];
    clock.after(20, () => ran.push(clock.nowMs()));
    clock.after(10, () => ran.push(clock.nowMs()));
    clock.after(15, () => assert.fail("it was cancelled"))();
    await fake.advance(30);
    assert.deepEqual(ran, [10, 20]);
  });

  it("catches up with what is due, in its order, once, and with what that makes due", () => {
    const late = new LateClock();
    const clock = new PunctualClock({clock: late});
    const ran: string[] = [];
    clock.after(30, () => ran.push("later"));
    clock.after(20, () => ran.push("second"));
    clock.after(10, () => {
      ran.push("first");
      clock.after(0, () => ran.push("what follows"));
      clock.after(5, () => ran.push("later still"));
    });
    clock.after(10, () => assert.fail("it was cancelled"))();
    late.now = 25;
    clock.catchUp();
    clock.catchUp();
    assert.deepEqual(ran, ["first", "second", "what follows"]);
    late.now = 30;
    for (const timer of late.timers) timer();
    assert.deepEqual(ran.slice(3), ["later", "later still"]);
  });
});
