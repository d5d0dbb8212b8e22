import {join} from "node:path";
import {
  openLevelDatabase,
  openLevelSlashingProtection,
  type ProtectionDatabase,
  type WriteOperation,
} from "@mote/slashing-protection";
import {Level} from "level";
import type {Benchmark, Figure} from "./figure.ts";
import {median, timed} from "./statistics.ts";
import {randomPubkeys, randomRoot, voteAll} from "./votes.ts";

/** Keys that vote at once, and how often they do; the first rounds, in which code is still being compiled, do not count. */
const SERIES = [
  {keys: 1, warmUps: 200, rounds: 200, ratioMax: 1.3},
  {keys: 64, warmUps: 20, rounds: 100, ratioMax: null},
  {keys: 1000, warmUps: 5, rounds: 30, ratioMax: 2},
] as const;

/** Verdicts on disk, asked for at once, against one raw synced batch that writes the very same bytes. */
export const slashingProtection: Benchmark = {
  name: "slashing protection",
  async measure(scratchDir) {
    const figures: Figure[] = [];
    for (const series of SERIES) figures.push(await measureKeys(join(scratchDir, `${series.keys}`), series));
    return figures;
  },
};

async function measureKeys(dir: string, {keys, warmUps, rounds, ratioMax}: (typeof SERIES)[number]): Promise<Figure> {
  const written: (readonly WriteOperation[])[] = [];
  const raw = new Level(`${dir}-raw`);
  const protection = await openLevelSlashingProtection(
    {path: `${dir}-protection`, genesisValidatorsRoot: randomRoot(), retainEpochs: 128},
    {openDatabase: async (path) => remembering(await openLevelDatabase(path), written)},
  );
  const pubkeys = randomPubkeys(keys);
  const verdictsMs: number[] = [];
  const rawMs: number[] = [];
  try {
    for (let round = 1; round <= warmUps + rounds; round++) {
      written.length = 0;
      verdictsMs.push(await timed(() => voteAll(protection, pubkeys, round)));
      const operations = written.flat();
      rawMs.push(await timed(() => raw.batch([...operations], {sync: true})));
    }
  } finally {
    await protection.close();
    await raw.close();
  }
  const floorMs = median(rawMs.slice(warmUps));
  return {
    what: `slashing protection, ${keys} ${keys === 1 ? "vote" : "votes at once"}, p50`,
    value: median(verdictsMs.slice(warmUps)),
    unit: "ms",
    floor: {what: "one raw synced LevelDB batch of the same bytes", value: floorMs},
    valueMax: ratioMax === null ? null : ratioMax * floorMs,
  };
}

function remembering(database: ProtectionDatabase, written: (readonly WriteOperation[])[]): ProtectionDatabase {
  return {
    ...database,
    batch: (operations, options) => {
      written.push(operations);
      return database.batch(operations, options);
    },
  };
}
