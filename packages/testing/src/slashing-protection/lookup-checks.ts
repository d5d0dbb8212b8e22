import assert from "node:assert/strict";
import type {Epoch} from "@mote/core";
import type {ContractCheck} from "../contract/contract.ts";
import {rootlessVote, testInterchange} from "./interchange-file.ts";
import {
  ACCEPTED,
  protectionCheck as check,
  KEY,
  type ProtectionStoreUnderTest,
  type ProtectionTrial,
  testProposal,
  testPubkey,
  testRoot,
  testVote,
} from "./protection-trial.ts";

const FROZEN = {kind: "refused", reason: "KEY_FROZEN"};
const explain = ({protection}: ProtectionTrial, target: number, root?: number) =>
  protection.explains(KEY, {
    targetEpoch: target as Epoch,
    ...(root === undefined ? {} : {signingRoot: testRoot(root)}),
  });

export const LOOKUP_CHECKS: readonly ContractCheck<ProtectionStoreUnderTest>[] = [
  check("names the newest records of a key, late ones aside, before and after a restart", async (trial) => {
    assert.equal(await trial.protection.newest(KEY), null);
    await trial.accept(testVote(5, 10), testVote(7, 30), testVote(6, 20));
    assert.deepEqual(await trial.protection.newest(KEY), {sourceEpoch: 7, targetEpoch: 30, slot: null});
    for (const slot of [40, 60, 50]) await trial.protection.recordBlock(KEY, testProposal(slot));
    const expected = {sourceEpoch: 7, targetEpoch: 30, slot: 60};
    assert.deepEqual(await trial.protection.newest(KEY), expected);
    await trial.reopen();
    assert.deepEqual(await trial.protection.newest(KEY), expected);
    assert.equal(await trial.protection.newest(testPubkey(2)), null);
  }),

  check("names the newest records of a key that only imports have", async (trial) => {
    await trial.protection.importInterchange(testInterchange([{pubkey: KEY, blocks: [testProposal(3)]}]));
    assert.deepEqual(await trial.protection.newest(KEY), {sourceEpoch: null, targetEpoch: null, slot: 3});
    const votes = [rootlessVote(9, 10), rootlessVote(4, 12)];
    await trial.protection.importInterchange(testInterchange([{pubkey: KEY, votes}]));
    assert.deepEqual(await trial.protection.newest(KEY), {sourceEpoch: 9, targetEpoch: 12, slot: 3});
  }),

  check("explains a vote by what is on record for its target", async (trial) => {
    assert.equal(await explain(trial, 10, 1), "none");
    await trial.accept(testVote(5, 10, 1), testVote(6, 20, 2));
    await trial.protection.importInterchange(testInterchange([{pubkey: KEY, votes: [rootlessVote(7, 30)]}]));
    for (const _opening of ["first", "second"]) {
      assert.equal(await explain(trial, 10, 1), "same");
      assert.equal(await explain(trial, 10, 2), "other");
      assert.equal(await explain(trial, 20, 2), "same");
      assert.equal(await explain(trial, 20), "unknown_root");
      assert.equal(await explain(trial, 30, 2), "unknown_root");
      assert.equal(await explain(trial, 15, 1), "none");
      assert.equal(await explain(trial, 15), "none");
      await trial.reopen();
    }
  }),

  check("explains a vote of which an import has two", async (trial) => {
    const votes = [testVote(5, 10, 1), testVote(6, 10, 2), rootlessVote(5, 20), testVote(5, 20, 3)];
    await trial.protection.importInterchange(testInterchange([{pubkey: KEY, votes}]));
    assert.deepEqual(
      [await explain(trial, 10, 1), await explain(trial, 10, 2), await explain(trial, 10, 3)],
      ["same", "same", "other"],
    );
    assert.deepEqual([await explain(trial, 20, 3), await explain(trial, 20, 4)], ["same", "unknown_root"]);
  }),

  check("decides what was asked before a freeze, and refuses what comes after it", async (trial) => {
    await trial.accept(testVote(1, 2));
    const asked = trial.protection.recordAttestation(KEY, testVote(2, 3));
    const askedToo = trial.protection.recordBlock(KEY, testProposal(5));
    const frozen = trial.protection.freeze(KEY);
    const late = trial.protection.recordAttestation(KEY, testVote(3, 4));
    assert.deepEqual(await late, FROZEN);
    await frozen;
    assert.deepEqual([await asked, await askedToo], [ACCEPTED, ACCEPTED]);
    assert.deepEqual(await trial.protection.recordAttestation(KEY, testVote(3, 4)), FROZEN);
    assert.deepEqual(await trial.protection.recordAttestation(KEY, testVote(2, 3)), FROZEN);
    assert.deepEqual(await trial.protection.recordBlock(KEY, testProposal(9)), FROZEN);
    assert.deepEqual(await trial.protection.recordAttestation(testPubkey(2), testVote(3, 4)), ACCEPTED);
  }),

  check("exports the last vote of a frozen key, and lets it vote again once reopened", async (trial) => {
    const votes = [testVote(1, 2), testVote(2, 3), testVote(3, 4)];
    const asked = votes.map((vote) => trial.protection.recordAttestation(KEY, vote));
    await trial.protection.freeze(KEY);
    const file = testInterchange([{pubkey: KEY, votes}]);
    assert.deepEqual(JSON.parse(await trial.exported([KEY])), file);
    assert.deepEqual(await Promise.all(asked), [ACCEPTED, ACCEPTED, ACCEPTED]);
    await trial.reopen();
    await trial.accept(testVote(4, 5));
  }),

  check("lets a thawed key sign again, and only that one", async (trial) => {
    await trial.accept(testVote(1, 2));
    for (const key of [KEY, testPubkey(2)]) await trial.protection.freeze(key);
    await trial.protection.thaw(KEY);
    await trial.accept(testVote(2, 3));
    assert.deepEqual(await trial.protection.recordBlock(KEY, testProposal(9)), ACCEPTED);
    assert.deepEqual(await trial.protection.recordAttestation(testPubkey(2), testVote(1, 2)), FROZEN);
    await trial.protection.thaw(testPubkey(3));
    assert.deepEqual(await trial.protection.recordAttestation(testPubkey(3), testVote(1, 2)), ACCEPTED);
    await trial.protection.freeze(KEY);
    assert.deepEqual(await trial.protection.recordAttestation(KEY, testVote(3, 4)), FROZEN);
  }),

  check("holds a thawed key to what it signed before the freeze, and to what came meanwhile", async (trial) => {
    await trial.accept(testVote(1, 2, 1));
    await trial.protection.recordBlock(KEY, testProposal(5, 1));
    await trial.protection.freeze(KEY);
    await trial.protection.importInterchange(testInterchange([{pubkey: KEY, votes: [testVote(6, 7, 1)]}]));
    await trial.protection.thaw(KEY);
    await trial.refuses(testVote(1, 2, 2), "DOUBLE_VOTE", testVote(1, 2, 1));
    await trial.refuses(testVote(6, 7, 2), "DOUBLE_VOTE", testVote(6, 7, 1));
    assert.equal((await trial.protection.recordBlock(KEY, testProposal(5, 2))).kind, "refused");
    assert.deepEqual(await trial.protection.newest(KEY), {sourceEpoch: 6, targetEpoch: 7, slot: 5});
    await trial.accept(testVote(7, 8));
  }),
];
