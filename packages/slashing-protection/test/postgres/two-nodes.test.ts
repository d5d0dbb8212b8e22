import assert from "node:assert/strict";
import {setTimeout as pause} from "node:timers/promises";
import type {Pubkey, Verdict} from "@mote/core";
import {testProposal, testPubkey, testVote} from "@mote/testing";
import pg from "pg";
import {openPostgresSlashingProtection, type PostgresSlashingProtection} from "../../src/postgres/index.ts";
import {type PostgresStore, postgresStore} from "../support/postgres-store.ts";
import {describeWithPostgres} from "../support/shared-postgres.ts";

const KEYS = Array.from({length: 20}, (_, n) => testPubkey(n + 1));
const [KEY] = KEYS as [Pubkey];
const NODE_COUNT = 3;
const ROUND_COUNT = 20;

type Ask = (node: PostgresSlashingProtection, key: Pubkey, n: number) => Promise<Verdict>;

const count = (verdicts: readonly Verdict[], kind: Verdict["kind"]): number =>
  verdicts.filter((verdict) => verdict.kind === kind).length;

/** All nodes ask at once for each key. Throws unless one of them, and no more, is told to sign. */
async function assertOneAccepted(nodes: readonly PostgresSlashingProtection[], ask: Ask): Promise<void> {
  const verdicts = await Promise.all(KEYS.map((key) => Promise.all(nodes.map((node, n) => ask(node, key, n)))));
  for (const ofKey of verdicts) assert.equal(count(ofKey, "accepted"), 1, JSON.stringify(ofKey));
}

const conflicting: readonly [string, (round: number) => Ask][] = [
  ["votes for a target", (round) => (node, key, n) => node.recordAttestation(key, testVote(round - 1, round, n))],
  [
    "votes around each other",
    (round) => (node, key, n) => node.recordAttestation(key, testVote(round * 10 + n, round * 10 + 9 - n)),
  ],
  ["late votes", (round) => (node, key, n) => node.recordAttestation(key, testVote(500 - round, 1000 - round, n))],
  ["blocks", (round) => (node, key, n) => node.recordBlock(key, testProposal(round, n))],
];

describeWithPostgres("nodes with the same keys on one database", (server) => {
  let store: PostgresStore;
  let nodes: readonly PostgresSlashingProtection[] = [];

  const openAll = async (urls: readonly string[]): Promise<void> => {
    // At once, so that all make the tables.
    nodes = await Promise.all(urls.map((url) => openPostgresSlashingProtection({...store.init, url})));
  };

  beforeEach(async () => {
    store = await postgresStore(server());
  });
  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.close()));
    await store.destroy();
  });

  for (const isolation of ["read committed", "repeatable read", "serializable"]) {
    describe(`where the default isolation is ${isolation}`, () => {
      beforeEach(async () => {
        const option = `options=-cdefault_transaction_isolation%3D${isolation.replace(" ", "%5C%20")}%20`;
        await openAll(Array.from({length: NODE_COUNT}, () => store.init.url.replace("options=", option)));
      });

      for (const [what, asked] of conflicting) {
        it(`accept exactly one of conflicting ${what}`, async () => {
          if (what === "late votes") {
            await Promise.all(KEYS.map((key) => nodes[0]?.recordAttestation(key, testVote(100, 200))));
            await Promise.all(KEYS.map((key) => nodes[0]?.recordAttestation(key, testVote(500, 1000))));
          }
          for (let round = 1; round <= ROUND_COUNT; round++) await assertOneAccepted(nodes, asked(round));
        });
      }

      it("accept one of equal votes and know it on the others", async () => {
        for (let round = 1; round <= ROUND_COUNT; round++) {
          const verdicts = await Promise.all(
            nodes.map((node) => node.recordAttestation(KEY, testVote(round - 1, round))),
          );
          const kinds = verdicts.map(({kind}) => kind).sort();
          assert.deepEqual(kinds, ["accepted", "already_signed", "already_signed"], JSON.stringify(verdicts));
        }
      });
    });
  }

  it("would be caught if they shared nothing", async () => {
    const other = await store.another();
    await openAll([store.init.url, other.init.url]);
    for (const [, asked] of conflicting)
      await assert.rejects(assertOneAccepted(nodes, asked(1)), assert.AssertionError);
    await Promise.all(nodes.map((node) => node.close()));
    await other.destroy();
  });

  it("know what the others recorded, and freeze only for themselves", async () => {
    await openAll([store.init.url, store.init.url]);
    const [here, there] = nodes as [PostgresSlashingProtection, PostgresSlashingProtection];
    await here.recordAttestation(KEY, testVote(3, 4));
    assert.equal(await there.explains(KEY, testVote(3, 4)), "same");
    assert.deepEqual(await there.newest(KEY), {sourceEpoch: 3, targetEpoch: 4, slot: null});
    await here.freeze(KEY);
    assert.deepEqual(await here.recordAttestation(KEY, testVote(4, 5)), {kind: "refused", reason: "KEY_FROZEN"});
    assert.equal((await there.recordAttestation(KEY, testVote(4, 5))).kind, "accepted");
  });

  it("come out of a deadlock with somebody who locks in another order", async () => {
    await openAll([store.init.url]);
    const [node] = nodes as [PostgresSlashingProtection];
    const [first, last] = [testPubkey(1), testPubkey(2)];
    const voteBoth = (n: number) => [first, last].map((key) => node.recordAttestation(key, testVote(n - 1, n)));
    await Promise.all(voteBoth(1));
    const client = new pg.Client({connectionString: store.init.url});
    await client.connect();
    // So that it is the node that finds the deadlock and gives way.
    await client.query("SET deadlock_timeout = '1min'");
    await client.query("BEGIN");
    const lock = "SELECT 1 FROM mote_protection_keys WHERE pubkey = $1 FOR UPDATE";
    await client.query(lock, [Buffer.from(last.slice(2), "hex")]);
    const votes = Promise.all(voteBoth(2));
    await pause(20);
    await client.query(lock, [Buffer.from(first.slice(2), "hex")]);
    await client.query("COMMIT");
    await client.end();
    assert.deepEqual(await votes, [{kind: "accepted"}, {kind: "accepted"}]);
    for (let attempt = 0; attempt < 100 && !server().hasLogged("deadlock detected"); attempt++) await pause(20);
    assert(server().hasLogged("deadlock detected"), "there was no deadlock to come out of");
  });
});
