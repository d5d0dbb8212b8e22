import type {Cancel, Clock} from "../../src/ports/clock.ts";

/** A clock that a test turns by hand; its timers and its wall clock can be told to disagree. */
export class HandClock implements Clock {
  #nowMs: number;
  #elapsedMs = 0;
  readonly #timers = new Set<{atMs: number; run: () => void}>();

  constructor(nowMs = 0) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = {atMs: this.#elapsedMs + Math.max(0, delayMs), run};
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  /** Lets time pass, running what falls due in its order. */
  pass(ms: number): void {
    const untilMs = this.#elapsedMs + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({atMs}) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#advance(next.atMs - this.#elapsedMs);
      next.run();
    }
    this.#advance(untilMs - this.#elapsedMs);
  }

  /** Sets the wall clock by `ms`, as a time server does: no timer notices. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  #advance(ms: number): void {
    this.#elapsedMs += ms;
    this.#nowMs += ms;
  }
}
