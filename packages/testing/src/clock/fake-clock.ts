import type {Cancel, Clock} from "@mote/core";

interface Timer {
  atMs: number;
  readonly run: () => void;
}

/** Time that stands until it is advanced. Timers run in order of their time, each with everything that it set off. */
export class FakeClock implements Clock {
  #nowMs: number;
  readonly #timers = new Set<Timer>();

  constructor(init: {readonly nowMs: number}) {
    this.#nowMs = init.nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = {atMs: this.#nowMs + Math.max(0, delayMs), run};
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time go by, and lets promises settle after each timer. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs;
    await settle();
    for (let next = this.#next(endMs); next !== null; next = this.#next(endMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
      await settle();
    }
    this.#nowMs = endMs;
  }

  /** Sets the wall clock; timers keep their distance from now, as real ones do. */
  jump(deltaMs: number): void {
    this.#nowMs += deltaMs;
    for (const timer of this.#timers) timer.atMs += deltaMs;
  }

  #next(endMs: number): Timer | null {
    let next: Timer | null = null;
    for (const timer of this.#timers)
      if (timer.atMs <= endMs && (next === null || timer.atMs < next.atMs)) next = timer;
    return next;
  }
}

/** Everything that is only waiting for promises has run when this resolves. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
