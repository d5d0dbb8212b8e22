import assert from "node:assert/strict";
import {testProposal, testPubkey, testRoot, testVote} from "@mote/testing";
import {
  DamagedStoreError,
  openLevelSlashingProtection,
  readGenesisValidatorsRoot,
  WrongChainError,
} from "../../src/index.ts";
import {EVERYTHING, RecordCodec} from "../../src/level/codec.ts";
import {openLevelDatabase} from "../../src/level/level-database.ts";
import {tamperWith} from "../support/stored-files.ts";
import {type TemporaryStore, temporaryStore} from "../support/temporary-store.ts";
import {version1Entries, writeBinary} from "../support/version-1-store.ts";

describe("a store of schema version 1", () => {
  let store: TemporaryStore;
  const [both, voter, proposer] = [testPubkey(1), testPubkey(2), testPubkey(3)];
  const targets = Array.from({length: 40}, (_, index) => index + 1);
  const votes = targets.map((target) => testVote(target - 1, target));
  const proposals = targets.map((slot) => testProposal(slot * 32));
  const histories = [
    {pubkey: both, votes, proposals},
    {pubkey: voter, votes, proposals: []},
    {pubkey: proposer, votes: [], proposals},
  ];
  const entries = version1Entries(testRoot(42), histories);

  beforeEach(async () => {
    store = await temporaryStore();
  });
  afterEach(() => store.destroy());

  const knowsEverything = async () => {
    const protection = await store.open();
    try {
      for (const {pubkey, votes: signed, proposals: blocks} of histories) {
        for (const vote of signed) {
          assert.equal((await protection.recordAttestation(pubkey, vote)).kind, "already_signed");
        }
        for (const block of blocks) assert.equal((await protection.recordBlock(pubkey, block)).kind, "already_signed");
      }
      const verdict = await protection.recordAttestation(voter, testVote(0, 39));
      assert.equal(verdict.kind === "refused" && verdict.reason, "DOUBLE_VOTE");
      assert.deepEqual(await protection.newest(proposer), {sourceEpoch: null, targetEpoch: null, slot: 1280});
    } finally {
      await protection.close();
    }
  };

  it("is migrated when it is opened, with every record, and once", async () => {
    await writeBinary(store.init.path, entries);
    assert.equal(await readGenesisValidatorsRoot(store.init.path), testRoot(42));
    await knowsEverything();
    await knowsEverything();
    const database = await openLevelDatabase(store.init.path);
    assert.deepEqual(await database.entries({from: "\u0000", before: EVERYTHING.from}), []);
    await database.close();
  });

  it("is migrated from the start when that was interrupted before it counted", async () => {
    await writeBinary(store.init.path, entries);
    const stray = new RecordCodec(testPubkey(9));
    await tamperWith(
      store.init.path,
      stray.encodeVote(testVote(1, 2)),
      new RecordCodec(both).encodeVote(testVote(7, 8)),
    );
    await knowsEverything();
  });

  it("is cleaned up when that was interrupted after it counted", async () => {
    await writeBinary(store.init.path, entries);
    await (await store.open()).close();
    const [, , ...leftover] = entries;
    await writeBinary(store.init.path, leftover);
    await knowsEverything();
  });

  it("is refused when it belongs to another chain, and left as it is", async () => {
    await writeBinary(store.init.path, entries);
    const genesisValidatorsRoot = testRoot(43);
    await assert.rejects(openLevelSlashingProtection({...store.init, genesisValidatorsRoot}), WrongChainError);
    await knowsEverything();
  });

  it("is refused when something in it is damaged or missing", async () => {
    const isOf = (kind: number) => (entry: (typeof entries)[number]) => entry[0][0] === kind;
    const damaged = [
      entries.filter((entry) => !isOf(1)(entry)),
      entries.filter((entry) => !isOf(2)(entry)),
      entries.toSpliced(entries.findIndex(isOf(3)), 1),
      entries.map(([key, value]): (typeof entries)[number] => [key, Buffer.from(value).fill(1, 0, 1)]),
    ];
    for (const [index, some] of damaged.entries()) {
      const path = `${store.init.path}-${index}`;
      await writeBinary(path, some);
      await assert.rejects(openLevelSlashingProtection({...store.init, path}), (error) => {
        assert(error instanceof DamagedStoreError, `case ${index}: ${error}`);
        assert.equal(error.path, path);
        return true;
      });
    }
  });
});
