import assert from "node:assert/strict";
import {type Epoch, hexToBytes, type Pubkey, type Slot} from "@mote/core";
import {testPubkey, testRoot, testVote} from "@mote/testing";
import {
  decodeProposal,
  decodeSummary,
  decodeVote,
  EVERYTHING,
  encodeMeta,
  type KeySummary,
  RecordCodec,
} from "../../src/level/codec.ts";

const MAX = Number.MAX_SAFE_INTEGER;

describe("the store's layout", () => {
  const codec = new RecordCodec(testPubkey(1));

  it("gives back every record as it was", () => {
    for (const vote of [testVote(0, 0), testVote(3, 2 ** 32 + 1), testVote(MAX - 1, MAX, 1)]) {
      assert.deepEqual(decodeVote(codec.encodeVote(vote)), vote);
      assert.deepEqual(decodeVote(codec.encodeVote({...vote, signingRoot: null})), {...vote, signingRoot: null});
    }
    for (const signingRoot of [testRoot(7), null]) {
      const proposal = {slot: MAX as Slot, signingRoot};
      assert.deepEqual(decodeProposal(codec.encodeProposal(proposal)), proposal);
    }
  });

  it("gives back every summary as it was", () => {
    const [one, two, three, four] = [1, 2, 3, MAX] as Epoch[] as [Epoch, Epoch, Epoch, Epoch];
    const votes = {
      watermark: {sourceEpoch: one, targetEpoch: two},
      newestSourceEpoch: three,
      newestTargetEpoch: four,
    };
    const proposals = {watermarkSlot: 5 as Slot, newestSlot: 6 as Slot, keptCount: 7};
    const summaries: readonly KeySummary[] = [
      {votes: null, proposals: null},
      {votes, proposals: null},
      {votes: null, proposals},
      {votes, proposals},
    ];
    for (const summary of summaries) assert.deepEqual(decodeSummary(codec.encodeSummary(summary)), summary);
  });

  it("orders the votes of a key by their targets", () => {
    const keys = [1, 255, 256, 65_536, 2 ** 32, MAX].map((target) => codec.encodeVote(testVote(0, target, 1)).key);
    assert.deepEqual(keys.toSorted(Buffer.compare), keys);
  });

  it("keeps other keys out of a key's range, those beside it too", () => {
    const rangeOf = (pubkey: Pubkey) => new RecordCodec(pubkey).votes;
    const highest = `0x${"ff".repeat(48)}` as Pubkey;
    assert.deepEqual([...rangeOf(testPubkey(0xff)).from], [2, ...hexToBytes(testPubkey(0xff))]);
    assert.deepEqual([...rangeOf(testPubkey(0xff)).before], [2, ...hexToBytes(testPubkey(0x100))]);
    assert.deepEqual([...rangeOf(highest).before], [3, ...new Uint8Array(48)]);
  });

  it("has every kind of key within everything", () => {
    const highest = new RecordCodec(`0x${"ff".repeat(48)}` as Pubkey);
    const keys = [encodeMeta("a", "").key, highest.summaryKey, highest.encodeVote(testVote(0, 1)).key];
    keys.push(highest.encodeProposal({slot: MAX as Slot, signingRoot: null}).key);
    for (const key of keys) {
      assert(Buffer.compare(EVERYTHING.from, key) < 0 && Buffer.compare(key, EVERYTHING.before) < 0);
    }
  });
});
