/** Stops what was scheduled; calling it twice, or after the event, does nothing. */
export type Cancel = () => void;

/** The only source of time. `SystemClock` (node) is real, `testing`'s fake is turned by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch, as the wall clock has it: it may jump either way. */
  nowMs(): number;
  /** Calls `run` once, about `delayMs` from now (0 when negative), never within the call itself. */
  after(delayMs: number, run: () => void): Cancel;
}
