import assert from "node:assert/strict";
import {type ChildProcess, spawn} from "node:child_process";
import {once} from "node:events";
import {createInterface} from "node:readline";
import {setTimeout as pause} from "node:timers/promises";
import {fileURLToPath} from "node:url";
import type {Pubkey} from "@mote/core";
import {
  areSlashableProposals,
  areSlashableVotes,
  type SignedProposal,
  type SignedVote,
  testProposal,
  testPubkey,
  testVote,
} from "@mote/testing";
import type {PostgresSlashingProtection} from "../../src/postgres/index.ts";
import {type PostgresStore, postgresStore} from "../support/postgres-store.ts";
import {describeWithPostgres} from "../support/shared-postgres.ts";

const SCRIPT = fileURLToPath(new URL("../support/vote-on-postgres.ts", import.meta.url));
const NODE_COUNT = 3;
const KILL_COUNT = 9;
const KEY_COUNT = 4;
const ACCEPTED_COUNT_MIN = 100;
const seed = Date.now() & 0x7fffffff;

interface Accepted {
  readonly pubkey: Pubkey;
  readonly vote?: SignedVote;
  readonly proposal?: SignedProposal;
}

describeWithPostgres(`three processes with the same keys, killed and started again (seed ${seed})`, (server) => {
  it("sign nothing slashable, and lose nothing that they called accepted", async function () {
    this.timeout(120_000);
    const store = await postgresStore(server(), {retainEpochs: 100_000});
    const accepted: Accepted[] = [];
    const nodes = new Set<ChildProcess>();
    let started = 0;
    const start = () => nodes.add(startNode(server().url(store.schema), store, seed + started++, accepted));
    try {
      for (let n = 0; n < NODE_COUNT; n++) start();
      for (let n = 0; n < KILL_COUNT; n++) {
        await progress(accepted, 20 + ((seed >> n) & 63));
        const victims = [...nodes];
        const victim = victims[((seed >> n) + n) % victims.length] as ChildProcess;
        nodes.delete(victim);
        await kill(victim);
        start();
      }
    } finally {
      await Promise.all([...nodes].map(kill));
    }
    assert(accepted.length >= ACCEPTED_COUNT_MIN);
    assert.deepEqual(findSlashable(accepted), []);
    const protection = await store.open();
    assert.deepEqual(await findLost(protection, accepted), []);
    const neverMade = {pubkey: testPubkey(1), vote: testVote(999_998, 999_999)};
    assert.deepEqual(await findLost(protection, [neverMade]), [neverMade]);
    await protection.close();
    await store.destroy();
  });

  it("are looked at by a checker that finds what is slashable", () => {
    const pubkey = testPubkey(1);
    const [vote, double, around] = [testVote(2, 3), testVote(2, 3, 9), testVote(1, 4)];
    assert.equal(
      findSlashable([
        {pubkey, vote},
        {pubkey, vote: testVote(3, 4)},
      ]).length,
      0,
    );
    assert.equal(
      findSlashable([
        {pubkey, vote},
        {pubkey, vote: double},
      ]).length,
      1,
    );
    assert.equal(
      findSlashable([
        {pubkey, vote: around},
        {pubkey, vote},
      ]).length,
      1,
    );
    assert.equal(
      findSlashable([
        {pubkey, vote},
        {pubkey: testPubkey(2), vote: double},
      ]).length,
      0,
    );
    const [block, other] = [testProposal(5, 1), testProposal(5, 2)];
    assert.equal(
      findSlashable([
        {pubkey, proposal: block},
        {pubkey, proposal: other},
      ]).length,
      1,
    );
  });
});

function startNode(url: string, store: PostgresStore, nodeSeed: number, accepted: Accepted[]): ChildProcess {
  const {genesisValidatorsRoot, retainEpochs} = store.init;
  const args = [SCRIPT, genesisValidatorsRoot, `${retainEpochs}`, `${nodeSeed}`, `${KEY_COUNT}`];
  const env = {...process.env, MOTE_TEST_DATABASE: url};
  const child = spawn(process.execPath, args, {stdio: ["ignore", "pipe", "inherit"], env});
  createInterface({input: child.stdout}).on("line", (line) => accepted.push(JSON.parse(line) as Accepted));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  assert.equal(child.exitCode, null, "a node ended by itself");
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}

async function progress(list: readonly unknown[], count: number): Promise<void> {
  const goal = list.length + count;
  for (let attempt = 0; list.length < goal; attempt++) {
    if (attempt > 1000) throw new Error("no progress");
    await pause(20);
  }
}

/** Every pair that could be held against a key. */
function findSlashable(accepted: readonly Accepted[]): readonly (readonly [Accepted, Accepted])[] {
  return accepted.flatMap((one, index) =>
    accepted
      .slice(index + 1)
      .filter((other) => other.pubkey === one.pubkey && areSlashable(one, other))
      .map((other) => [one, other] as const),
  );
}

function areSlashable(one: Accepted, other: Accepted): boolean {
  if (one.vote !== undefined && other.vote !== undefined) return areSlashableVotes(one.vote, other.vote);
  if (one.proposal !== undefined && other.proposal !== undefined) {
    return areSlashableProposals(one.proposal, other.proposal);
  }
  return false;
}

async function findLost(
  protection: PostgresSlashingProtection,
  accepted: readonly Accepted[],
): Promise<readonly Accepted[]> {
  const lost: Accepted[] = [];
  for (const one of accepted) {
    const verdicts = await Promise.all([
      one.vote === undefined ? null : protection.explains(one.pubkey, one.vote),
      one.proposal === undefined ? null : protection.recordBlock(one.pubkey, one.proposal),
    ]);
    const [explanation, block] = verdicts;
    const isKnown = explanation === "same" || block?.kind === "already_signed";
    if (!isKnown) lost.push(one);
  }
  return lost;
}
