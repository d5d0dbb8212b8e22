import assert from "node:assert/strict";
import {setFastHasher} from "@mote/consensus";
import {FAULTS} from "./support/faults.ts";
import {assertPromise, assertSafe} from "./support/judgement.ts";
import {PROFILE_NAMES, PROFILES} from "./support/profiles.ts";
import {CELLS, type Cell, promiseOf} from "./support/promises.ts";
import {Simulation} from "./support/simulation.ts";

/** Another one shows other latencies and other values of blocks. What a promise allows need not happen then. */
const SEED = 1;

describe("faults of beacon nodes: what each strategy promises", () => {
  before(() => setFastHasher());

  for (const profile of PROFILE_NAMES)
    it(`no fault, by ${profile}: no miss`, async () => {
      const simulation = new Simulation({...HONEST, seed: SEED, strategies: PROFILES[profile]});
      await simulation.run();
      assertSafe(simulation);
      assertPromise(simulation, "no miss");
    });

  for (const [at, cell] of CELLS.entries()) {
    const promise = promiseOf(cell);
    const kept = promise === "no miss" ? promise : `misses no more than ${Object.keys(promise.mayMiss).join(", ")}`;
    it(`${nameOf(cell)}: ${kept}`, () => run(cell, SEED + at));
  }
});

const HONEST = {beaconNodes: 3, faulty: 0, fault: () => {}};

function nameOf({fault, profile, odds: {beaconNodes, faulty}}: Cell): string {
  return `${fault}, ${faulty} of ${beaconNodes}, by ${profile}`;
}

/** By other latencies a strategy may never ask the node that is at fault, and then the cell proves nothing. */
const TRIES_MAX = 4;
const NEXT_TRY = 1_000;

async function run(cell: Cell, firstSeed: number): Promise<void> {
  const {fault, profile, odds} = cell;
  for (let seed = firstSeed; ; seed += NEXT_TRY) {
    const simulation = new Simulation({seed, ...odds, strategies: PROFILES[profile], fault: FAULTS[fault]});
    try {
      await simulation.run();
      if (simulation.faultsMet === 0 && seed < firstSeed + NEXT_TRY * (TRIES_MAX - 1)) continue;
      assert.ok(simulation.faultsMet > 0, "nobody met the fault");
      assertSafe(simulation);
      return assertPromise(simulation, promiseOf(cell));
    } catch (error) {
      if (error instanceof Error) error.message = `${nameOf(cell)}, seed ${seed}: ${error.message}`;
      throw error;
    }
  }
}
