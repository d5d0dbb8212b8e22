import {pbkdf2, randomBytes, scrypt} from "node:crypto";
import {availableParallelism} from "node:os";
import {promisify} from "node:util";
import type {KeystoreToUnlock} from "@mote/duty-signing";
import type {Benchmark, Figure} from "./figure.ts";
import {median, timed} from "./statistics.ts";
import {PBKDF2_ROUNDS, writeKeystores} from "./write-keystores.ts";

const CHEAP_KEYS = 64;
const CHEAP_MS_MAX = 1000;
const PBKDF2_KEYS = 16;
const SCRYPT_KEYS = 4;
const ROUNDS = 3;
/** Of the speed of the bare key derivation, on all cores. */
const SPEED_SHARE_MIN = 0.9;
const STANDARD_COST = 262_144;
const SCRYPT_BYTES = 128 * 8 * (STANDARD_COST + 1);
/** Of the free memory; the rest is left to what else the machine does. */
const MEMORY_SHARE = 0.5;

const derivePbkdf2 = promisify(pbkdf2);
const deriveScrypt = promisify<Buffer, Buffer, number, object, Buffer>(scrypt);
const bare = {
  pbkdf2: (rounds: number) => derivePbkdf2(randomBytes(16), randomBytes(32), rounds, 32, "sha256"),
  scrypt: () =>
    deriveScrypt(randomBytes(16), randomBytes(32), 32, {N: STANDARD_COST, r: 8, p: 1, maxmem: SCRYPT_BYTES + 2 ** 20}),
};

/** Unlocking of keystores, beside the bare key derivation with as many at once as Node takes and, for scrypt, cores and memory allow. */
export const keystores: Benchmark = {
  name: "keystores",
  async measure(scratchDir) {
    return [
      await cheap(scratchDir),
      await standard({kdf: "pbkdf2", keys: PBKDF2_KEYS, derive: () => bare.pbkdf2(STANDARD_COST), atOnce: PBKDF2_KEYS}),
      await standard({kdf: "scrypt", keys: SCRYPT_KEYS, derive: bare.scrypt, atOnce: scryptAtOnce()}),
    ];
  },
};

async function cheap(scratchDir: string): Promise<Figure> {
  const {DiskKeyFiles, loadKeystores} = await import("@mote/duty-signing");
  const folders = await writeKeystores(scratchDir, CHEAP_KEYS);
  const derive = () => bare.pbkdf2(PBKDF2_ROUNDS);
  const load = async () => {
    const {loaded} = await loadKeystores(folders, {files: new DiskKeyFiles()});
    if (loaded.length !== CHEAP_KEYS) throw new Error(`${loaded.length} of ${CHEAP_KEYS} keystores were loaded`);
  };
  const {valueMs, floorMs} = await inTurns(load, () => derived(CHEAP_KEYS, CHEAP_KEYS, derive));
  return {
    what: `${CHEAP_KEYS} keystores, pbkdf2 c=${PBKDF2_ROUNDS}`,
    value: valueMs,
    unit: "ms",
    floor: {what: "the bare key derivations", value: floorMs},
    valueMax: CHEAP_MS_MAX,
  };
}

async function standard({
  kdf,
  keys,
  derive,
  atOnce,
}: {
  readonly kdf: "pbkdf2" | "scrypt";
  readonly keys: number;
  readonly derive: () => Promise<unknown>;
  readonly atOnce: number;
}): Promise<Figure> {
  const {unlockKeystores} = await import("@mote/duty-signing");
  const items = await standardKeystores(kdf, keys);
  const unlock = async () => {
    const results = await unlockKeystores(items, {});
    if (results.some(({kind}) => kind === "failed")) throw new Error("a keystore was not unlocked");
  };
  const {valueMs, floorMs} = await inTurns(unlock, () => derived(keys, atOnce, derive));
  return {
    what: `${keys} standard ${kdf} keystores`,
    value: valueMs / 1000,
    unit: "s",
    floor: {what: `the bare key derivations, ${atOnce} at once`, value: floorMs / 1000},
    valueMax: floorMs / 1000 / SPEED_SHARE_MIN,
    notes: [`${((keys * 1000) / valueMs).toFixed(1)} keystores a second`],
  };
}

async function standardKeystores(kdf: "pbkdf2" | "scrypt", count: number): Promise<KeystoreToUnlock[]> {
  const {encryptKeystore, interopKeys, SystemRandomBytes} = await import("@mote/duty-signing");
  const items: KeystoreToUnlock[] = [];
  for (const secretKey of interopKeys(Array.from({length: count}, (_, index) => index))) {
    const init = {secretKey, password: randomBytes(16).toString("hex"), kdf, derivationPath: null, createdAtSec: 0};
    const {text, fileName} = await encryptKeystore(init, {random: new SystemRandomBytes()});
    items.push({name: fileName, text, password: init.password});
  }
  return items;
}

/** One after the other, so that what else the machine does falls on both. */
async function inTurns(
  value: () => Promise<unknown>,
  floor: () => Promise<unknown>,
): Promise<{readonly valueMs: number; readonly floorMs: number}> {
  const [valuesMs, floorsMs]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    floorsMs.push(await timed(floor));
    valuesMs.push(await timed(value));
  }
  return {valueMs: median(valuesMs), floorMs: median(floorsMs)};
}

async function derived(count: number, atOnce: number, derive: () => Promise<unknown>): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await derive();
  };
  await Promise.all(Array.from({length: atOnce}, lane));
}

function scryptAtOnce(): number {
  const fits = Math.floor((process.availableMemory() * MEMORY_SHARE) / SCRYPT_BYTES);
  return Math.max(1, Math.min(availableParallelism(), fits));
}
