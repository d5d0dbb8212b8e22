import assert from "node:assert/strict";
import {mkdir, readdir, writeFile} from "node:fs/promises";
import {dirname, join} from "node:path";
import type {Root, SlashingProtection} from "@mote/core";
import {testPubkey, testRoot, testVote} from "@mote/testing";
import {
  openLevelSlashingProtection,
  ProtectionStoreLockedError,
  ProtectionStoreMissingError,
  ProtectionStoreNotWritableError,
  readGenesisValidatorsRoot,
  UnknownSchemaVersionError,
  WrongChainError,
} from "../../src/index.ts";
import {encodeMeta} from "../../src/level/codec.ts";
import {openLevelDatabase} from "../../src/level/level-database.ts";
import type {WriteOperation} from "../../src/level/protection-database.ts";
import {type TemporaryStore, temporaryStore} from "../support/temporary-store.ts";

describe("openLevelSlashingProtection", () => {
  let store: TemporaryStore;
  const key = testPubkey(1);

  beforeEach(async () => {
    store = await temporaryStore();
  });
  afterEach(() => store.destroy());

  const withProtection = async (use: (protection: SlashingProtection) => Promise<unknown>) => {
    const protection = await store.open();
    try {
      await use(protection);
    } finally {
      await protection.close();
    }
  };
  const tamper = async (...operations: readonly WriteOperation[]) => {
    const database = await openLevelDatabase(store.init.path);
    await database.batch(operations, {sync: true});
    await database.close();
  };

  it("refuses the store of another chain, naming both, and lets go of it", async () => {
    await withProtection(async () => {});
    const genesisValidatorsRoot: Root = testRoot(43);
    await assert.rejects(openLevelSlashingProtection({...store.init, genesisValidatorsRoot}), (error) => {
      assert(error instanceof WrongChainError);
      assert.equal(error.storedGenesisValidatorsRoot, testRoot(42));
      assert.equal(error.genesisValidatorsRoot, testRoot(43));
      return true;
    });
    await withProtection(async () => {});
  });

  it("refuses a store that is open elsewhere", async () => {
    await withProtection(() => assert.rejects(store.open(), ProtectionStoreLockedError));
    await withProtection(async () => {});
  });

  it("refuses a place that it cannot write to", async () => {
    await writeFile(store.init.path, "a file in the way");
    await assert.rejects(store.open(), ProtectionStoreNotWritableError);
    const path = join(dirname(store.init.path), "other");
    await mkdir(join(path, "LOCK"), {recursive: true});
    await assert.rejects(openLevelSlashingProtection({...store.init, path}), ProtectionStoreNotWritableError);
  });

  it("makes the directories above the store", async () => {
    const protection = await openLevelSlashingProtection({...store.init, path: join(store.init.path, "a", "b")});
    await protection.close();
  });

  it("refuses a schema that it does not know", async () => {
    await withProtection(async () => {});
    await tamper(encodeMeta("schema_version", "99"));
    await assert.rejects(store.open(), UnknownSchemaVersionError);
  });

  it("refuses a retention of nothing", async () => {
    for (const retainEpochs of [0, -1, 1.5]) {
      await assert.rejects(openLevelSlashingProtection({...store.init, retainEpochs}), /retainEpochs/);
    }
  });

  describe("that must exist", () => {
    const mustExist = true;

    it("refuses where nothing is, says the way out, and makes nothing", async () => {
      await assert.rejects(openLevelSlashingProtection({...store.init, mustExist}), (error) => {
        assert(error instanceof ProtectionStoreMissingError);
        for (const way of [/restore/, /slashing-protection import/, /--init-slashing-protection/]) {
          assert.match(error.message, way);
        }
        return true;
      });
      await assert.rejects(readdir(store.init.path), {code: "ENOENT"});
      assert.equal(await readGenesisValidatorsRoot(store.init.path), null);
    });

    it("takes a store that never got its facts for missing, and lets it be made", async () => {
      await tamper();
      assert.equal(await readGenesisValidatorsRoot(store.init.path), null);
      await assert.rejects(openLevelSlashingProtection({...store.init, mustExist}), ProtectionStoreMissingError);
      await withProtection((protection) => protection.recordAttestation(key, testVote(1, 2)));
      const protection = await openLevelSlashingProtection({...store.init, mustExist});
      await protection.close();
    });

    it("makes a store where an earlier process ended before it had made one", async () => {
      await mkdir(store.init.path);
      for (const name of ["LOCK", "LOG", "MANIFEST-000001"]) await writeFile(join(store.init.path, name), "");
      await assert.rejects(openLevelSlashingProtection({...store.init, mustExist}), ProtectionStoreMissingError);
      await withProtection(async () => {});
      assert.equal(await readGenesisValidatorsRoot(store.init.path), testRoot(42));
    });
  });
});
