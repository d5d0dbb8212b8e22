import {RANDOM_CHECKS, type RandomUnderTest} from "../../src/random/random-contract.ts";
import {declareFlaws} from "../support/flaws.ts";

const drawing = (next: (draw: number) => number) => (): RandomUnderTest => {
  let draw = 0;
  return {random: {next: () => next(draw++)}};
};

describe("the suite of Random", () => {
  declareFlaws(RANDOM_CHECKS, {
    "draws numbers of [0, 1)": drawing((draw) => (draw % 1_001) / 1_000),
    "draws all of them alike": drawing((draw) => ((draw % 10_000) / 10_000) ** 2),
    "does not repeat itself": drawing((draw) => (draw % 100) / 100),
  });
});
