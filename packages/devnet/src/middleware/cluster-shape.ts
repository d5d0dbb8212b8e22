import {InvalidValueError} from "@mote/core";

/** How many operators hold a share of each key, and how many of them make a signature. */
export interface ClusterShape {
  readonly threshold: number;
  readonly operators: number;
}

export const OPERATORS_MAX = 8;

/** @throws {InvalidValueError} for a shape in which two halves could sign without each other, or that is too large */
export function checkShape({threshold, operators}: ClusterShape): void {
  const isWhole = Number.isInteger(threshold) && Number.isInteger(operators);
  if (isWhole && operators <= OPERATORS_MAX && threshold <= operators && 2 * threshold > operators) return;
  throw new InvalidValueError(
    `middleware ${threshold}-of-${operators}: at most ${OPERATORS_MAX} operators, and more than half of them for a signature`,
  );
}
