import {setTimeout as pass} from "node:timers/promises";
import {clockContract} from "@mote/testing";
import {SystemClock} from "../../src/system/system-clock.ts";

describe("SystemClock keeps the contract of its port", () => {
  clockContract(() => ({
    clock: new SystemClock(),
    unixMs: () => Date.now(),
    // Twice, so that on a machine that stood still a timer set within the first pause still has its turn.
    elapse: async (durationMs) => {
      for (let times = 0; times < 2; times++) await pass(durationMs);
    },
  }));
});
