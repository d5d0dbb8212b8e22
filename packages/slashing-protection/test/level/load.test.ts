import assert from "node:assert/strict";
import {testPubkey, testVote} from "@mote/testing";
import {openLevelSlashingProtection} from "../../src/index.ts";
import {openLevelDatabase} from "../../src/level/level-database.ts";
import type {OpenProtectionDatabase} from "../../src/level/protection-database.ts";
import {type TemporaryStore, temporaryStore} from "../support/temporary-store.ts";

describe("LevelSlashingProtection.load", () => {
  let store: TemporaryStore;
  const [known, fresh] = [testPubkey(1), testPubkey(2)];

  beforeEach(async () => {
    store = await temporaryStore();
    const protection = await store.open();
    await protection.recordAttestation(known, testVote(3, 4, 1));
    await protection.close();
  });
  afterEach(() => store.destroy());

  it("spares the first votes the disk, and changes no verdict", async () => {
    let reads = 0;
    const counting: OpenProtectionDatabase = async (path) => {
      const database = await openLevelDatabase(path);
      return {
        ...database,
        get: (key) => {
          reads++;
          return database.get(key);
        },
        entries: (range, limit) => {
          reads++;
          return database.entries(range, limit);
        },
      };
    };
    const protection = await openLevelSlashingProtection(store.init, {openDatabase: counting});
    try {
      await protection.load([known, fresh]);
      const before = reads;
      const verdicts = await Promise.all([
        protection.recordAttestation(known, testVote(4, 5, 2)),
        protection.recordAttestation(fresh, testVote(4, 5, 2)),
      ]);
      assert.deepEqual(verdicts, [{kind: "accepted"}, {kind: "accepted"}]);
      assert.equal(reads, before);
      const again = await protection.recordAttestation(known, testVote(3, 4, 9));
      assert.equal(again.kind === "refused" && again.reason, "DOUBLE_VOTE");
    } finally {
      await protection.close();
    }
  });
});
