import assert from "node:assert/strict";
import type {ImportCounts, ImportReport, Pubkey, Root} from "@mote/core";
import type {ContractCheck} from "../contract/contract.ts";
import {bytesOf, rootlessBlock, rootlessVote, testInterchange} from "./interchange-file.ts";
import {
  ACCEPTED,
  ALREADY_SIGNED,
  protectionCheck as check,
  KEY,
  type ProtectionStoreUnderTest,
  type ProtectionTrial,
  testProposal,
  testPubkey,
  testRoot,
  testVote,
} from "./protection-trial.ts";

const counts = (added: number, known = 0, belowMinimum = 0): ImportCounts => ({added, known, belowMinimum});
const report = (pubkey: Pubkey, attestations: ImportCounts, blocks = counts(0), isBlocked = false): ImportReport => ({
  keys: [{pubkey, attestations, blocks, isBlocked}],
});

/** Nothing of what happens in `attempt` may be seen afterwards, before and after a restart. */
async function changesNothing(trial: ProtectionTrial, attempt: () => Promise<unknown>): Promise<void> {
  await trial.accept(testVote(5, 10), testVote(6, 20));
  const before = await trial.exported();
  await assert.rejects(attempt());
  assert.equal(await trial.exported(), before);
  await trial.reopen();
  assert.equal(await trial.exported(), before);
  await trial.accept(testVote(6, 21));
}

