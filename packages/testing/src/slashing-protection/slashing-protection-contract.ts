import assert from "node:assert/strict";
import {
  type Epoch,
  FAR_FUTURE_EPOCH,
  type Pubkey,
  type RefusalReason,
  type Root,
  type SlashingProtection,
  type Slot,
  type Verdict,
} from "@mote/core";
import type {SignedProposal, SignedVote} from "./slashability.ts";

/** One store that outlives its openings. At most one opening exists at a time. */
export interface ProtectionStoreUnderTest {
  open(): Promise<SlashingProtection>;
  /** Called once, with everything closed. */
  destroy(): Promise<void>;
}

export const testPubkey = (n: number): Pubkey => `0x${n.toString(16).padStart(96, "0")}` as Pubkey;
export const testRoot = (n: number): Root => `0x${n.toString(16).padStart(64, "0")}` as Root;

export const testVote = (source: number, target: number, root = source * 1000 + target): SignedVote => ({
  sourceEpoch: source as Epoch,
  targetEpoch: target as Epoch,
  signingRoot: testRoot(root),
});

export const testProposal = (slot: number, root = slot): SignedProposal => ({
  slot: slot as Slot,
  signingRoot: testRoot(root),
});

const ACCEPTED: Verdict = {kind: "accepted"};
const ALREADY_SIGNED: Verdict = {kind: "already_signed"};

