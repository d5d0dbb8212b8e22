import assert from "node:assert/strict";
import {mkdir, writeFile} from "node:fs/promises";
import {dirname, join} from "node:path";
import type {Root, SlashingProtection} from "@mote/core";
import {testPubkey, testRoot, testVote} from "@mote/testing";
import {
  DamagedStoreError,
  openLevelSlashingProtection,
  ProtectionStoreLockedError,
  ProtectionStoreNotWritableError,
  UnknownSchemaVersionError,
  WrongChainError,
} from "../../src/index.ts";
import {encodeMeta, metaKey, RecordCodec} from "../../src/level/codec.ts";
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
    await tamper({type: "put", ...encodeMeta("schema_version", "99")});
    await assert.rejects(store.open(), UnknownSchemaVersionError);
  });

  it("refuses a retention of nothing", async () => {
    for (const retainEpochs of [0, -1, 1.5]) {
      await assert.rejects(openLevelSlashingProtection({...store.init, retainEpochs}), /retainEpochs/);
    }
  });

  describe("on damage", () => {
    beforeEach(() =>
      withProtection(async (protection) => {
        await protection.recordAttestation(key, testVote(1, 2));
        await protection.recordAttestation(key, testVote(2, 3));
      }),
    );
    const codec = new RecordCodec(key);
    const rejects = (source: number, target: number) =>
      withProtection((protection) =>
        assert.rejects(protection.recordAttestation(key, testVote(source, target)), DamagedStoreError),
      );

    it("opens no store whose files are no LevelDB", async () => {
      await writeFile(join(store.init.path, "CURRENT"), "nonsense");
      await assert.rejects(store.open(), DamagedStoreError);
    });

    it("refuses a key whose summary is lost", async () => {
      await tamper({type: "del", key: codec.summaryKey});
      await rejects(3, 4);
    });

    it("refuses a key whose summary was changed", async () => {
      const {key: summaryKey, value} = codec.encodeSummary({votes: null, proposals: null});
      const flipped = Uint8Array.from(value);
      flipped[5] = 1;
      await tamper({type: "put", key: summaryKey, value: flipped});
      await rejects(3, 4);
    });

    it("judges no vote from a changed record", async () => {
      const real = codec.encodeVote(testVote(2, 3));
      const moved = codec.encodeVote(testVote(2, 4));
      await tamper({type: "del", key: real.key}, {type: "put", key: moved.key, value: real.value});
      await rejects(1, 3);
    });

    it("takes no store for new that lost its facts", async () => {
      await tamper(
        {type: "del", key: metaKey("schema_version")},
        {type: "del", key: metaKey("genesis_validators_root")},
      );
      await assert.rejects(store.open(), DamagedStoreError);
    });
  });
});