export const IMPORT_CHECKS: readonly ContractCheck<ProtectionStoreUnderTest>[] = [
  ...[(file: object) => bytesOf(file), (file: object) => file].map((sourceOf, index) =>
    check(`takes in a file, as ${index === 0 ? "bytes" : "an object"}, and judges by it`, async (trial) => {
      const votes = [testVote(5, 10, 1), rootlessVote(6, 20), testVote(8, 40, 3)];
      const file = testInterchange([{pubkey: KEY, votes, blocks: [testProposal(7, 1), rootlessBlock(9)]}]);
      assert.deepEqual(await trial.protection.importInterchange(sourceOf(file)), report(KEY, counts(3), counts(2)));
      for (const _opening of ["first", "second"]) {
        assert.deepEqual(await trial.protection.recordAttestation(KEY, testVote(5, 10, 1)), ALREADY_SIGNED);
        await trial.refuses(testVote(6, 20, 2), "DOUBLE_VOTE");
        await trial.refuses(testVote(5, 50), "SURROUNDING_VOTE");
        await trial.refuses(testVote(9, 30), "SURROUNDED_VOTE", testVote(8, 40, 3));
        await trial.refuses(testVote(5, 9), "TARGET_NOT_ABOVE_MINIMUM");
        await trial.refuses(testVote(4, 9), "SOURCE_BELOW_MINIMUM");
        assert.deepEqual(await trial.protection.recordBlock(KEY, testProposal(7, 1)), ALREADY_SIGNED);
        for (const slot of [6, 7, 9]) {
          assert.equal((await trial.protection.recordBlock(KEY, testProposal(slot, 5))).kind, "refused");
        }
        await trial.reopen();
      }
      await trial.accept(testVote(8, 41));
      assert.deepEqual(await trial.protection.recordBlock(KEY, testProposal(8)), ACCEPTED);
    }),
  ),

  check("lowers no minimum by an import, and keeps nothing at or below it", async (trial) => {
    await trial.accept(testVote(10, 20));
    await trial.protection.recordBlock(KEY, testProposal(50));
    await trial.reopen();
    const votes = [rootlessVote(3, 5), testVote(9, 20, 4), testVote(11, 30)];
    const file = testInterchange([{pubkey: KEY, votes, blocks: [testProposal(40), testProposal(60)]}]);
    assert.deepEqual(await trial.protection.importInterchange(file), report(KEY, counts(1, 0, 2), counts(1, 0, 1)));
    await trial.refuses(testVote(3, 6), "SOURCE_BELOW_MINIMUM");
    await trial.refuses(testVote(10, 19), "TARGET_NOT_ABOVE_MINIMUM");
    await trial.refuses(testVote(10, 20, 9), "DOUBLE_VOTE", testVote(10, 20));
    for (const slot of [39, 40, 41, 50]) {
      assert.equal((await trial.protection.recordBlock(KEY, testProposal(slot, 9))).kind, "refused");
    }
    await trial.accept(testVote(10, 21), testVote(11, 31));
  }),

  check("lets nothing surround a vote that it takes in below the minimum", async (trial) => {
    await trial.accept(testVote(10, 20));
    await trial.protection.importInterchange(testInterchange([{pubkey: KEY, votes: [rootlessVote(15, 18)]}]));
    await trial.refuses(testVote(14, 30), "SOURCE_BELOW_MINIMUM");
    await trial.reopen();
    await trial.refuses(testVote(14, 30), "SOURCE_BELOW_MINIMUM");
    await trial.accept(testVote(15, 30));
  }),

  check("takes the minimum of a new key over the whole of a file, source and target apart", async (trial) => {
    const votes = [rootlessVote(9, 10), rootlessVote(4, 30)];
    await trial.protection.importInterchange(testInterchange([{pubkey: KEY, votes}]));
    await trial.refuses(testVote(4, 31), "SURROUNDING_VOTE", rootlessVote(9, 10));
    const conflict = {kind: "watermark", sourceEpoch: 4, targetEpoch: 10};
    assert.deepEqual(await trial.protection.recordAttestation(KEY, testVote(3, 9)), {
      kind: "refused",
      reason: "SOURCE_BELOW_MINIMUM",
      conflict,
    });
    assert.deepEqual(await trial.protection.recordAttestation(KEY, testVote(4, 9)), {
      kind: "refused",
      reason: "TARGET_NOT_ABOVE_MINIMUM",
      conflict,
    });
    await trial.accept(testVote(9, 31));
  }),

  check("changes nothing when a file comes again", async (trial) => {
    const votes = [testVote(5, 10), rootlessVote(6, 20), rootlessVote(6, 10)];
    const file = testInterchange([{pubkey: KEY, votes, blocks: [rootlessBlock(7), testProposal(9)]}]);
    await trial.protection.importInterchange(file);
    await trial.accept(testVote(8, 40));
    const before = await trial.exported();
    for (const _opening of ["first", "second"]) {
      assert.deepEqual(
        await trial.protection.importInterchange(bytesOf(file)),
        report(KEY, counts(0, 3), counts(0, 2)),
      );
      assert.equal(await trial.exported(), before);
      await trial.reopen();
    }
  }),

  check("joins what a file says of a key in several places, and counts a message once", async (trial) => {
    const key = `0x${"ab".repeat(48)}` as Pubkey;
    const upper = `0x${"AB".repeat(48)}` as Pubkey;
    const file = testInterchange([
      {pubkey: key, votes: [testVote(5, 10), testVote(6, 20)], blocks: [testProposal(4)]},
      {pubkey: KEY, votes: [testVote(1, 2)]},
      {pubkey: upper, votes: [testVote(3, 5), testVote(6, 20), testVote(3, 5)], blocks: [testProposal(4)]},
    ]);
    const {keys} = await trial.protection.importInterchange(file);
    assert.deepEqual(keys, [...report(KEY, counts(1)).keys, ...report(key, counts(3), counts(1)).keys]);
    assert.deepEqual(await trial.protection.recordAttestation(key, testVote(3, 6)), ACCEPTED);
    assert.deepEqual(await trial.protection.recordAttestation(key, testVote(3, 5)), ALREADY_SIGNED);
  }),

  check("changes nothing when the last of many records is bad", async (trial) => {
    const keys = Array.from({length: 300}, (_, n) => ({
      pubkey: testPubkey(n + 1),
      votes: [testVote(7, 30), testVote(8, 31), testVote(9, 32)],
      blocks: [testProposal(77)],
    }));
    const file = testInterchange(keys);
    for (const bad of ["-1", "18446744073709551616", "1.5", ""]) {
      file.data.at(-1)?.signed_attestations.splice(3, 1, {source_epoch: "1", target_epoch: bad});
      if (bad === "-1") await changesNothing(trial, () => trial.protection.importInterchange(file));
      else await assert.rejects(trial.protection.importInterchange(bytesOf(file, 4096)));
      assert.equal(await trial.protection.newest(testPubkey(2)), null);
    }
    file.data.at(-1)?.signed_attestations.splice(3, 1);
    assert.equal((await trial.protection.importInterchange(bytesOf(file, 4096))).keys.length, 300);
  }),

  check("changes nothing when a file is of another chain", async (trial) => {
    const file = testInterchange([{pubkey: KEY, votes: [testVote(8, 40)]}], testRoot(43));
    await changesNothing(trial, () => trial.protection.importInterchange(file));
  }),

  check("changes nothing when a file breaks off or cannot be read to its end", async (trial) => {
    const text = JSON.stringify(testInterchange([{pubkey: KEY, votes: [testVote(8, 40), testVote(9, 41)]}]));
    await changesNothing(trial, () => trial.protection.importInterchange(bytesOf(text.slice(0, -3))));
    const unreadable = async function* () {
      yield* bytesOf(text);
      throw new Error("the disk is gone");
    };
    await assert.rejects(trial.protection.importInterchange(unreadable()));
    await trial.accept(testVote(7, 39));
  }),

  check("keeps values up to 2^64−1 exactly, and signs nothing more of the kind for their key", async (trial) => {
    await trial.accept(testVote(5, 10));
    await trial.protection.recordBlock(KEY, testProposal(3));
    const huge = [2n ** 53n, 2n ** 64n - 2n, 2n ** 64n - 1n] as const;
    const votes = [testVote(5, 10), rootlessVote(5, huge[1]), rootlessVote(huge[0], huge[2])];
    const other = {pubkey: testPubkey(2), blocks: [rootlessBlock(2n ** 53n + 1n)]};
    const file = testInterchange([{pubkey: KEY, votes, blocks: [testProposal(3)]}, other]);
    assert.deepEqual(await trial.protection.importInterchange(bytesOf(file)), {
      keys: [
        {pubkey: KEY, attestations: counts(2, 1), blocks: counts(0, 1), isBlocked: true},
        {pubkey: other.pubkey, attestations: counts(0), blocks: counts(1), isBlocked: true},
      ],
    });
    for (const _opening of ["first", "second"]) {
      assert.deepEqual(await trial.protection.newest(KEY), {sourceEpoch: huge[0], targetEpoch: huge[2], slot: 3});
      const {data} = JSON.parse(await trial.exported()) as typeof file;
      const written = data.map((key) => [key.signed_attestations, key.signed_blocks]).flat(2);
      for (const record of file.data.flatMap((key) => [...key.signed_attestations, ...key.signed_blocks])) {
        assert(
          written.some((one) => JSON.stringify(one) === JSON.stringify(record)),
          JSON.stringify(record),
        );
      }
      for (const vote of [
        testVote(6, 11),
        testVote(11, 12),
        testVote(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
      ]) {
        assert.equal((await trial.protection.recordAttestation(KEY, vote)).kind, "refused");
      }
      const last = testProposal(Number.MAX_SAFE_INTEGER);
      assert.equal((await trial.protection.recordBlock(other.pubkey, last)).kind, "refused");
      await trial.reopen();
    }
    assert.deepEqual(await trial.protection.recordBlock(KEY, testProposal(4)), ACCEPTED);
  }),

  check("takes a source after its target as a minimum, and a record that nothing may surround", async (trial) => {
    await trial.protection.importInterchange(testInterchange([{pubkey: KEY, votes: [rootlessVote(5, 2)]}]));
    for (const vote of [testVote(3, 4), testVote(4, 9), testVote(2, 2)]) {
      assert.equal((await trial.protection.recordAttestation(KEY, vote)).kind, "refused");
    }
    await trial.accept(testVote(5, 6));
  }),

  check("knows nothing of a key whose lists are empty or missing", async (trial) => {
    const second = testPubkey(2);
    const data = [...testInterchange([{pubkey: KEY}]).data, {pubkey: second}];
    assert.deepEqual(await trial.protection.importInterchange({...testInterchange([]), data}), {
      keys: [...report(KEY, counts(0)).keys, ...report(second, counts(0)).keys],
    });
    assert.deepEqual(await trial.protection.importInterchange(testInterchange([])), {keys: []});
    assert.equal(await trial.protection.newest(KEY), null);
    assert.deepEqual(JSON.parse(await trial.exported()), testInterchange([]));
    await trial.accept(testVote(0, 0));
  }),

  check("reads what other clients write: numbers, capitals, and roots that are null", async (trial) => {
    const file = testInterchange([]);
    const entry = {
      pubkey: `0x${"AB".repeat(48)}`,
      signed_blocks: [{slot: 9, signing_root: null}],
      signed_attestations: [{source_epoch: 5, target_epoch: 10, signing_root: `0x${"CD".repeat(32)}`}],
    };
    await trial.protection.importInterchange(bytesOf({...file, data: [entry]}));
    const key = `0x${"ab".repeat(48)}` as Pubkey;
    const vote = {...testVote(5, 10), signingRoot: `0x${"cd".repeat(32)}` as Root};
    assert.deepEqual(await trial.protection.recordAttestation(key, vote), ALREADY_SIGNED);
    assert.equal((await trial.protection.recordAttestation(key, testVote(6, 10))).kind, "refused");
    assert.equal((await trial.protection.recordBlock(key, testProposal(9))).kind, "refused");
  }),

  check("lets no vote that is under way slip past an import", async (trial) => {
    await trial.accept(testVote(1, 2));
    const file = testInterchange([{pubkey: KEY, votes: [testVote(5, 10, 1)]}]);
    const early = trial.protection.recordAttestation(KEY, testVote(2, 3));
    const importing = trial.protection.importInterchange(bytesOf(file));
    const meanwhile = [4, 5, 6].map((target) => trial.protection.recordAttestation(KEY, testVote(3, target)));
    assert.deepEqual(await early, ACCEPTED);
    await importing;
    const verdicts = await Promise.all(meanwhile);
    await trial.reopen();
    assert.deepEqual(await trial.protection.recordAttestation(KEY, testVote(2, 3)), ALREADY_SIGNED);
    for (const [index, {kind}] of verdicts.entries()) {
      const again = await trial.protection.recordAttestation(KEY, testVote(3, 4 + index));
      if (kind !== "refused") assert.deepEqual(again, ALREADY_SIGNED);
    }
    assert.deepEqual(await trial.protection.recordAttestation(KEY, testVote(5, 10, 1)), ALREADY_SIGNED);
    await trial.refuses(testVote(6, 9), "SURROUNDED_VOTE", testVote(5, 10, 1));
  }),
];
