import type {Cancel, Clock} from "@mote/core";
import {CLOCK_CHECKS, type ClockUnderTest, clockContract} from "../../src/clock/clock-contract.ts";
import {FakeClock} from "../../src/clock/fake-clock.ts";
import {declareFlaws, override} from "../support/flaws.ts";

const START_MS = 1_800_000_000_000;

function sound(flaw: (clock: FakeClock) => Partial<Clock> = () => ({})): () => ClockUnderTest {
  return () => {
    const clock = new FakeClock({nowMs: START_MS});
    let elapsedMs = 0;
    return {
      clock: override<Clock>(clock, flaw(clock)),
      unixMs: () => START_MS + elapsedMs,
      elapse: async (durationMs) => {
        elapsedMs += durationMs;
        await clock.advance(durationMs);
      },
    };
  };
}

const cancelOnce = (cancel: Cancel): Cancel => {
  let isCancelled = false;
  return () => {
    if (isCancelled) throw new Error("no such timer");
    isCancelled = true;
    cancel();
  };
};

describe("FakeClock keeps the contract of its port", () => {
  clockContract(sound());
});

describe("the suite of Clock", () => {
  const callsTwice = sound((clock) => ({
    after: (delayMs, run) => {
      clock.after(delayMs + 1, run);
      return clock.after(delayMs, run);
    },
  }));
  const callsAtOnce = sound((clock) => ({
    after: (delayMs, run) => {
      if (delayMs > 0) return clock.after(delayMs, run);
      run();
      return () => {};
    },
  }));
  const cancelsNothing = sound((clock) => ({
    after: (delayMs, run) => {
      clock.after(delayMs, run);
      return () => {};
    },
  }));
  const countsIn32Bits = sound((clock) => ({after: (delayMs, run) => clock.after(delayMs | 0, run)}));
  const dropsNegatives = sound((clock) => ({
    after: (delayMs, run) => (delayMs < 0 ? () => {} : clock.after(delayMs, run)),
  }));

  declareFlaws(CLOCK_CHECKS, {
    "tells the milliseconds since the Unix epoch": sound((clock) => ({nowMs: () => clock.nowMs() / 1000})),
    "calls once, when the delay is over": callsTwice,
    "never calls within `after` itself": callsAtOnce,
    "does not call before the delay is over": sound((clock) => ({after: (_, run) => clock.after(0, run)})),
    "takes a negative delay for none": dropsNegatives,
    "waits for delays of more than 31 bits": countsIn32Bits,
    "calls nothing that was cancelled": cancelsNothing,
    "lets a timer cancel a later one": cancelsNothing,
    "takes a cancellation twice, or after the event, for nothing": sound((clock) => ({
      after: (delayMs, run) => cancelOnce(clock.after(delayMs, run)),
    })),
  });
});
