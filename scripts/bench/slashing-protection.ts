import {randomBytes} from "node:crypto";
import {join} from "node:path";
import type {Epoch, Pubkey, Root, SlashingProtection} from "@mote/core";
import {openLevelSlashingProtection, type ProtectionDatabase, type WriteOperation} from "@mote/slashing-protection";
import {Level} from "level";
import type {Benchmark, Figure} from "./figure.ts";
import {median, timed} from "./statistics.ts";

/** Keys that vote at once, and how often they do. */
const SERIES = [
  {keys: 1, rounds: 200},
  {keys: 64, rounds: 100},
  {keys: 1000, rounds: 30},
] as const;

/** Verdicts on disk, asked for at once, against one raw synced batch that writes the very same bytes. */
export const slashingProtection: Benchmark = {
  name: "slashing protection",
  async measure(scratchDir) {
    const figures: Figure[] = [];
    for (const {keys, rounds} of SERIES) figures.push(await measureKeys(join(scratchDir, `${keys}`), keys, rounds));
    return figures;
  },
};

async function measureKeys(dir: string, keys: number, rounds: number): Promise<Figure> {
  const written: (readonly WriteOperation[])[] = [];
  const raw = await openRaw(`${dir}-raw`);
  const protection = await openLevelSlashingProtection(
    {path: `${dir}-protection`, genesisValidatorsRoot: hex(32) as Root, retainEpochs: 128},
    {openDatabase: async (path) => remembering(await openRaw(path), written)},
  );
  const pubkeys = Array.from({length: keys}, () => hex(48) as Pubkey);
  const verdictsMs: number[] = [];
  const rawMs: number[] = [];
  try {
    for (let round = 1; round <= rounds; round++) {
      written.length = 0;
      verdictsMs.push(await timed(() => voteAll(protection, pubkeys, round)));
      const operations = written.flat();
      rawMs.push(await timed(() => raw.batch(operations, {sync: true})));
    }
  } finally {
    await protection.close();
    await raw.close();
  }
  return {
    what: `slashing protection, ${keys} ${keys === 1 ? "vote" : "votes at once"}, p50`,
    value: median(verdictsMs),
    unit: "ms",
    floor: {what: "one raw synced LevelDB batch of the same bytes", value: median(rawMs)},
    valueMax: null,
  };
}

async function voteAll(protection: SlashingProtection, pubkeys: readonly Pubkey[], round: number): Promise<void> {
  const vote = {sourceEpoch: (round - 1) as Epoch, targetEpoch: round as Epoch, signingRoot: hex(32) as Root};
  const verdicts = await Promise.all(pubkeys.map((pubkey) => protection.recordAttestation(pubkey, vote)));
  if (verdicts.some(({kind}) => kind !== "accepted")) throw new Error("a sound vote was refused");
}

async function openRaw(path: string): Promise<ProtectionDatabase> {
  const level = new Level<Uint8Array, Uint8Array>(path, {keyEncoding: "view", valueEncoding: "view"});
  await level.open();
  return {
    get: (key) => level.get(key),
    entries: async ({from, before}, limit = -1) => {
      const entries = await level.iterator({gte: from, lt: before, limit}).all();
      return entries.map(([key, value]) => ({key, value}));
    },
    batch: (operations, options) => level.batch([...operations], options),
    close: () => level.close(),
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

const hex = (bytes: number): string => `0x${randomBytes(bytes).toString("hex")}`;
