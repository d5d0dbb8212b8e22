import assert from "node:assert/strict";
import type {ContractCheck} from "../contract/contract.ts";
import {
  ACCEPTED,
  ALREADY_SIGNED,
  protectionCheck as check,
  KEY,
  type ProtectionStoreUnderTest,
  testProposal,
  testVote,
} from "./protection-trial.ts";

export const PROPOSAL_CHECKS: readonly ContractCheck<ProtectionStoreUnderTest>[] = [
  check("accepts one block a slot, late ones above the minimum too", async (trial) => {
    for (const slot of [10, 20, 30, 15, 11]) {
      assert.deepEqual(await trial.protection.recordBlock(KEY, testProposal(slot)), ACCEPTED);
    }
  }),

  check("refuses another block for the same slot, naming the first", async (trial) => {
    await trial.protection.recordBlock(KEY, testProposal(10));
    await trial.protection.recordBlock(KEY, testProposal(20));
    for (const slot of [10, 20]) {
      assert.deepEqual(await trial.protection.recordBlock(KEY, testProposal(slot, 7)), {
        kind: "refused",
        reason: "DOUBLE_PROPOSAL",
        conflict: {kind: "block", ...testProposal(slot)},
      });
    }
  }),

  check("refuses a slot below the minimum, naming it", async (trial) => {
    await trial.protection.recordBlock(KEY, testProposal(10));
    assert.deepEqual(await trial.protection.recordBlock(KEY, testProposal(9)), {
      kind: "refused",
      reason: "SLOT_NOT_ABOVE_MINIMUM",
      conflict: {kind: "watermark", slot: 10},
    });
  }),

  check("knows a block again before and after a restart", async (trial) => {
    for (const slot of [10, 20]) await trial.protection.recordBlock(KEY, testProposal(slot));
    for (const slot of [10, 20]) {
      assert.deepEqual(await trial.protection.recordBlock(KEY, testProposal(slot)), ALREADY_SIGNED);
    }
    await trial.reopen();
    for (const slot of [10, 20]) {
      assert.deepEqual(await trial.protection.recordBlock(KEY, testProposal(slot)), ALREADY_SIGNED);
    }
  }),

  check("keeps blocks and votes apart", async (trial) => {
    assert.deepEqual(await trial.protection.recordBlock(KEY, testProposal(1000)), ACCEPTED);
    await trial.accept(testVote(0, 1), testVote(900, 1000));
    assert.deepEqual(await trial.protection.recordBlock(KEY, testProposal(1001)), ACCEPTED);
  }),
];
