import type {Cancel, Clock} from "@mote/core";

interface Task {
  readonly dueMs: number;
  readonly run: () => void;
}

/**
 * A busy process runs its timers late, and behind what it was asked meanwhile. A beacon node goes by the time that it is: so whoever answers for one has what
 * is due done first.
 */
export class PunctualClock implements Clock {
  readonly #clock: Clock;
  readonly #tasks = new Set<Task>();

  constructor(components: {readonly clock: Clock}) {
    this.#clock = components.clock;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  after(delayMs: number, run: () => void): Cancel {
    const cancel = () => {
      if (this.#tasks.delete(task)) cancelTimer();
    };
    const runOnce = () => {
      cancel();
      run();
    };
    const task: Task = {dueMs: this.nowMs() + Math.max(0, delayMs), run: runOnce};
    this.#tasks.add(task);
    const cancelTimer = this.#clock.after(delayMs, runOnce);
    return cancel;
  }

  /** Runs what is due by now, in the order of its times. */
  catchUp(): void {
    for (let task = this.#firstDue(); task !== null; task = this.#firstDue()) task.run();
  }

  #firstDue(): Task | null {
    let first: Task | null = null;
    for (const task of this.#tasks)
      if (task.dueMs <= this.nowMs() && (first === null || task.dueMs < first.dueMs)) first = task;
    return first;
  }
}
