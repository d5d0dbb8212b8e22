import assert from "node:assert/strict";
import {setTimeout as pause} from "node:timers/promises";
import type {Verdict} from "@mote/core";
import {bytesOf, KEY, testProposal, testPubkey, testRoot, testVote, textOf} from "@mote/testing";
import pg from "pg";
import {ProtectionStoreError} from "../../src/index.ts";
import type {DatabaseState, PostgresSlashingProtection} from "../../src/postgres/index.ts";
import {FaultyProxy} from "../support/faulty-proxy.ts";
import {type PostgresStore, postgresStore} from "../support/postgres-store.ts";
import {describeWithOwnPostgres, describeWithPostgres} from "../support/shared-postgres.ts";

const FAILED: Verdict = {kind: "refused", reason: "PROTECTION_STORE_FAILED"};
const ACCEPTED: Verdict = {kind: "accepted"};
const ALREADY_SIGNED: Verdict = {kind: "already_signed"};
/** Longer than any request may take; a bound for a test that would hang, not a measurement. */
const PATIENCE_MS = 20_000;

describeWithPostgres("a database in trouble", (server) => {
  let proxy: FaultyProxy;
  let store: PostgresStore;
  let protection: PostgresSlashingProtection;
  let states: DatabaseState["kind"][];

  beforeEach(async () => {
    states = [];
    proxy = await FaultyProxy.start(server().port);
    const onStateChange = ({kind}: DatabaseState) => states.push(kind);
    store = await postgresStore(server(), {port: proxy.port}, {onStateChange});
    protection = await store.open();
  });
  afterEach(async () => {
    await protection.close();
    await proxy.close();
    await store.destroy();
  });

  const acceptInTime = async (first: number): Promise<number> => {
    for (let target = first; target < first + PATIENCE_MS / 100; target++) {
      if ((await protection.recordAttestation(KEY, testVote(target - 1, target))).kind === "accepted") return target;
      await pause(100);
    }
    throw new Error("it does not recover");
  };

  it("refuses a vote whose fate is not known, and reads it back when asked again", async () => {
    await protection.recordAttestation(KEY, testVote(1, 2));
    for (const [vote, cutAt] of [
      [testVote(2, 3), "mote_record_monotone_votes"],
      [testVote(2, 5), "mote_record_monotone_votes"],
      // The long way: a late vote.
      [testVote(2, 4), "COMMIT"],
    ] as const) {
      proxy.cutAfter(cutAt);
      assert.deepEqual(await protection.recordAttestation(KEY, vote), FAILED);
      await acceptByReadingBack(vote);
    }
    assert(states.includes("unavailable"));
    assert.equal(states.at(-1), "available");
  });

  const acceptByReadingBack = async (vote: ReturnType<typeof testVote>): Promise<void> => {
    for (let attempt = 0; attempt < 50; attempt++) {
      const verdict = await protection.recordAttestation(KEY, vote);
      if (verdict.kind !== "refused") return assert.deepEqual(verdict, ALREADY_SIGNED);
      await pause(100);
    }
    throw new Error("it does not recover");
  };

  it("refuses a block whose fate is not known, and reads it back when asked again", async () => {
    proxy.cutAfter("COMMIT");
    assert.deepEqual(await protection.recordBlock(KEY, testProposal(7)), FAILED);
    assert.deepEqual(await protection.recordBlock(KEY, testProposal(7)), ALREADY_SIGNED);
  });

  it("records nothing of a transaction whose line was cut before its end", async () => {
    proxy.cutAfter("INSERT INTO mote_protection_blocks");
    assert.deepEqual(await protection.recordBlock(KEY, testProposal(7)), FAILED);
    assert.deepEqual(await protection.recordBlock(KEY, testProposal(7)), ACCEPTED);
  });

  it("changes nothing by an import whose line was cut before its end", async () => {
    await protection.recordAttestation(KEY, testVote(1, 2));
    const before = await textOf(protection.exportInterchange());
    const other = await postgresStore(server());
    const source = await other.open();
    for (let n = 1; n <= 300; n++) await source.recordAttestation(testPubkey(n), testVote(7, 8));
    const file = await textOf(source.exportInterchange());
    await source.close();
    await other.destroy();
    for (const cutAt of ["mote_stage", "mote_import_votes", "DELETE FROM mote_protection_imports"]) {
      proxy.cutAfter(cutAt);
      await assert.rejects(protection.importInterchange(bytesOf(file)), ProtectionStoreError);
      assert.equal(await textOf(protection.exportInterchange()), before);
    }
    await protection.importInterchange(bytesOf(file));
    assert.deepEqual(await server().query("SELECT 1 FROM mote_protection_imports", store.schema), []);
    assert.deepEqual(await protection.recordAttestation(testPubkey(300), testVote(7, 8)), ALREADY_SIGNED);
  });

  it("refuses while the server does not answer, within a bound, and recovers", async () => {
    await acceptInTime(1);
    proxy.stall();
    const asked = [
      protection.recordAttestation(KEY, testVote(99, 100)),
      protection.recordBlock(KEY, testProposal(7)),
      ...[1, 2, 3].map((n) => protection.recordAttestation(testPubkey(n + 1), testVote(1, 2))),
    ];
    assert.deepEqual(
      await Promise.race([Promise.all(asked), pause(PATIENCE_MS)]),
      asked.map(() => FAILED),
    );
    await assert.rejects(protection.newest(KEY), ProtectionStoreError);
    assert.deepEqual(states, ["unavailable"]);
    proxy.flow();
    await acceptInTime(200);
    assert.equal(states.at(-1), "available");
  });

  it("takes a lost connection that was idle for no outage", async () => {
    const target = await acceptInTime(1);
    await server().query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mote'");
    await pause(50);
    assert.equal((await protection.recordAttestation(KEY, testVote(target, target + 1))).kind, "accepted");
    assert.deepEqual(states, []);
  });

  it("finds an outage before anybody asks", async () => {
    await proxy.close();
    for (let waited = 0; states.length === 0 && waited < PATIENCE_MS; waited += 20) await pause(20);
    assert.deepEqual(states, ["unavailable"]);
  });

  it("closes while the server does not answer", async () => {
    proxy.stall();
    const asked = protection.recordAttestation(KEY, testVote(1, 2));
    assert.equal(await Promise.race([protection.close().then(() => "closed"), pause(PATIENCE_MS)]), "closed");
    assert.deepEqual(await asked, FAILED);
  });

  it("refuses what is kept waiting by somebody's lock, and goes on when that lets go", async () => {
    const target = await acceptInTime(1);
    const holder = new pg.Client({connectionString: server().url(store.schema)});
    await holder.connect();
    await holder.query("BEGIN");
    await holder.query("SELECT 1 FROM mote_protection_keys FOR UPDATE");
    assert.deepEqual(await protection.recordAttestation(KEY, testVote(target, target + 1)), FAILED);
    await holder.query("ROLLBACK");
    await holder.end();
    await acceptInTime(target + 2);
  });

  it("runs again what the database undid: deadlocks and serialization failures", async () => {
    const other = await store.open();
    await failTimes(2, "40001");
    assert.deepEqual(await protection.recordAttestation(KEY, testVote(1, 2)), ACCEPTED);
    await failTimes(2, "40P01");
    assert.deepEqual(await protection.recordAttestation(KEY, testVote(2, 3)), ACCEPTED);
    assert.deepEqual(await protection.recordAttestation(KEY, testVote(2, 3)), ALREADY_SIGNED);
    await failTimes(100, "40001");
    assert.deepEqual(await protection.recordAttestation(KEY, testVote(3, 4)), FAILED);
    await failTimes(0, "40001");
    assert.deepEqual(await other.recordAttestation(KEY, testVote(3, 4)), ACCEPTED);
    await other.close();
    assert.deepEqual(states, []);
  });

  /** The next `count` votes that are put on record fail with this SQLSTATE. A sequence counts, since it is not undone. */
  const failTimes = async (count: number, sqlState: string): Promise<void> => {
    await server().query(
      `DROP SEQUENCE IF EXISTS attempts CASCADE;
      CREATE SEQUENCE attempts;
      CREATE OR REPLACE FUNCTION fail_some() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('attempts') <= ${count} THEN RAISE EXCEPTION 'provoked' USING ERRCODE = '${sqlState}'; END IF;
        RETURN NEW;
      END $$;
      CREATE OR REPLACE TRIGGER fail_some BEFORE INSERT ON mote_protection_votes FOR EACH ROW EXECUTE FUNCTION fail_some()`,
      store.schema,
    );
  };

  it("takes a warning with a commit for a failure", async () => {
    await protection.recordAttestation(KEY, testVote(1, 2));
    await server().query(
      `CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'not replicated'; RETURN NEW; END $$;
      CREATE TRIGGER warn BEFORE INSERT ON mote_protection_votes FOR EACH ROW EXECUTE FUNCTION warn()`,
      store.schema,
    );
    assert.deepEqual(await protection.recordAttestation(KEY, testVote(2, 3)), FAILED);
  });

  const cutConnections = async (): Promise<void> => {
    await server().query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mote'");
    await pause(50);
  };

  it("is not taken for what it was when it is older than what it confirmed", async () => {
    await protection.recordAttestation(KEY, testVote(1, 2));
    await protection.recordAttestation(KEY, testVote(2, 3));
    // As a backup from between the two votes has it.
    await server().query(
      "DELETE FROM mote_protection_votes WHERE target = 3; UPDATE mote_protection_keys SET newest_source = 1, newest_target = 2",
      store.schema,
    );
    await cutConnections();
    const conflicting = {...testVote(2, 3), signingRoot: testRoot(9)};
    assert.deepEqual(await protection.recordAttestation(KEY, conflicting), FAILED);
    assert.deepEqual(states, ["unavailable"]);
  });

  it("is the same when it has forgotten old votes, and when it knew the vote already", async () => {
    const other = await store.open();
    await other.recordAttestation(KEY, testVote(1, 2));
    await other.recordAttestation(KEY, testVote(2, 3));
    assert.deepEqual(await protection.recordAttestation(KEY, testVote(1, 2)), ALREADY_SIGNED);
    await server().query(
      "DELETE FROM mote_protection_votes WHERE target = 2; UPDATE mote_protection_keys SET watermark_source = 1, watermark_target = 2",
      store.schema,
    );
    await cutConnections();
    assert.deepEqual(await protection.recordAttestation(KEY, testVote(3, 4)), ACCEPTED);
    await cutConnections();
    assert.deepEqual(await protection.recordAttestation(KEY, testVote(4, 5)), ACCEPTED);
    await other.close();
  });

  it("is not taken for what it was when its tables are gone or another chain's", async () => {
    await protection.recordAttestation(KEY, testVote(1, 2));
    await server().query(
      `UPDATE mote_protection_facts SET value = '${testRoot(43)}' WHERE name = 'genesis_validators_root'`,
      store.schema,
    );
    await server().query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mote'`);
    await pause(50);
    assert.deepEqual(await protection.recordAttestation(KEY, testVote(2, 3)), FAILED);
  });
});

