import assert from "node:assert/strict";
import type {Random} from "@mote/core";
import {type ContractCheck, contractOf, type UnderTest} from "../contract/contract.ts";

export interface RandomUnderTest extends UnderTest {
  readonly random: Random;
}

const DRAWS = 10_000;
const BINS = 10;
/** A bin of a uniform source has 1,000 ± 30; ten times the deviation does not come about in the life of this test. */
const BIN_DEVIATION_MAX = 300;

const draws = (random: Random): number[] => Array.from({length: DRAWS}, () => random.next());

export const RANDOM_CHECKS: readonly ContractCheck<RandomUnderTest>[] = [
  {
    name: "draws numbers of [0, 1)",
    run: ({random}) => {
      const outside = draws(random).filter((value) => !(value >= 0 && value < 1));
      assert.deepEqual(outside, []);
    },
  },
  {
    name: "draws all of them alike",
    run: ({random}) => {
      const counts = Array.from({length: BINS}, () => 0);
      for (const value of draws(random)) {
        const bin = Math.floor(value * BINS);
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
      const isEven = counts.every((count) => Math.abs(count - DRAWS / BINS) <= BIN_DEVIATION_MAX);
      assert.ok(isEven, `draws by tenth: ${counts.join(" ")}`);
    },
  },
  {
    name: "does not repeat itself",
    run: ({random}) => {
      const distinct = new Set(draws(random)).size;
      assert.ok(distinct > DRAWS / 2, `${distinct} different numbers of ${DRAWS}`);
    },
  },
];

/** What every adapter of the port `Random` has to do. */
export const randomContract = contractOf(RANDOM_CHECKS);
