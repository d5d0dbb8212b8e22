import assert from "node:assert/strict";
import type {ChildProcess} from "node:child_process";
import {ProtectionStoreLockedError} from "../../src/index.ts";
import {type TemporaryStore, temporaryStore} from "../support/temporary-store.ts";
import {childScript, runChild} from "./child-process.ts";
import {findLost, importedKeys} from "./find-lost.ts";
import {IMPORTED_KEYS} from "./messages.ts";
import {randomNumbers} from "./random-numbers.ts";

const seed = Date.now() & 0x7fffffff;
const STORES = 10;
const KILLS_PER_STORE = 10;
/** Enough that a hasty process is killed at each of its bad moments. */
const HASTY_LIVES = 20;
const NUMBERS_PER_LIFE = 10_000;

type Mode = "honest" | "hasty";

describe("a process that is killed while it votes, proposes and imports", function () {
  this.timeout(180_000);
  const random = randomNumbers(seed);

  it(`keeps all that it called accepted, and each file as a whole, ${2 * STORES * KILLS_PER_STORE} times (seed ${seed})`, async () => {
    const torture = async (retainEpochs: number) => {
      for (let store = 0; store < STORES; store++) await tortureStore(retainEpochs);
    };
    await Promise.all([torture(1_000_000), torture(8)]);
  });

  it("is caught when it prints before it is told, and imports a file in pieces", async () => {
    const store = await temporaryStore();
    try {
      const broken: string[] = [];
      const told: string[] = [];
      for (let life = 0; life < HASTY_LIVES; life++) {
        broken.push(...(await findBroken(store, told, {life, mode: "hasty"})));
      }
      assert(broken.includes("half a file"), "no half file was found");
      for (const word of ["vote", "block", "import"]) {
        assert(
          broken.some((line) => line.startsWith(word)),
          `no lost ${word} was found`,
        );
      }
    } finally {
      await store.destroy();
    }
  });

  it("leaves its store to the next process at once, and to no other before", async () => {
    const store = await temporaryStore();
    try {
      let refusals = 0;
      const {signal} = await runChild(process.execPath, argsOf(store, 1, "honest"), async (child, count) => {
        if (count !== 20) return;
        await assert.rejects(store.open(), ProtectionStoreLockedError);
        refusals++;
        child.kill("SIGKILL");
      });
      assert.deepEqual([signal, refusals], ["SIGKILL", 1]);
      await (await store.open()).close();
    } finally {
      await store.destroy();
    }
  });

  async function tortureStore(retainEpochs: number): Promise<void> {
    const store = await temporaryStore({retainEpochs});
    try {
      const told: string[] = [];
      for (let life = 0; life < KILLS_PER_STORE; life++) {
        assert.deepEqual(await findBroken(store, told, {life, mode: "honest"}), []);
      }
      assert(told.length > 0);
    } finally {
      await store.destroy();
    }
  }

  /** Adds to `told` what one process prints until it is killed, and returns the promises that it broke. */
  async function findBroken(
    store: TemporaryStore,
    told: string[],
    {life, mode}: {readonly life: number; readonly mode: Mode},
  ): Promise<string[]> {
    const first = 1 + life * NUMBERS_PER_LIFE;
    const lines = await liveAndDie(argsOf(store, first, mode));
    told.push(...lines);
    const protection = await store.open();
    try {
      const {retainEpochs} = store.init;
      const lost = await findLost(protection, told, {retainEpochs, lastStart: first});
      const fileCount = lines.filter((line) => line.startsWith("import")).length;
      // The file that it was at; a hasty process has printed that one already.
      const keyCount = await importedKeys(protection, first + fileCount - (mode === "hasty" ? 1 : 0));
      return keyCount === 0 || keyCount === IMPORTED_KEYS.length ? lost : [...lost, "half a file"];
    } finally {
      await protection.close();
    }
  }

  /** Kills the process after some line, or at some moment of its start. */
  async function liveAndDie(args: readonly string[]): Promise<readonly string[]> {
    const isEarly = random() < 0.15;
    const linesMax = isEarly ? Number.POSITIVE_INFINITY : 1 + Math.floor(random() * 80);
    const kill = (child: ChildProcess) => void child.kill("SIGKILL");
    const {lines, signal} = await runChild(
      process.execPath,
      args,
      (child, count) => {
        if (count >= linesMax) kill(child);
      },
      (child) => {
        if (isEarly) setTimeout(() => kill(child), 60 + random() * 120);
      },
    );
    assert.equal(signal, "SIGKILL");
    return lines;
  }
});

function argsOf({init}: TemporaryStore, first: number, mode: Mode): string[] {
  const {path, genesisValidatorsRoot, retainEpochs} = init;
  return [childScript("accept-until-killed"), path, genesisValidatorsRoot, `${retainEpochs}`, `${first}`, mode];
}