describeWithOwnPostgres("a server that is killed and started again under load", {}, (server) => {
  it("loses no accepted vote, and every node recovers by itself", async function () {
    this.timeout(120_000);
    const store = await postgresStore(server(), {retainEpochs: 100_000});
    const protection = await store.open();
    const keys = Array.from({length: 8}, (_, n) => testPubkey(n + 1));
    const accepted: {readonly key: (typeof keys)[number]; readonly target: number}[] = [];
    let refusedCount = 0;
    let isOver = false;
    const load = keys.map(async (key) => {
      for (let target = 1; !isOver; target++) {
        const verdict = await protection.recordAttestation(key, testVote(target - 1, target));
        if (verdict.kind === "accepted") accepted.push({key, target});
        else {
          refusedCount++;
          assert.deepEqual(verdict, FAILED);
          await pause(20);
        }
      }
    });
    for (let round = 0; round < 3; round++) {
      await progress(accepted, 200);
      await server().kill();
      await pause(100);
      await server().restart();
    }
    await progress(accepted, 200);
    isOver = true;
    await Promise.all(load);
    assert(refusedCount > 0);
    const lost = [];
    for (const {key, target} of accepted) {
      const known = await protection.explains(key, testVote(target - 1, target));
      if (known !== "same") lost.push({key, target, known});
    }
    assert.deepEqual(lost, []);
    assert.equal(await protection.explains(KEY, testVote(999_998, 999_999)), "none");
    await protection.close();
    await store.destroy();
  });
});

async function progress(list: readonly unknown[], count: number): Promise<void> {
  const goal = list.length + count;
  for (let waited = 0; list.length < goal; waited += 50) {
    if (waited > PATIENCE_MS) throw new Error("no progress");
    await pause(50);
  }
}
