/** Successes of one kind of call that are remembered. */
const VALUES_MAX = 32;
/** Fewer say nothing of the rare slow one. */
const VALUES_MIN = 8;

/** The newest durations of one kind of call to one node. */
export class LatencyWindow {
  readonly #valuesMs: number[] = [];
  #next = 0;

  add(durationMs: number): void {
    this.#valuesMs[this.#next] = durationMs;
    this.#next = (this.#next + 1) % VALUES_MAX;
  }

  /** The duration that `fraction` of the calls did not exceed; null while too few are known. */
  percentileMs(fraction: number): number | null {
    if (this.#valuesMs.length < VALUES_MIN) return null;
    const ascending = this.#valuesMs.toSorted((a, b) => a - b);
    return ascending[Math.min(ascending.length - 1, Math.floor(fraction * ascending.length))] as number;
  }
}
