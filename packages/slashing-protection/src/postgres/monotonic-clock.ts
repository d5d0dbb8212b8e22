import type {Clock} from "@mote/core";

/** Time that does not jump, from an origin of its own. What it bounds is the driver's sockets, which know no other. */
export const monotonicClock: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};