/** What every adapter of the port `SlashingProtection` has to do. Called within a `describe`; the store retains at least 100 epochs. */
export function slashingProtectionContract(newStore: () => Promise<ProtectionStoreUnderTest>): void {
  let store: ProtectionStoreUnderTest;
  let protection: SlashingProtection;
  const key = testPubkey(1);

  beforeEach(async () => {
    store = await newStore();
    protection = await store.open();
  });

  afterEach(async () => {
    await protection.close();
    await store.destroy();
  });

  const reopen = async () => {
    await protection.close();
    protection = await store.open();
  };
  const accept = async (...votes: readonly SignedVote[]) => {
    for (const vote of votes) assert.deepEqual(await protection.recordAttestation(key, vote), ACCEPTED);
  };
  const refuses = async (vote: SignedVote, reason: RefusalReason, against?: SignedVote) => {
    const verdict = await protection.recordAttestation(key, vote);
    assert(verdict.kind === "refused", `${JSON.stringify(vote)} was ${verdict.kind}`);
    assert.equal(verdict.reason, reason);
    if (against !== undefined) assert.deepEqual(verdict.conflict, {kind: "attestation", ...against});
  };

  describe("attestations", () => {
    it("accepts votes that go forward", async () => {
      await accept(testVote(0, 1), testVote(0, 2), testVote(1, 3), testVote(3, 4), testVote(3, 50));
    });

    it("accepts a vote whose source is its target, as at genesis", async () => {
      await accept(testVote(0, 0), testVote(0, 1));
    });

    it("accepts a late vote that conflicts with nothing", async () => {
      await accept(testVote(2, 3), testVote(10, 50), testVote(3, 31), testVote(9, 49), testVote(10, 51));
    });

    it("refuses a source after the target", async () => {
      await refuses(testVote(4, 3), "SOURCE_AFTER_TARGET");
      await accept(testVote(2, 3));
      await refuses(testVote(9, 8), "SOURCE_AFTER_TARGET");
    });

    it("refuses another vote for the same target, naming the first", async () => {
      await accept(testVote(1, 2), testVote(2, 3), testVote(3, 4));
      await refuses(testVote(2, 3, 7), "DOUBLE_VOTE", testVote(2, 3));
      await refuses(testVote(1, 3), "DOUBLE_VOTE", testVote(2, 3));
      await refuses(testVote(3, 4, 7), "DOUBLE_VOTE", testVote(3, 4));
    });

    it("refuses a known root under another source", async () => {
      await accept(testVote(1, 2), testVote(1, 3, 7));
      await refuses(testVote(2, 3, 7), "DOUBLE_VOTE", testVote(1, 3, 7));
    });

    it("refuses a vote that surrounds, naming the surrounded one", async () => {
      await accept(testVote(1, 2), testVote(3, 4), testVote(4, 5));
      await refuses(testVote(2, 6), "SURROUNDING_VOTE", testVote(3, 4));
    });

    it("refuses a vote that is surrounded, naming the surrounding one", async () => {
      await accept(testVote(1, 2), testVote(2, 9));
      await refuses(testVote(3, 8), "SURROUNDED_VOTE", testVote(2, 9));
      await refuses(testVote(5, 5), "SURROUNDED_VOTE", testVote(2, 9));
    });

    it("accepts equal sources and votes that only touch", async () => {
      await accept(testVote(1, 3), testVote(1, 5), testVote(1, 4), testVote(5, 6), testVote(5, 8), testVote(8, 9));
    });

    it("refuses what lies below the minimum, naming it", async () => {
      await accept(testVote(5, 10), testVote(6, 20));
      const watermark = {kind: "watermark", sourceEpoch: 5, targetEpoch: 10};
      assert.deepEqual(await protection.recordAttestation(key, testVote(5, 9)), {
        kind: "refused",
        reason: "TARGET_NOT_ABOVE_MINIMUM",
        conflict: watermark,
      });
      assert.deepEqual(await protection.recordAttestation(key, testVote(4, 9)), {
        kind: "refused",
        reason: "SOURCE_BELOW_MINIMUM",
        conflict: watermark,
      });
    });

    it("knows a vote again, the oldest and the newest too, before and after a restart", async () => {
      const votes = [testVote(5, 10), testVote(6, 20), testVote(7, 30)];
      await accept(...votes);
      for (const vote of votes) assert.deepEqual(await protection.recordAttestation(key, vote), ALREADY_SIGNED);
      await reopen();
      for (const vote of votes) assert.deepEqual(await protection.recordAttestation(key, vote), ALREADY_SIGNED);
    });

    it("judges after a restart as before it", async () => {
      await accept(testVote(5, 10), testVote(6, 20), testVote(7, 30));
      await reopen();
      await refuses(testVote(6, 31), "SURROUNDING_VOTE", testVote(7, 30));
      await reopen();
      await refuses(testVote(6, 20, 1), "DOUBLE_VOTE", testVote(6, 20));
      await refuses(testVote(4, 9), "SOURCE_BELOW_MINIMUM");
      await accept(testVote(7, 31));
    });

    it("does not remember what it refused", async () => {
      await accept(testVote(3, 4));
      await refuses(testVote(2, 9), "SURROUNDING_VOTE");
      await accept(testVote(4, 9));
    });
  });

  describe("blocks", () => {
    it("accepts one block a slot, late ones above the minimum too", async () => {
      for (const slot of [10, 20, 30, 15, 11]) {
        assert.deepEqual(await protection.recordBlock(key, testProposal(slot)), ACCEPTED);
      }
    });

    it("refuses another block for the same slot, naming the first", async () => {
      await protection.recordBlock(key, testProposal(10));
      await protection.recordBlock(key, testProposal(20));
      for (const slot of [10, 20]) {
        assert.deepEqual(await protection.recordBlock(key, testProposal(slot, 7)), {
          kind: "refused",
          reason: "DOUBLE_PROPOSAL",
          conflict: {kind: "block", ...testProposal(slot)},
        });
      }
    });

    it("refuses a slot below the minimum, naming it", async () => {
      await protection.recordBlock(key, testProposal(10));
      assert.deepEqual(await protection.recordBlock(key, testProposal(9)), {
        kind: "refused",
        reason: "SLOT_NOT_ABOVE_MINIMUM",
        conflict: {kind: "watermark", slot: 10},
      });
    });

    it("knows a block again before and after a restart", async () => {
      for (const slot of [10, 20]) await protection.recordBlock(key, testProposal(slot));
      for (const slot of [10, 20]) {
        assert.deepEqual(await protection.recordBlock(key, testProposal(slot)), ALREADY_SIGNED);
      }
      await reopen();
      for (const slot of [10, 20]) {
        assert.deepEqual(await protection.recordBlock(key, testProposal(slot)), ALREADY_SIGNED);
      }
    });

    it("keeps blocks and votes apart", async () => {
      assert.deepEqual(await protection.recordBlock(key, testProposal(1000)), ACCEPTED);
      await accept(testVote(0, 1), testVote(900, 1000));
      assert.deepEqual(await protection.recordBlock(key, testProposal(1001)), ACCEPTED);
    });
  });

  describe("requests at once", () => {
    const tally = (verdicts: readonly Verdict[]) => ({
      accepted: verdicts.filter((verdict) => verdict.kind === "accepted").length,
      alreadySigned: verdicts.filter((verdict) => verdict.kind === "already_signed").length,
      refused: verdicts.filter((verdict) => verdict.kind === "refused").length,
    });
    const voteAtOnce = (votes: readonly SignedVote[]) =>
      Promise.all(votes.map((vote) => protection.recordAttestation(key, vote)));
    const ten = Array.from({length: 10}, (_, n) => n);

    for (const history of [[], [testVote(1, 2)]]) {
      it(`accepts exactly one of ten double votes, on ${history.length === 0 ? "a new" : "a known"} key`, async () => {
        await accept(...history);
        const verdicts = await voteAtOnce(ten.map((n) => testVote(2, 3, n)));
        assert.deepEqual(tally(verdicts), {accepted: 1, alreadySigned: 0, refused: 9});
        assert.deepEqual(verdicts[0], ACCEPTED);
      });
    }

    it("accepts exactly one of ten votes that surround each other", async () => {
      await accept(testVote(1, 2));
      const verdicts = await voteAtOnce(ten.map((n) => testVote(20 + n, 60 - n)));
      assert.deepEqual(tally(verdicts), {accepted: 1, alreadySigned: 0, refused: 9});
    });

    it("accepts one of ten equal votes and knows it nine times", async () => {
      const verdicts = await voteAtOnce(ten.map(() => testVote(2, 3)));
      assert.deepEqual(tally(verdicts), {accepted: 1, alreadySigned: 9, refused: 0});
    });

    it("accepts exactly one of ten blocks for a slot", async () => {
      const verdicts = await Promise.all(ten.map((n) => protection.recordBlock(key, testProposal(5, n))));
      assert.deepEqual(tally(verdicts), {accepted: 1, alreadySigned: 0, refused: 9});
    });

    it("decides in the order of the calls", async () => {
      const verdicts = await voteAtOnce([
        testVote(1, 2),
        testVote(1, 2, 9),
        testVote(2, 3),
        testVote(1, 4),
        testVote(2, 3),
      ]);
      const kinds = verdicts.map((verdict) => (verdict.kind === "refused" ? verdict.reason : verdict.kind));
      assert.deepEqual(kinds, ["accepted", "DOUBLE_VOTE", "accepted", "SURROUNDING_VOTE", "already_signed"]);
    });

    it("lets no key disturb another", async () => {
      const requests = ten.map((n) => protection.recordAttestation(testPubkey(n + 1), testVote(n, n + 1)));
      assert.deepEqual(tally(await Promise.all(requests)), {accepted: 10, alreadySigned: 0, refused: 0});
    });
  });

  describe("its edges", () => {
    it("takes a pubkey in capitals for the same key", async () => {
      const lower = `0x${"ab".repeat(48)}` as Pubkey;
      const upper = `0x${"AB".repeat(48)}` as Pubkey;
      assert.deepEqual(await protection.recordAttestation(lower, testVote(1, 2)), ACCEPTED);
      assert.equal((await protection.recordAttestation(upper, testVote(1, 2, 9))).kind, "refused");
    });

    it("rejects values that are none, and remembers nothing of them", async () => {
      const bad: readonly SignedVote[] = [
        testVote(-1, 2, 1),
        testVote(0, 1.5, 1),
        testVote(0, Number.NaN, 1),
        testVote(0, 2 ** 53, 1),
        testVote(0, FAR_FUTURE_EPOCH, 1),
        {...testVote(0, 1), signingRoot: "0x12" as Root},
      ];
      for (const vote of bad) await assert.rejects(protection.recordAttestation(key, vote));
      await assert.rejects(protection.recordAttestation("0x12" as Pubkey, testVote(0, 1)));
      await assert.rejects(protection.recordBlock(key, testProposal(-1, 1)));
      await accept(testVote(0, 1));
    });

    it("keeps the highest values exactly", async () => {
      const highest = Number.MAX_SAFE_INTEGER;
      await accept(testVote(highest - 1, highest - 1, 1), testVote(highest - 1, highest, 2));
      await reopen();
      await refuses(testVote(highest - 1, highest, 3), "DOUBLE_VOTE", testVote(highest - 1, highest, 2));
    });

    it("finishes what is under way before it closes, and rejects what comes after", async () => {
      const pending = protection.recordAttestation(key, testVote(1, 2));
      const closing = protection.close();
      await assert.rejects(protection.recordAttestation(key, testVote(2, 3)));
      assert.deepEqual(await pending, ACCEPTED);
      await closing;
      await protection.close();
      await assert.rejects(protection.recordBlock(key, testProposal(1)));
      protection = await store.open();
      assert.deepEqual(await protection.recordAttestation(key, testVote(1, 2)), ALREADY_SIGNED);
    });
  });
}
