import assert from "node:assert/strict";
import type {Pubkey} from "@mote/core";
import type {ContractCheck} from "../contract/contract.ts";
import {bytesOf, rootlessBlock, rootlessVote, testInterchange} from "./interchange-file.ts";
import {
  ALREADY_SIGNED,
  protectionCheck as check,
  KEY,
  type ProtectionStoreUnderTest,
  type ProtectionTrial,
  testProposal,
  testPubkey,
  testVote,
} from "./protection-trial.ts";

const OTHER = testPubkey(2);

/** Two keys with votes and blocks, made in another order than they are exported in, and imported ones without roots between them. */
async function fill({protection}: ProtectionTrial): Promise<void> {
  for (const vote of [testVote(5, 10), testVote(8, 40), testVote(6, 20)])
    await protection.recordAttestation(OTHER, vote);
  for (const slot of [30, 50, 40]) await protection.recordBlock(KEY, testProposal(slot));
  const votes = [rootlessVote(6, 20), rootlessVote(7, 30), testVote(7, 30)];
  await protection.importInterchange(testInterchange([{pubkey: OTHER, votes, blocks: [rootlessBlock(9)]}]));
}

const FILLED = testInterchange([
  {pubkey: KEY, blocks: [testProposal(30), testProposal(40), testProposal(50)]},
  {
    pubkey: OTHER,
    votes: [
      testVote(5, 10),
      rootlessVote(6, 20),
      testVote(6, 20),
      rootlessVote(7, 30),
      testVote(7, 30),
      testVote(8, 40),
    ],
    blocks: [rootlessBlock(9)],
  },
]);

export const EXPORT_CHECKS: readonly ContractCheck<ProtectionStoreUnderTest>[] = [
  check("exports all keys and records in order", async (trial) => {
    await fill(trial);
    assert.deepEqual(JSON.parse(await trial.exported()), FILLED);
    await trial.reopen();
    assert.deepEqual(JSON.parse(await trial.exported()), FILLED);
  }),

  check("exports a file without keys when it has none", async (trial) => {
    assert.deepEqual(JSON.parse(await trial.exported()), testInterchange([]));
  }),

  check("gives equal bytes after a round trip through an empty store, which judges as the first", async (trial) => {
    await fill(trial);
    const text = await trial.exported();
    const other = await trial.another();
    await other.protection.importInterchange(bytesOf(text));
    assert.equal(await other.exported(), text);
    await other.reopen();
    assert.equal(await other.exported(), text);
    for (const {protection} of [trial, other]) {
      assert.deepEqual(await protection.recordAttestation(OTHER, testVote(8, 40)), ALREADY_SIGNED);
      assert.equal((await protection.recordAttestation(OTHER, testVote(7, 41))).kind, "refused");
      assert.equal((await protection.recordAttestation(OTHER, testVote(5, 9))).kind, "refused");
      assert.equal((await protection.recordBlock(KEY, testProposal(29))).kind, "refused");
      assert.equal((await protection.recordBlock(KEY, testProposal(45))).kind, "accepted");
    }
  }),

  check("exports a minimum that no record holds", async (trial) => {
    await trial.accept(testVote(10, 20), testVote(11, 30));
    await trial.protection.importInterchange(testInterchange([{pubkey: KEY, votes: [rootlessVote(15, 18)]}]));
    const text = await trial.exported();
    const votes = [testVote(10, 20), rootlessVote(15, 20), testVote(11, 30)];
    assert.deepEqual(JSON.parse(text), testInterchange([{pubkey: KEY, votes}]));
    const other = await trial.another();
    await other.protection.importInterchange(bytesOf(text));
    assert.equal(await other.exported(), text);
    for (const {protection} of [trial, other]) {
      assert.equal((await protection.recordAttestation(KEY, testVote(14, 31))).kind, "refused");
    }
  }),

  check("exports the highest values alone when minified, and what it refuses then is all up to them", async (trial) => {
    await fill(trial);
    await trial.protection.recordAttestation(KEY, testVote(3, 3));
    const minified = testInterchange([
      {pubkey: KEY, votes: [rootlessVote(3, 3)], blocks: [rootlessBlock(50)]},
      {pubkey: OTHER, votes: [rootlessVote(8, 40)], blocks: [rootlessBlock(9)]},
    ]);
    const text = await trial.exported(undefined, {isMinified: true});
    assert.deepEqual(JSON.parse(text), minified);
    const other = await trial.another();
    await other.protection.importInterchange(bytesOf(text));
    assert.equal((await other.protection.recordAttestation(OTHER, testVote(8, 39))).kind, "refused");
    assert.equal((await other.protection.recordAttestation(OTHER, testVote(7, 41))).kind, "refused");
    assert.equal((await other.protection.recordAttestation(OTHER, testVote(8, 41))).kind, "accepted");
  }),

  check("exports the keys that are asked for, known or not, each once and in order", async (trial) => {
    await fill(trial);
    const capitals = `0x${"AB".repeat(48)}` as Pubkey;
    const text = await trial.exported([capitals, OTHER, capitals.toLowerCase() as Pubkey, OTHER]);
    const [, other] = FILLED.data;
    const unknown = testInterchange([{pubkey: capitals.toLowerCase() as Pubkey}]).data;
    assert.deepEqual(JSON.parse(text), {...FILLED, data: [other, ...unknown]});
    assert.deepEqual(JSON.parse(await trial.exported([])), testInterchange([]));
    assert.equal(await trial.protection.newest(capitals), null);
  }),

  check("exports a key that only blocks have, and one that was never loaded before", async (trial) => {
    await fill(trial);
    await trial.reopen();
    await trial.protection.recordBlock(testPubkey(3), testProposal(8));
    const third = testInterchange([{pubkey: testPubkey(3), blocks: [testProposal(8)]}]).data;
    assert.deepEqual(JSON.parse(await trial.exported()), {...FILLED, data: [...FILLED.data, ...third]});
  }),
];
