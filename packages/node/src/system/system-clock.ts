import type {Cancel, Clock} from "@mote/core";

/** The longest delay that a Node timer takes. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export class SystemClock implements Clock {
  nowMs(): number {
    return Date.now();
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), TIMER_MS_MAX));
    return () => clearTimeout(timer);
  }
}
