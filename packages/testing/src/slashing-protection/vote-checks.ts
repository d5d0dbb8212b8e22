import assert from "node:assert/strict";
import type {ContractCheck} from "../contract/contract.ts";
import {
  ALREADY_SIGNED,
  protectionCheck as check,
  KEY,
  type ProtectionStoreUnderTest,
  testVote,
} from "./protection-trial.ts";

export const VOTE_CHECKS: readonly ContractCheck<ProtectionStoreUnderTest>[] = [
  check("accepts votes that go forward", async (trial) => {
    await trial.accept(testVote(0, 1), testVote(0, 2), testVote(1, 3), testVote(3, 4), testVote(3, 50));
  }),

  check("accepts a vote whose source is its target, as at genesis", async (trial) => {
    await trial.accept(testVote(0, 0), testVote(0, 1));
  }),

  check("accepts a late vote that conflicts with nothing", async (trial) => {
    await trial.accept(testVote(2, 3), testVote(10, 50), testVote(3, 31), testVote(9, 49), testVote(10, 51));
  }),

  check("refuses a source after the target", async (trial) => {
    await trial.refuses(testVote(4, 3), "SOURCE_AFTER_TARGET");
    await trial.accept(testVote(2, 3));
    await trial.refuses(testVote(9, 8), "SOURCE_AFTER_TARGET");
  }),

  check("refuses another vote for the same target, naming the first", async (trial) => {
    await trial.accept(testVote(1, 2), testVote(2, 3), testVote(3, 4));
    await trial.refuses(testVote(2, 3, 7), "DOUBLE_VOTE", testVote(2, 3));
    await trial.refuses(testVote(1, 3), "DOUBLE_VOTE", testVote(2, 3));
    await trial.refuses(testVote(3, 4, 7), "DOUBLE_VOTE", testVote(3, 4));
  }),

  check("refuses a known root under another source", async (trial) => {
    await trial.accept(testVote(1, 2), testVote(1, 3, 7));
    await trial.refuses(testVote(2, 3, 7), "DOUBLE_VOTE", testVote(1, 3, 7));
  }),

  check("refuses a vote that surrounds, naming the surrounded one", async (trial) => {
    await trial.accept(testVote(1, 2), testVote(3, 4), testVote(4, 5));
    await trial.refuses(testVote(2, 6), "SURROUNDING_VOTE", testVote(3, 4));
  }),

  check("refuses a vote that is surrounded, naming the surrounding one", async (trial) => {
    await trial.accept(testVote(1, 2), testVote(2, 9));
    await trial.refuses(testVote(3, 8), "SURROUNDED_VOTE", testVote(2, 9));
    await trial.refuses(testVote(5, 5), "SURROUNDED_VOTE", testVote(2, 9));
  }),

  check("accepts equal sources and votes that only touch", async (trial) => {
    await trial.accept(testVote(1, 3), testVote(1, 5), testVote(1, 4), testVote(5, 6), testVote(5, 8), testVote(8, 9));
  }),

  check("refuses what lies below the minimum, naming it", async (trial) => {
    await trial.accept(testVote(5, 10), testVote(6, 20));
    const watermark = {kind: "watermark", sourceEpoch: 5, targetEpoch: 10};
    assert.deepEqual(await trial.protection.recordAttestation(KEY, testVote(5, 9)), {
      kind: "refused",
      reason: "TARGET_NOT_ABOVE_MINIMUM",
      conflict: watermark,
    });
    assert.deepEqual(await trial.protection.recordAttestation(KEY, testVote(4, 9)), {
      kind: "refused",
      reason: "SOURCE_BELOW_MINIMUM",
      conflict: watermark,
    });
  }),

  check("knows a vote again, the oldest and the newest too, before and after a restart", async (trial) => {
    const votes = [testVote(5, 10), testVote(6, 20), testVote(7, 30)];
    await trial.accept(...votes);
    for (const vote of votes) assert.deepEqual(await trial.protection.recordAttestation(KEY, vote), ALREADY_SIGNED);
    await trial.reopen();
    for (const vote of votes) assert.deepEqual(await trial.protection.recordAttestation(KEY, vote), ALREADY_SIGNED);
  }),

  check("judges after a restart as before it", async (trial) => {
    await trial.accept(testVote(5, 10), testVote(6, 20), testVote(7, 30));
    await trial.reopen();
    await trial.refuses(testVote(6, 31), "SURROUNDING_VOTE", testVote(7, 30));
    await trial.reopen();
    await trial.refuses(testVote(6, 20, 1), "DOUBLE_VOTE", testVote(6, 20));
    await trial.refuses(testVote(4, 9), "SOURCE_BELOW_MINIMUM");
    await trial.accept(testVote(7, 31));
  }),

  check("does not remember what it refused", async (trial) => {
    await trial.accept(testVote(3, 4));
    await trial.refuses(testVote(2, 9), "SURROUNDING_VOTE");
    await trial.accept(testVote(4, 9));
  }),
];
