import {join} from "node:path";
import type {Epoch, Pubkey, Root} from "@mote/core";
import {openLevelDatabase, openLevelSlashingProtection} from "@mote/slashing-protection";
import {Child, eventOf} from "./child.ts";
import type {Benchmark, Figure} from "./figure.ts";
import {median, timed} from "./statistics.ts";
import {randomPubkeys, randomRoot, voteAll} from "./votes.ts";

const KEYS = 10_000;
const EPOCHS = 512;
const GENESIS_VALIDATORS_ROOT = `0x${"42".repeat(32)}` as Root;
const OPEN_MS_MAX = 3_000;
const RSS_MIB_MAX = 40;
const JUDGE_US_MAX = 5;
const SLOW_MS_MAX = 1;
const SLOW_ROUNDS = 500;
const OPENINGS = 3;
/** An epoch of mainnet. */
const SLOTS = 32;
const VOTES = Math.ceil(KEYS / SLOTS);
const TIMEOUT_MS = 120_000;

/** A store of a pool operator's size: how it opens, and what a verdict costs in it apart from the write. */
export const largeProtection: Benchmark = {
  name: "large protection store",
  async measure(scratchDir) {
    const [emptyPath, fullPath] = [join(scratchDir, "empty"), join(scratchDir, "full")];
    await (await openStore(emptyPath)).close();
    const pubkeys = randomPubkeys(KEYS);
    await fill(fullPath, pubkeys);
    const [empty, full] = [await openings(emptyPath), await openings(fullPath)];
    const of = `${KEYS.toLocaleString("en")} keys × ${EPOCHS} votes`;
    return [
      {
        what: `opening ${of}`,
        value: full.openMs,
        unit: "ms",
        floor: {what: "an empty one", value: empty.openMs},
        valueMax: OPEN_MS_MAX,
      },
      {
        what: `RSS with ${of}, 3 s after opening`,
        value: full.rssMib,
        unit: "MiB",
        floor: {what: "an empty one", value: empty.rssMib},
        valueMax: empty.rssMib + RSS_MIB_MAX,
      },
      await slowJudging(fullPath, pubkeys),
      // The last one: a store whose writes were not made cannot be opened again.
      await judging(fullPath, pubkeys),
    ];
  },
};

const openStore = (path: string) =>
  openLevelSlashingProtection({path, genesisValidatorsRoot: GENESIS_VALIDATORS_ROOT, retainEpochs: EPOCHS});

async function fill(path: string, pubkeys: readonly Pubkey[]): Promise<void> {
  const protection = await openStore(path);
  try {
    for (let target = 1; target <= EPOCHS; target++) await voteAll(protection, pubkeys, target);
  } finally {
    await protection.close();
  }
}

async function openings(path: string): Promise<{readonly openMs: number; readonly rssMib: number}> {
  const runs: {readonly openMs: number; readonly rssMib: number}[] = [];
  for (let run = 0; run < OPENINGS; run++) {
    const script = join(import.meta.dirname, "open-protection.ts");
    const child = new Child({argv: [script, path, GENESIS_VALIDATORS_ROOT]});
    const line = await child.waitFor("opening", (text) => eventOf(text, "opened"), TIMEOUT_MS);
    await child.exited;
    runs.push({openMs: Number(line.openMs), rssMib: Number(line.rssMib)});
  }
  return {openMs: median(runs.map(({openMs}) => openMs)), rssMib: median(runs.map(({rssMib}) => rssMib))};
}

/** All keys vote again, slot by slot, on a disk that takes everything at once and keeps nothing. */
async function judging(path: string, pubkeys: readonly Pubkey[]): Promise<Figure> {
  const protection = await openLevelSlashingProtection(
    {path, genesisValidatorsRoot: GENESIS_VALIDATORS_ROOT, retainEpochs: EPOCHS},
    {openDatabase: async (at) => ({...(await openLevelDatabase(at)), batch: async () => {}})},
  );
  const slots = Array.from({length: SLOTS}, (_, slot) => pubkeys.slice(slot * VOTES, (slot + 1) * VOTES));
  const epochMs = (target: number) =>
    timed(async () => {
      for (const slot of slots) await voteAll(protection, slot, target);
    });
  try {
    await epochMs(EPOCHS + 1);
    const epochsMs: number[] = [];
    for (let round = 2; round < 7; round++) epochsMs.push(await epochMs(EPOCHS + round));
    return {
      what: `a vote ahead of all others, ${VOTES} at once, without the write`,
      value: (median(epochsMs) * 1000) / KEYS,
      unit: "µs",
      floor: null,
      valueMax: JUDGE_US_MAX,
    };
  } finally {
    await protection.close();
  }
}

/** Votes that the whole history of a key has to refuse. */
async function slowJudging(path: string, pubkeys: readonly Pubkey[]): Promise<Figure> {
  const protection = await openStore(path);
  const timesMs: number[] = [];
  try {
    for (const pubkey of pubkeys.slice(0, SLOW_ROUNDS)) {
      const vote = {
        sourceEpoch: (EPOCHS / 2) as Epoch,
        targetEpoch: (EPOCHS + 10) as Epoch,
        signingRoot: randomRoot(),
      };
      timesMs.push(
        await timed(async () => {
          const verdict = await protection.recordAttestation(pubkey, vote);
          if (verdict.kind !== "refused") throw new Error("a surrounding vote was not refused");
        }),
      );
    }
  } finally {
    await protection.close();
  }
  return {
    what: `a vote judged by ${EPOCHS} others, p50`,
    value: median(timesMs),
    unit: "ms",
    floor: null,
    valueMax: SLOW_MS_MAX,
  };
}
