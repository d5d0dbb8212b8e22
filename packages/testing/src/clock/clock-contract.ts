import assert from "node:assert/strict";
import type {Clock} from "@mote/core";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";

export interface ClockUnderTest extends UnderTest {
  readonly clock: Clock;
  /** The time of now from another source. */
  readonly unixMs: () => number;
  /** Resolves when at least so much time has gone by and whatever was due within it has run. */
  readonly elapse: (durationMs: number) => Promise<void>;
}

/** Long for a computer, short for a person who waits for real time to go by. */
const MOMENT_MS = 20;
const HOUR_MS = 3_600_000;
/** Where 32-bit timers overflow and fire at once. */
const BEYOND_32_BITS_MS = 2 ** 31;

function counter(): {readonly run: () => void; count: number} {
  const counting = {count: 0, run: () => void counting.count++};
  return counting;
}

export const CLOCK_CHECKS: readonly ContractCheck<ClockUnderTest>[] = [
  {
    name: "tells the milliseconds since the Unix epoch",
    run: async ({clock, unixMs, elapse}) => {
      for (const pauseMs of [0, MOMENT_MS]) {
        await elapse(pauseMs);
        const [beforeMs, nowMs, afterMs] = [unixMs(), clock.nowMs(), unixMs()];
        assert.ok(beforeMs <= nowMs && nowMs <= afterMs, `${nowMs} is not between ${beforeMs} and ${afterMs}`);
      }
    },
  },
  {
    name: "calls once, when the delay is over",
    run: async ({clock, elapse}) => {
      const timer = counter();
      clock.after(MOMENT_MS / 2, timer.run);
      await elapse(MOMENT_MS);
      assert.equal(timer.count, 1);
      await elapse(MOMENT_MS);
      assert.equal(timer.count, 1);
    },
  },
  {
    name: "never calls within `after` itself",
    run: async ({clock, elapse}) => {
      for (const delayMs of [0, -1]) {
        const timer = counter();
        clock.after(delayMs, timer.run);
        assert.equal(timer.count, 0);
        await elapse(MOMENT_MS);
      }
    },
  },
  {
    name: "does not call before the delay is over",
    run: async ({clock, elapse}) => {
      const timer = counter();
      const cancel = clock.after(HOUR_MS, timer.run);
      await elapse(MOMENT_MS);
      cancel();
      assert.equal(timer.count, 0);
    },
  },
  {
    name: "takes a negative delay for none",
    run: async ({clock, elapse}) => {
      const timer = counter();
      clock.after(-HOUR_MS, timer.run);
      await elapse(MOMENT_MS);
      assert.equal(timer.count, 1);
    },
  },
  {
    name: "waits for delays of more than 31 bits",
    run: async ({clock, elapse}) => {
      const timer = counter();
      const cancel = clock.after(BEYOND_32_BITS_MS, timer.run);
      await elapse(MOMENT_MS);
      cancel();
      assert.equal(timer.count, 0);
    },
  },
  {
    name: "calls nothing that was cancelled",
    run: async ({clock, elapse}) => {
      const [cancelled, kept] = [counter(), counter()];
      const cancel = clock.after(MOMENT_MS / 2, cancelled.run);
      clock.after(MOMENT_MS / 2, kept.run);
      cancel();
      await elapse(MOMENT_MS);
      assert.deepEqual([cancelled.count, kept.count], [0, 1]);
    },
  },
  {
    name: "lets a timer cancel a later one",
    run: async ({clock, elapse}) => {
      const timer = counter();
      let cancel = () => {};
      clock.after(1, () => cancel());
      cancel = clock.after(MOMENT_MS / 2, timer.run);
      await elapse(MOMENT_MS);
      assert.equal(timer.count, 0);
    },
  },
  {
    name: "takes a cancellation twice, or after the event, for nothing",
    run: async ({clock, elapse}) => {
      const [early, late, other] = [counter(), counter(), counter()];
      const cancelEarly = clock.after(0, early.run);
      await elapse(MOMENT_MS);
      const cancelLate = clock.after(MOMENT_MS / 2, late.run);
      cancelLate();
      clock.after(MOMENT_MS / 2, other.run);
      for (const cancel of [cancelEarly, cancelLate]) assert.doesNotThrow(cancel);
      await elapse(MOMENT_MS);
      assert.deepEqual([early.count, late.count, other.count], [1, 0, 1]);
    },
  },
];

/** What every adapter of the port `Clock` has to do. */
export const clockContract = contractOf(CLOCK_CHECKS);
