import assert from "node:assert/strict";
import {spawn} from "node:child_process";
import {once} from "node:events";
import {createInterface} from "node:readline";
import {fileURLToPath} from "node:url";
import type {Pubkey} from "@mote/core";
import {testPubkey, testVote} from "@mote/testing";
import {ProtectionStoreLockedError} from "../../src/index.ts";
import {type TemporaryStore, temporaryStore} from "../support/temporary-store.ts";

const SCRIPT = fileURLToPath(new URL("../support/vote-until-killed.ts", import.meta.url));
const KEYS = [1, 2, 3, 4].map(testPubkey);
const ROUNDS = 3;
const RETAIN_EPOCHS = 100_000;

describe("a process that is killed while it votes", function () {
  this.timeout(60_000);
  let store: TemporaryStore;

  beforeEach(async () => {
    store = await temporaryStore({retainEpochs: RETAIN_EPOCHS});
  });
  afterEach(() => store.destroy());

  it("has on disk every vote that it called accepted, and holds the store while it lives", async () => {
    const told: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const lines = await runAndKill(store, 1 + round * 10_000, 50 + 111 * round);
      assert(lines.length >= 50);
      told.push(...lines);
      assert.deepEqual(await findLost(store, told), []);
    }
    const neverMade = `${KEYS[0]} ${ROUNDS * 10_000}`;
    assert.deepEqual(await findLost(store, [...told, neverMade]), [neverMade]);
  });
});

/** Lets the child vote until it printed `linesMin` lines, kills it, and returns every line that it printed to its end. */
async function runAndKill(store: TemporaryStore, firstTarget: number, linesMin: number): Promise<string[]> {
  const {path, genesisValidatorsRoot, retainEpochs} = store.init;
  const args = [SCRIPT, path, genesisValidatorsRoot, `${retainEpochs}`, `${firstTarget}`, ...KEYS];
  const child = spawn(process.execPath, args, {stdio: ["ignore", "pipe", "inherit"]});
  const exited = once(child, "exit");
  const lines: string[] = [];
  try {
    for await (const line of createInterface({input: child.stdout})) {
      lines.push(line);
      if (lines.length === 10) await assert.rejects(store.open(), ProtectionStoreLockedError);
      if (lines.length === linesMin) child.kill("SIGKILL");
    }
  } finally {
    child.kill("SIGKILL");
  }
  const [, signal] = await exited;
  assert.equal(signal, "SIGKILL");
  return lines;
}

/** Which of the printed votes the store does not know. */
async function findLost(store: TemporaryStore, lines: readonly string[]): Promise<string[]> {
  const protection = await store.open();
  try {
    const lost: string[] = [];
    for (const line of lines) {
      const [pubkey, target] = line.split(" ");
      const vote = testVote(Number(target) - 1, Number(target));
      const verdict = await protection.recordAttestation(pubkey as Pubkey, vote);
      if (verdict.kind !== "already_signed") lost.push(line);
    }
    return lost;
  } finally {
    await protection.close();
  }
}
