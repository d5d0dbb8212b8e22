import type {Random} from "@mote/core";

/** Doubles with each failed attempt (0 is the first), up to a bound, and is spread over its upper half so that many clients do not come at once. */
export function growingPause(
  {pauseMinMs, pauseMaxMs}: {readonly pauseMinMs: number; readonly pauseMaxMs: number},
  attempts: number,
  random: Random,
): number {
  const fullMs = Math.min(pauseMaxMs, pauseMinMs * 2 ** Math.min(attempts, 30));
  return fullMs * (0.5 + random.next() / 2);
}
