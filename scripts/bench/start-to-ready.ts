import {execFileSync} from "node:child_process";
import {pbkdf2, randomBytes} from "node:crypto";
import {join} from "node:path";
import {promisify} from "node:util";
import {Child, eventOf} from "./child.ts";
import {joinWords, openDevnet} from "./devnet.ts";
import type {Benchmark} from "./figure.ts";
import {median, timed} from "./statistics.ts";
import {PBKDF2_ROUNDS, writeKeystores} from "./write-keystores.ts";

const KEYS = 64;
const STARTS = 5;
const READY_SEC_MAX = 2;
/** All starts come before genesis: nothing is voted, and each start may have a directory of its own. */
const GENESIS_DELAY_SEC = 120;
const TIMEOUT_MS = 20_000;

/** From the start of the process to the line that says that it is ready to attest. */
export const startToReady: Benchmark = {
  name: "start to ready",
  async measure(scratchDir) {
    const {keystoresDir, secretsDir} = await writeKeystores(scratchDir, KEYS);
    const devnet = await openDevnet({validators: KEYS, secondsPerSlot: 2, genesisDelaySec: GENESIS_DELAY_SEC});
    const startsSec: number[] = [];
    const floorsSec: number[] = [];
    try {
      for (let start = 0; start < STARTS; start++) {
        const words = joinWords(devnet.url, join(scratchDir, `data-${start}`));
        startsSec.push(await startOnce([...words, "--keystores-dir", keystoresDir, "--secrets-dir", secretsDir]));
        floorsSec.push(await floorOnce());
      }
    } finally {
      await devnet.child.stop();
    }
    return [
      {
        what: `start to ready, ${KEYS} keystores, p50`,
        value: median(startsSec),
        unit: "s",
        floor: {what: `start of a bare Node and its pbkdf2 of ${KEYS} passwords`, value: median(floorsSec)},
        valueMax: READY_SEC_MAX,
        notes: [`at most ${Math.max(...startsSec).toFixed(2)} s of ${STARTS} starts`],
      },
    ];
  },
};

async function startOnce(words: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  const node = Child.mote(words);
  try {
    const ready = await node.waitFor("ready", (line) => eventOf(line, "ready"), TIMEOUT_MS);
    const readySec = (performance.now() - startedMs) / 1000;
    if (ready.withDuties !== KEYS) throw new Error(`ready with ${ready.withDuties} of ${KEYS} validators`);
    return readySec;
  } finally {
    await node.stop();
  }
}

async function floorOnce(): Promise<number> {
  const bareMs = await timed(() => execFileSync(process.execPath, ["-e", "0"]));
  const derive = promisify(pbkdf2);
  const derivingMs = await timed(() =>
    Promise.all(
      Array.from({length: KEYS}, () => derive(randomBytes(16), randomBytes(32), PBKDF2_ROUNDS, 32, "sha256")),
    ),
  );
  return (bareMs + derivingMs) / 1000;
}
