import assert from "node:assert/strict";
import type {Figure} from "../../scripts/bench/figure.ts";
import {median, percentile} from "../../scripts/bench/statistics.ts";
import {table, verdictOf} from "../../scripts/bench/table.ts";

const FIGURE: Figure = {
  what: "build",
  value: 12,
  unit: "s",
  floor: {what: "start of the compiler", value: 0.5},
  valueMax: 60,
};

describe("bench: table", () => {
  it("says ok up to the bound, over beyond it, and nothing without one", () => {
    assert.equal(verdictOf({...FIGURE, value: 60}), "ok");
    assert.equal(verdictOf({...FIGURE, value: 60.01}), "over");
    assert.equal(verdictOf({...FIGURE, value: Number.NaN}), "over");
    assert.equal(verdictOf({...FIGURE, valueMax: null}), "");
  });

  it("gives each figure its floor, ratio and bound, and says below what the floor is", () => {
    const text = table([FIGURE, {...FIGURE, what: "modules", value: 0, unit: "", floor: null, valueMax: null}]);
    const [, , build, modules] = text.split("\n").map((line) => line.split(/ {2,}/));
    assert.deepEqual(build, ["build", "12 s", "0.50 s", "24 ×", "≤ 60 s", "ok"]);
    assert.deepEqual(modules, ["modules", "0", "–", "–", "–"]);
    assert.ok(text.endsWith("build · floor: start of the compiler"));
  });
});

describe("bench: statistics", () => {
  it("takes the nearest rank, whatever the order of the samples", () => {
    assert.equal(median([10, 9, 100]), 10);
    assert.equal(percentile([4, 3, 2, 1], 0.5), 2);
    assert.equal(percentile([4, 3, 2, 1], 0.99), 4);
  });

  it("has no answer without samples", () => {
    assert.throws(() => median([]), /no samples/);
  });
});
