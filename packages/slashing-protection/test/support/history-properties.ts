import assert from "node:assert/strict";
import {memoryStores, type NewProtectionStore} from "@mote/testing";
import fc from "fast-check";
import {playHistory} from "./histories.ts";
import {histories, type Step} from "./history-steps.ts";

/** Printed with every failure by fast-check; a run is repeated by writing it here. */
export const seed = Date.now() & 0x7fffffff;

/** Histories that found mistakes once, with what was retained then. */
const REMEMBERED: readonly {readonly name: string; readonly retainEpochs: number; readonly history: readonly Step[]}[] =
  [
    {
      name: "a late vote prunes what lies above it",
      retainEpochs: 2,
      history: [
        {
          kind: "requests",
          requests: [
            {kind: "vote", key: 1, ahead: 0, span: 0, root: 0},
            {kind: "vote", key: 1, ahead: 2, span: 0, root: 0},
          ],
        },
        {
          kind: "import",
          records: [{kind: "vote", key: 1, ahead: 4, span: 0, root: 0}],
          isStream: false,
          isBad: false,
        },
        {kind: "requests", requests: [{kind: "vote", key: 1, ahead: -5, span: 0, root: 0}]},
      ],
    },
  ];

/** Plays random histories on an adapter of the port. Called within a `describe`. */
export function declareHistoryProperties(newStore: NewProtectionStore, {runs}: {readonly runs: number}): void {
  for (const {name, retainEpochs, history} of REMEMBERED) {
    it(`decides rightly when ${name}`, async () => {
      await playHistory(newStore, history, {retainEpochs});
    });
  }

  for (const retainEpochs of [2, 5, 512]) {
    it(`decides rightly in ${runs} histories, retaining ${retainEpochs} epochs (seed ${seed})`, async function () {
      this.timeout(120_000);
      const property = fc.asyncProperty(histories(80), async (history) => {
        await playHistory(newStore, history, {retainEpochs});
      });
      await fc.assert(property, {seed, numRuns: runs});
    });
  }

  it(`has the records of the naive store after ${runs} histories in which nothing is forgotten (seed ${seed})`, async function () {
    this.timeout(120_000);
    const property = fc.asyncProperty(histories(60), async (history) => {
      // What comes first in a race is left open, so two stores may have different records after it.
      const steps = history.filter(({kind}) => kind !== "race");
      const [ours, naive] = await Promise.all([
        playHistory(newStore, steps, {retainEpochs: 1_000_000}),
        playHistory(memoryStores(), steps, {retainEpochs: 1_000_000}),
      ]);
      assert.deepEqual(JSON.parse(ours), JSON.parse(naive));
    });
    await fc.assert(property, {seed, numRuns: runs});
  });
}
