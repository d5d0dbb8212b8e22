import assert from "node:assert/strict";
import type {Verdict} from "@mote/core";
import type {ContractCheck} from "../contract/contract.ts";
import {
  ACCEPTED,
  protectionCheck as check,
  KEY,
  type ProtectionStoreUnderTest,
  type ProtectionTrial,
  testProposal,
  testPubkey,
  testVote,
} from "./protection-trial.ts";
import type {SignedVote} from "./slashability.ts";

const tally = (verdicts: readonly Verdict[]) => ({
  accepted: verdicts.filter((verdict) => verdict.kind === "accepted").length,
  alreadySigned: verdicts.filter((verdict) => verdict.kind === "already_signed").length,
  refused: verdicts.filter((verdict) => verdict.kind === "refused").length,
});
const voteAtOnce = ({protection}: ProtectionTrial, votes: readonly SignedVote[]) =>
  Promise.all(votes.map((vote) => protection.recordAttestation(KEY, vote)));
const TEN = Array.from({length: 10}, (_, n) => n);

export const CONCURRENCY_CHECKS: readonly ContractCheck<ProtectionStoreUnderTest>[] = [
  ...[[], [testVote(1, 2)]].map((history) =>
    check(
      `accepts exactly one of ten double votes, on ${history.length === 0 ? "a new" : "a known"} key`,
      async (trial) => {
        await trial.accept(...history);
        const verdicts = await voteAtOnce(
          trial,
          TEN.map((n) => testVote(2, 3, n)),
        );
        assert.deepEqual(tally(verdicts), {accepted: 1, alreadySigned: 0, refused: 9});
        assert.deepEqual(verdicts[0], ACCEPTED);
      },
    ),
  ),

  check("accepts exactly one of ten votes that surround each other", async (trial) => {
    await trial.accept(testVote(1, 2));
    const verdicts = await voteAtOnce(
      trial,
      TEN.map((n) => testVote(20 + n, 60 - n)),
    );
    assert.deepEqual(tally(verdicts), {accepted: 1, alreadySigned: 0, refused: 9});
  }),

  check("accepts one of ten equal votes and knows it nine times", async (trial) => {
    const verdicts = await voteAtOnce(
      trial,
      TEN.map(() => testVote(2, 3)),
    );
    assert.deepEqual(tally(verdicts), {accepted: 1, alreadySigned: 9, refused: 0});
  }),

  check("accepts exactly one of ten blocks for a slot", async (trial) => {
    const verdicts = await Promise.all(TEN.map((n) => trial.protection.recordBlock(KEY, testProposal(5, n))));
    assert.deepEqual(tally(verdicts), {accepted: 1, alreadySigned: 0, refused: 9});
  }),

  check("decides in the order of the calls", async (trial) => {
    const verdicts = await voteAtOnce(trial, [
      testVote(1, 2),
      testVote(1, 2, 9),
      testVote(2, 3),
      testVote(1, 4),
      testVote(2, 3),
    ]);
    const kinds = verdicts.map((verdict) => (verdict.kind === "refused" ? verdict.reason : verdict.kind));
    assert.deepEqual(kinds, ["accepted", "DOUBLE_VOTE", "accepted", "SURROUNDING_VOTE", "already_signed"]);
  }),

  check("lets no key disturb another", async (trial) => {
    const requests = TEN.map((n) => trial.protection.recordAttestation(testPubkey(n + 1), testVote(2, 3, n)));
    assert.deepEqual(tally(await Promise.all(requests)), {accepted: 10, alreadySigned: 0, refused: 0});
  }),
];
