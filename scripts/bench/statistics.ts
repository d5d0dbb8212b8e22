/** The value that half of the samples do not exceed. */
export const median = (samples: readonly number[]): number => percentile(samples, 0.5);

/**
 * The value that `fraction` of the samples do not exceed (nearest rank).
 * @throws {Error} without samples
 */
export function percentile(samples: readonly number[], fraction: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)];
  if (value === undefined) throw new Error("there are no samples");
  return value;
}

/** Milliseconds that `work` took. */
export async function timed(work: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}
