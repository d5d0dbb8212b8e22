import assert from "node:assert/strict";
import {FAR_FUTURE_EPOCH, type Pubkey, type Root} from "@mote/core";
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
import type {SignedVote} from "./slashability.ts";

export const EDGE_CHECKS: readonly ContractCheck<ProtectionStoreUnderTest>[] = [
  check("takes a pubkey in capitals for the same key", async (trial) => {
    const lower = `0x${"ab".repeat(48)}` as Pubkey;
    const upper = `0x${"AB".repeat(48)}` as Pubkey;
    assert.deepEqual(await trial.protection.recordAttestation(lower, testVote(1, 2)), ACCEPTED);
    assert.equal((await trial.protection.recordAttestation(upper, testVote(1, 2, 9))).kind, "refused");
  }),

  check("rejects values that are none, and remembers nothing of them", async (trial) => {
    const bad: readonly SignedVote[] = [
      testVote(-1, 2, 1),
      testVote(0, 1.5, 1),
      testVote(0, Number.NaN, 1),
      testVote(0, 2 ** 53, 1),
      testVote(0, FAR_FUTURE_EPOCH, 1),
      {...testVote(0, 1), signingRoot: "0x12" as Root},
    ];
    for (const vote of bad) await assert.rejects(trial.protection.recordAttestation(KEY, vote));
    await assert.rejects(trial.protection.recordAttestation("0x12" as Pubkey, testVote(0, 1)));
    await assert.rejects(trial.protection.recordBlock(KEY, testProposal(-1, 1)));
    await trial.accept(testVote(0, 1));
  }),

  check("keeps the highest values exactly", async (trial) => {
    const highest = Number.MAX_SAFE_INTEGER;
    await trial.accept(testVote(highest - 1, highest - 1, 1), testVote(highest - 1, highest, 2));
    await trial.reopen();
    await trial.refuses(testVote(highest - 1, highest, 3), "DOUBLE_VOTE", testVote(highest - 1, highest, 2));
  }),

  check("finishes what is under way before it closes, and rejects what comes after", async (trial) => {
    const pending = trial.protection.recordAttestation(KEY, testVote(1, 2));
    const closing = trial.protection.close();
    await assert.rejects(trial.protection.recordAttestation(KEY, testVote(2, 3)));
    assert.deepEqual(await pending, ACCEPTED);
    await closing;
    await trial.protection.close();
    await assert.rejects(trial.protection.recordBlock(KEY, testProposal(1)));
    await trial.reopen();
    assert.deepEqual(await trial.protection.recordAttestation(KEY, testVote(1, 2)), ALREADY_SIGNED);
  }),
];
