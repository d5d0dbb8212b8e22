import assert from "node:assert/strict";
import fc from "fast-check";
import {playHistory} from "./support/histories.ts";
import {declareHistoryProperties, seed} from "./support/history-properties.ts";
import {histories} from "./support/history-steps.ts";
import {FLAW_NAMES, type Flaw, naiveStores} from "./support/naive-store.ts";
import {temporaryStore} from "./support/temporary-store.ts";

describe("random histories against the naive rule: LevelDB", () => {
  declareHistoryProperties(temporaryStore, {runs: 25});
});

describe(`random histories against the naive rule: their checker (seed ${seed})`, () => {
  const decides = (flaw: Flaw, retainEpochs: number) =>
    fc.asyncProperty(histories(40), async (history) => {
      await playHistory(naiveStores(flaw), history, {retainEpochs});
    });

  for (const retainEpochs of [1, 4, 512]) {
    it(`lets a right store pass that retains ${retainEpochs} epochs`, async () => {
      await fc.assert(decides("none", retainEpochs), {seed, numRuns: 100});
    });
  }

  for (const flaw of FLAW_NAMES) {
    it(`catches a store that ${flaw}`, async () => {
      const outcome = await fc.check(decides(flaw, 4), {seed, numRuns: 500, endOnFailure: true});
      assert(outcome.failed, "not caught");
      assert(outcome.errorInstance instanceof assert.AssertionError, String(outcome.errorInstance));
    });
  }
});
