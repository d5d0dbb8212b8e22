import assert from "node:assert/strict";
import type {Epoch} from "@mote/core";
import {testPubkey, testRoot, testVote} from "@mote/testing";
import type {PostgresSlashingProtection} from "../../src/postgres/index.ts";
import {FaultyProxy} from "../support/faulty-proxy.ts";
import {type PostgresStore, postgresStore} from "../support/postgres-store.ts";
import {describeWithPostgres} from "../support/shared-postgres.ts";

const KEY_COUNT = 1_000;
const keys = Array.from({length: KEY_COUNT}, (_, index) => testPubkey(index));

describeWithPostgres("questions about what is on record", (server) => {
  let proxy: FaultyProxy;
  let store: PostgresStore;
  let protection: PostgresSlashingProtection;

  beforeEach(async () => {
    proxy = await FaultyProxy.start(server().port);
    store = await postgresStore(server(), {port: proxy.port});
    protection = await store.open();
    const signingRoot = testRoot(1);
    await Promise.all(keys.map((key) => protection.recordAttestation(key, {...testVote(1, 2), signingRoot})));
  });
  afterEach(async () => {
    await protection.close();
    await proxy.close();
    await store.destroy();
  });

  it("fail together when the database does not tell, and can be asked again", async () => {
    const ask = () => keys.map((key) => protection.explains(key, {targetEpoch: 2 as Epoch}));
    await server().query("ALTER TABLE mote_protection_votes RENAME TO away", store.schema);
    const failed = await Promise.allSettled(ask());
    assert.deepEqual(new Set(failed.map(({status}) => status)), new Set(["rejected"]));
    await server().query("ALTER TABLE away RENAME TO mote_protection_votes", store.schema);
    assert.deepEqual(new Set(await Promise.all(ask())), new Set(["unknown_root"]));
  });

  it("share round trips, as those of a node that starts with many keys", async () => {
    const ask = (targetEpoch: number, signingRoot = testRoot(1)) =>
      keys.map((key) => protection.explains(key, {targetEpoch: targetEpoch as Epoch, signingRoot}));
    proxy.countFrom("mote_votes_at");
    const [known, unknown, other] = await Promise.all(
      [ask(2), ask(3), ask(2, testRoot(2))].map((all) => Promise.all(all)),
    );
    assert.deepEqual(new Set(known), new Set(["same"]));
    assert.deepEqual(new Set(unknown), new Set(["none"]));
    assert.deepEqual(new Set(other), new Set(["other"]));
    // One statement is named when it is prepared, when it is bound and when it is described.
    assert.ok(proxy.count > 0 && proxy.count < 20, `${proxy.count} times asked`);
  });
});
