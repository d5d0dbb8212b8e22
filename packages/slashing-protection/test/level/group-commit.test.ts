import assert from "node:assert/strict";
import type {SlashingProtection, Verdict} from "@mote/core";
import {testProposal, testPubkey, testVote} from "@mote/testing";
import {ProtectionWriteFailedError} from "../../src/index.ts";
import {ScriptedDatabase} from "../support/scripted-database.ts";
import {type TemporaryStore, temporaryStore} from "../support/temporary-store.ts";

const KEYS = Array.from({length: 100}, (_, n) => testPubkey(n));
const STORE_FAILED: Verdict = {kind: "refused", reason: "PROTECTION_STORE_FAILED"};

describe("group commit", () => {
  let database: ScriptedDatabase;
  let failures: ProtectionWriteFailedError[];
  let store: TemporaryStore;
  let protection: SlashingProtection;

  beforeEach(async () => {
    database = new ScriptedDatabase();
    failures = [];
    const onWriteFailed = (failure: ProtectionWriteFailedError) => failures.push(failure);
    store = await temporaryStore({retainEpochs: 64}, {openDatabase: database.open, onWriteFailed});
    protection = await store.open();
    await voteWithAll(1);
  });

  afterEach(async () => {
    database.releaseWrites();
    await protection.close();
    await store.destroy();
  });

  const voteWithAll = (target: number) =>
    Promise.all(KEYS.map((key) => protection.recordAttestation(key, testVote(target - 1, target))));
  const first = testPubkey(0);

  it("writes the votes of many keys in one synced batch, and reads nothing for them", async () => {
    const [batchesBefore, readsBefore] = [database.batches.length, database.reads];
    const verdicts = await voteWithAll(2);
    assert(verdicts.every((verdict) => verdict.kind === "accepted"));
    assert.equal(database.batches.length - batchesBefore, 1);
    assert.equal(database.reads, readsBefore);
    assert(database.batches.every((batch) => batch.sync));
  });

  it("gathers what comes while a write is under way, votes ahead of one another too", async () => {
    const before = database.batches.length;
    database.holdWrites();
    const early = voteWithAll(2);
    await turns();
    assert.equal(database.batches.length - before, 1);
    const late = [voteWithAll(3), protection.recordBlock(first, testProposal(9))];
    await turns();
    assert.equal(database.batches.length - before, 1);
    database.releaseWrites();
    await Promise.all([early, ...late]);
    assert.equal(database.batches.length - before, 2);
  });

  it("gives no verdict that rests on an unwritten record, neither accepted nor already_signed nor refused", async () => {
    database.holdWrites();
    const given: string[] = [];
    const note = async (verdict: Promise<Verdict>) => given.push((await verdict).kind);
    const votes = [testVote(1, 2), testVote(1, 2), testVote(1, 2, 9)];
    const blocks = [testProposal(5), testProposal(5), testProposal(5, 9)];
    const requests = [
      ...votes.map((vote) => note(protection.recordAttestation(first, vote))),
      ...blocks.map((block) => note(protection.recordBlock(testPubkey(1), block))),
    ];
    await turns();
    assert.deepEqual(given, []);
    database.releaseWrites();
    await Promise.all(requests);
    const [accepted, known, refused] = ["accepted", "already_signed", "refused"];
    assert.deepEqual(given.sort(), [accepted, accepted, known, known, refused, refused]);
  });

  it("refuses everything after a failed write until it is opened again", async () => {
    database.holdWrites();
    const vote = testVote(1, 2);
    const pending = [
      protection.recordAttestation(first, vote),
      protection.recordAttestation(first, vote),
      protection.recordAttestation(testPubkey(1), vote),
    ];
    await turns();
    const queued = [protection.recordAttestation(testPubkey(2), vote), protection.recordBlock(first, testProposal(3))];
    const diskFull = new Error("No space left on device");
    database.failNextWrite(diskFull);
    database.releaseWrites();
    for (const verdict of await Promise.all([...pending, ...queued])) assert.deepEqual(verdict, STORE_FAILED);

    const batches = database.batches.length;
    for (const key of [first, testPubkey(3)]) {
      assert.deepEqual(await protection.recordAttestation(key, testVote(0, 1)), STORE_FAILED);
      assert.deepEqual(await protection.recordAttestation(key, testVote(2, 3)), STORE_FAILED);
      assert.deepEqual(await protection.recordBlock(key, testProposal(4)), STORE_FAILED);
    }
    assert.equal(database.batches.length, batches);
    assert.equal(failures.length, 1);
    assert(failures[0] instanceof ProtectionWriteFailedError);
    assert.equal(failures[0].cause, diskFull);

    await protection.close();
    protection = await store.open();
    assert.deepEqual(await protection.recordAttestation(first, testVote(0, 1)), {kind: "already_signed"});
    assert.deepEqual(await protection.recordAttestation(first, testVote(2, 3)), {kind: "accepted"});
  });

  it("forgets old votes in the batch that raises the watermark, and keeps the disk bounded", async () => {
    for (let target = 2; target <= 300; target++) {
      const verdict = await protection.recordAttestation(first, testVote(target - 1, target));
      assert.equal(verdict.kind, "accepted");
    }
    const pruning = database.batches.filter(({operations}) => operations.some(({type}) => type === "del"));
    assert(pruning.length > 10, `${pruning.length} batches with pruning`);
    const [lot] = pruning;
    assert.equal(lot?.operations.filter(({type}) => type === "put").length, 3, "record, summary, mark");
    const deleted = database.batches.flatMap(({operations}) => operations.filter(({type}) => type === "del"));
    assert(300 - deleted.length <= 64 + 8 + 1, `${deleted.length} of 300 votes forgotten`);

    await protection.close();
    protection = await store.open();
    const verdict = await protection.recordAttestation(first, testVote(1, 2));
    assert(verdict.kind === "refused" && verdict.conflict?.kind === "watermark", JSON.stringify(verdict));
    assert.equal(verdict.conflict.targetEpoch, deleted.length);
  });

  it("keeps as many blocks as epochs", async () => {
    for (let slot = 1; slot <= 300; slot++) await protection.recordBlock(first, testProposal(slot));
    const deleted = database.batches.flatMap(({operations}) => operations.filter(({type}) => type === "del"));
    assert(300 - deleted.length >= 64 && 300 - deleted.length <= 64 + 8, `${deleted.length} of 300 blocks forgotten`);
    const verdict = await protection.recordBlock(first, testProposal(1));
    assert.deepEqual(verdict, {
      kind: "refused",
      reason: "SLOT_NOT_ABOVE_MINIMUM",
      conflict: {kind: "watermark", slot: deleted.length},
    });
  });
});

/** Lets everything run that does not wait for the held write. A bounded number of turns can only make a check too lenient. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
