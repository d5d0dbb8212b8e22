import assert from "node:assert/strict";
import fc from "fast-check";
import {histories, playHistory} from "./support/histories.ts";
import {type Flaw, naiveStore} from "./support/naive-store.ts";
import {temporaryStore} from "./support/temporary-store.ts";

/** Printed with every failure by fast-check; a run is repeated by writing it here. */
const seed = Date.now() & 0x7fffffff;

describe(`random histories against the naive rule (seed ${seed})`, () => {
  for (const retainEpochs of [4, 512]) {
    it(`LevelDB decides rightly, retaining ${retainEpochs} epochs`, async function () {
      this.timeout(60_000);
      const property = fc.asyncProperty(histories, async (history) => {
        const store = await temporaryStore({retainEpochs});
        try {
          await playHistory(store, history, {retainEpochs});
        } finally {
          await store.destroy();
        }
      });
      await fc.assert(property, {seed, numRuns: 40});
    });
  }

  const decides = (flaw: Flaw) =>
    fc.asyncProperty(histories, (history) => playHistory(naiveStore(flaw), history, {retainEpochs: 512}));

  it("has a checker that lets a right store pass", async () => {
    await fc.assert(decides("none"), {seed, numRuns: 200});
  });

  const flaws: readonly Flaw[] = [
    "forgets on restart",
    "checks and records in two steps",
    "knows no surrounding votes",
    "knows no surrounded votes",
    "compares targets without roots",
    "refuses late votes",
    "names the wrong record",
    "stores the source as the target",
    "forgets blocks",
  ];
  for (const flaw of flaws) {
    it(`has a checker that catches a store that ${flaw}`, async () => {
      const outcome = await fc.check(decides(flaw), {seed, numRuns: 300, endOnFailure: true});
      assert(outcome.failed, "not caught");
      assert(outcome.errorInstance instanceof assert.AssertionError, String(outcome.errorInstance));
    });
  }
});
