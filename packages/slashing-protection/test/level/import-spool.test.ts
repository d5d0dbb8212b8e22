import assert from "node:assert/strict";
import {mkdir, readFile, rm, stat, writeFile} from "node:fs/promises";
import {join} from "node:path";
import type {Pubkey, Slot} from "@mote/core";
import {testProposal, testPubkey, testRoot, testVote} from "@mote/testing";
import {DamagedStoreError, openLevelSlashingProtection, ProtectionStoreNotWritableError} from "../../src/index.ts";
import type {InterchangeItem} from "../../src/interchange/interchange.ts";
import {ImportSpool, SPOOL_FILE_NAME} from "../../src/level/import-spool.ts";
import {ScriptedDatabase} from "../support/scripted-database.ts";
import {cutFile, filesOf, flipByte} from "../support/stored-files.ts";
import {type TemporaryStore, temporaryStore} from "../support/temporary-store.ts";

const KEYS = [1, 2, 3].map(testPubkey);

describe("the spool of an import", function () {
  this.timeout(60_000);
  let store: TemporaryStore;
  let spoolPath: string;

  beforeEach(async () => {
    store = await temporaryStore();
    await (await store.open()).close();
    spoolPath = join(store.init.path, SPOOL_FILE_NAME);
  });
  afterEach(() => store.destroy());

  it("brings together what a file says of a key, in whatever order and however often", async () => {
    const spool = await ImportSpool.create(store.init.path);
    try {
      // Each lot changes the key with every item, and says everything twice; there are more than fit into its memory.
      for (let target = 1; target <= 2000; target++) {
        const lot = KEYS.flatMap((pubkey) => [voteItem(pubkey, target), blockItem(pubkey, target)]);
        await spool.add([...lot, ...lot.toReversed()]);
      }
      await spool.add([{kind: "key", pubkey: testPubkey(4)}]);
      const mark = await spool.finish();
      assert.equal((await stat(spoolPath)).mode & 0o777, 0o600);
      const reopened = await ImportSpool.reopen(store.init.path, mark);
      for (const read of [spool, reopened]) {
        assert.deepEqual(read.pubkeys.toSorted(), [...KEYS, testPubkey(4)]);
        for (const pubkey of KEYS) {
          const {attestations, blocks} = await read.historyOf(pubkey);
          assert.deepEqual(
            attestations,
            Array.from({length: 2000}, (_, index) => testVote(index, index + 1, 1)),
          );
          assert.deepEqual(
            blocks.map(({slot}) => slot),
            Array.from({length: 2000}, (_, index) => index + 1),
          );
        }
        assert.deepEqual(await read.historyOf(testPubkey(4)), {attestations: [], blocks: []});
      }
      await reopened.close();
    } finally {
      await spool.close();
    }
  });

  it("keeps records without roots and values up to 2^64−1", async () => {
    const spool = await ImportSpool.create(store.init.path);
    const pubkey = KEYS[0] as Pubkey;
    const vote = {sourceEpoch: 2n ** 63n, targetEpoch: 2n ** 64n - 1n, signingRoot: null};
    const block = {slot: 2n ** 64n - 1n, signingRoot: null};
    await spool.add([
      {kind: "attestation", pubkey, record: vote},
      {kind: "block", pubkey, record: block},
    ]);
    await spool.finish();
    assert.deepEqual(await spool.historyOf(pubkey), {attestations: [vote], blocks: [block]});
    await spool.close();
  });

  it("is swept when it does not count", async () => {
    await writeFile(spoolPath, "what a killed import had written");
    await (await store.open()).close();
    assert.deepEqual(await filesOf(store.init.path, SPOOL_FILE_NAME), []);
  });

  it("is finished when it counts", async () => {
    await interruptImport();
    assert.equal(await exported(), await exportedAfterImport());
    assert.deepEqual(await filesOf(store.init.path, SPOOL_FILE_NAME), []);
  });

  it("is found damaged by name, whichever byte of it is another", async () => {
    await interruptImport();
    const bytes = await readFile(spoolPath);
    for (let at = 0; at < bytes.length; at += 11) {
      await flipByte(spoolPath, at, 1);
      await assertDamaged(`byte ${at}`);
      await writeFile(spoolPath, bytes);
    }
    assert.equal(await exported(), await exportedAfterImport());
  });

  it("is found damaged by name when it is cut, longer, another or gone", async () => {
    await interruptImport();
    const bytes = await readFile(spoolPath);
    for (const sizeBytes of [bytes.length - 1, bytes.length / 2, 200, 0]) {
      await cutFile(spoolPath, Math.floor(sizeBytes));
      await assertDamaged(`cut to ${sizeBytes}`);
      await writeFile(spoolPath, bytes);
    }
    await writeFile(spoolPath, Buffer.concat([bytes, Buffer.of(0)]));
    await assertDamaged("longer");
    await writeFile(spoolPath, await otherSpool(bytes.length));
    await assertDamaged("another");
    await rm(spoolPath);
    await assertDamaged("gone");
  });

  it("that cannot be written refuses the import alone", async () => {
    const protection = await store.open();
    await mkdir(join(spoolPath, "in the way"), {recursive: true});
    await assert.rejects(protection.importInterchange(FILE), ProtectionStoreNotWritableError);
    const verdict = await protection.recordAttestation(KEYS[0] as Pubkey, testVote(1, 2));
    assert.deepEqual(verdict, {kind: "accepted"});
    await rm(spoolPath, {recursive: true});
    assert.equal((await protection.importInterchange(FILE)).keys.length, KEYS.length);
    await protection.close();
  });

  it("damaged while it is merged keeps its key from deciding, and no other", async () => {
    const scripted = new ScriptedDatabase();
    const protection = await openLevelSlashingProtection(store.init, {openDatabase: scripted.open});
    scripted.holdWrites();
    const importing = protection.importInterchange(FILE);
    importing.catch(() => {});
    while (scripted.batches.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await flipByte(spoolPath, 200, 1);
    scripted.releaseWrites();
    await assert.rejects(importing, /import-spool/);
    const [damaged, ...sound] = KEYS;
    await assert.rejects(protection.recordAttestation(damaged as Pubkey, testVote(50, 51)), DamagedStoreError);
    for (const pubkey of sound) {
      assert.deepEqual(await protection.recordAttestation(pubkey, testVote(50, 51)), {kind: "accepted"});
    }
    await assert.rejects(protection.importInterchange(FILE), /not finished/);
    await assert.rejects(protection.exportInterchange()[Symbol.asyncIterator]().next(), /not finished/);
    await protection.close();
    await assertDamaged("at the next opening");
  });

  /** Its marker is on disk and nothing of it is merged. */
  async function interruptImport(): Promise<void> {
    const scripted = new ScriptedDatabase();
    const protection = await openLevelSlashingProtection(store.init, {openDatabase: scripted.open});
    scripted.failFrom(1, "nothing");
    await assert.rejects(protection.importInterchange(FILE));
    await protection.close();
  }

  async function assertDamaged(how: string): Promise<void> {
    await assert.rejects(
      store.open(),
      (error) => error instanceof DamagedStoreError && error.message.includes(SPOOL_FILE_NAME) && error.path !== null,
      how,
    );
  }

  async function exported(): Promise<string> {
    return exportOf(store);
  }
});

const FILE = {
  metadata: {interchange_format_version: "5", genesis_validators_root: testRoot(42)},
  data: KEYS.map((pubkey) => ({
    pubkey,
    signed_blocks: [{slot: "3"}, {slot: "4", signing_root: testRoot(4)}],
    signed_attestations: [1, 2, 3].map((target) => ({
      source_epoch: `${target - 1}`,
      target_epoch: `${target}`,
      signing_root: testRoot(target),
    })),
  })),
};

const voteItem = (pubkey: Pubkey, target: number): InterchangeItem => ({
  kind: "attestation",
  pubkey,
  record: testVote(target - 1, target, 1),
});

const blockItem = (pubkey: Pubkey, slot: number): InterchangeItem => ({
  kind: "block",
  pubkey,
  record: testProposal(slot as Slot),
});

async function exportOf(store: TemporaryStore): Promise<string> {
  const protection = await store.open();
  let text = "";
  for await (const piece of protection.exportInterchange()) text += piece;
  await protection.close();
  return text;
}

async function exportedAfterImport(): Promise<string> {
  const other = await temporaryStore();
  try {
    const protection = await other.open();
    await protection.importInterchange(FILE);
    await protection.close();
    return await exportOf(other);
  } finally {
    await other.destroy();
  }
}

/** A sound spool of the same size that says something else. */
async function otherSpool(sizeBytes: number): Promise<Buffer> {
  const other = await temporaryStore();
  try {
    await mkdir(other.init.path, {recursive: true});
    const spool = await ImportSpool.create(other.init.path);
    for (const pubkey of KEYS) {
      await spool.add([
        {kind: "key", pubkey},
        {kind: "block", pubkey, record: {slot: 3 as Slot, signingRoot: null}},
        blockItem(pubkey, 4),
        ...[1, 2, 3].map((target) => voteItem(pubkey, target + 1)),
      ]);
    }
    await spool.finish();
    await spool.close();
    const bytes = await readFile(join(other.init.path, SPOOL_FILE_NAME));
    assert.equal(bytes.length, sizeBytes);
    return bytes;
  } finally {
    await other.destroy();
  }
}
