import type {Cancel, Clock} from "@mote/core";

interface Waiting {
  readonly dueMs: number;
  readonly run: () => void;
  timer: NodeJS.Timeout;
}

/** Real time, of which parts can be left out: what was to come within them comes at once. */
export class SkippingClock implements Clock {
  readonly #waiting = new Set<Waiting>();
  #skippedMs = 0;

  nowMs(): number {
    return Date.now() + this.#skippedMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    const waiting = {dueMs: this.nowMs() + delayMs, run} as Waiting;
    this.#waiting.add(waiting);
    this.#arm(waiting);
    return () => {
      clearTimeout(waiting.timer);
      this.#waiting.delete(waiting);
    };
  }

  skip(durationMs: number): void {
    this.#skippedMs += durationMs;
    for (const waiting of this.#waiting) {
      clearTimeout(waiting.timer);
      this.#arm(waiting);
    }
  }

  #arm(waiting: Waiting): void {
    waiting.timer = setTimeout(
      () => {
        this.#waiting.delete(waiting);
        waiting.run();
      },
      Math.max(0, waiting.dueMs - this.nowMs()),
    );
  }
}
