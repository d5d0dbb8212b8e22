import assert from "node:assert/strict";
import type {Epoch, Pubkey, Slot} from "@mote/core";
import {testPubkey, testRoot, testVote} from "@mote/testing";
import {DamagedStoreError} from "../../src/index.ts";
import {
  batchKey,
  decodeProposal,
  decodeProposals,
  decodeSummary,
  decodeVote,
  decodeVotes,
  EVERYTHING,
  encodeMeta,
  RecordCodec,
  type SealedEntry,
  VOTES,
} from "../../src/level/codec.ts";
import {EMPTY_SUMMARY, EMPTY_TALLY, type KeySummary, tallyAfter} from "../../src/level/key-summary.ts";
import type {Entry, KeyRange} from "../../src/level/protection-database.ts";

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
    const [voteTally, proposalTally] = [
      {count: 9, digest: 0xffffffff},
      {count: 7, digest: 0},
    ];
    const blocked = {...votes, newestTargetEpoch: 2n ** 64n - 1n};
    const summaries: readonly KeySummary[] = [
      EMPTY_SUMMARY,
      {...EMPTY_SUMMARY, votes, voteTally},
      {...EMPTY_SUMMARY, votes: blocked, voteTally},
      {...EMPTY_SUMMARY, proposals, proposalTally},
      {votes, proposals, voteTally, proposalTally},
    ];
    for (const summary of summaries) assert.deepEqual(decodeSummary(codec.encodeSummary(summary)), summary);
  });

  it("orders the votes of a key by their targets", () => {
    const targets = [2n ** 53n, 2n ** 64n - 1n];
    const numbers = [1, 255, 256, 65_536, 2 ** 32, MAX];
    const keys = [...numbers, ...targets].map(
      (target) => codec.encodeVote({...testVote(0, 1, 1), targetEpoch: target as Epoch}).key,
    );
    assert.deepEqual(keys.toSorted(), keys);
  });

  it("keeps values up to 2^64−1 exactly", () => {
    for (const value of [BigInt(MAX) + 1n, 2n ** 63n + 1n, 2n ** 64n - 1n]) {
      const vote = {...testVote(0, 1), sourceEpoch: value, targetEpoch: value};
      assert.deepEqual(decodeVote(codec.encodeVote(vote)), vote);
      assert.deepEqual(decodeProposal(codec.encodeProposal({slot: value, signingRoot: null})).slot, value);
    }
  });

  it("keeps other keys out of a key's range, those beside it too", () => {
    const isIn = ({from, before}: KeyRange, key: string) => from <= key && key < before;
    const voteOf = (pubkey: Pubkey) => new RecordCodec(pubkey).encodeVote(testVote(0, MAX, 1)).key;
    const {votes} = new RecordCodec(testPubkey(0xff));
    assert(isIn(votes, voteOf(testPubkey(0xff))));
    for (const other of [testPubkey(0xfe), testPubkey(0x100)]) assert(!isIn(votes, voteOf(other)));
    assert(!isIn(VOTES, codec.encodeProposal({slot: 0 as Slot, signingRoot: null}).key));
  });

  it("has every kind of key within everything", () => {
    const highest = new RecordCodec(`0x${"ff".repeat(48)}` as Pubkey);
    const keys = [encodeMeta("a", "").key, highest.summaryKey, highest.encodeVote(testVote(0, 1)).key];
    keys.push(highest.encodeProposal({slot: MAX as Slot, signingRoot: null}).key, batchKey(MAX));
    for (const key of keys) assert(EVERYTHING.from < key && key < EVERYTHING.before);
  });

  it("takes no entry whose key or value was changed", () => {
    const {key, value} = codec.encodeVote(testVote(2, 3, 1));
    assert.throws(() => decodeVote({key: key.replace(/.$/, "0"), value}), DamagedStoreError);
    assert.throws(() => decodeVote({key, value: value.replace(/.$/, "g")}), DamagedStoreError);
    assert.throws(() => decodeVote({key, value: ""}), DamagedStoreError);
    const summary = codec.encodeSummary(EMPTY_SUMMARY);
    assert.throws(() => decodeSummary({...summary, value: `1${summary.value}`}), DamagedStoreError);
  });

  it("takes no row of records in which one was changed, whichever character of it", () => {
    const votes = [testVote(1, 2, 1), {...testVote(2, 3), signingRoot: null}, testVote(3, 4, 2)];
    const entries: readonly Entry[] = votes.map((vote) => codec.encodeVote(vote));
    assert.deepEqual(decodeVotes(entries).records, votes);
    assert.deepEqual(decodeVotes([]), {records: [], tally: EMPTY_TALLY});
    for (const [index, {key, value}] of entries.entries()) {
      const isRefused = (entry: Entry) =>
        assert.throws(() => decodeVotes(entries.with(index, entry)), DamagedStoreError, JSON.stringify(entry));
      for (let at = 0; at < key.length; at++) isRefused({key: changedAt(key, at), value});
      for (let at = 0; at < value.length; at++) {
        // What a digit becomes by the second or the third is no digit, and as much modulo 16.
        for (const by of [1, 0x37, -0x37]) isRefused({key, value: changedAt(value, at, by)});
      }
      for (const other of ["", `0${value}`, `${value}0`, value.slice(1)]) isRefused({key, value: other});
      isRefused({key, value: entries.at(index - 1)?.value ?? ""});
      isRefused({key: key.slice(0, -1), value});
    }
    const [first, second, third] = entries as [Entry, Entry, Entry];
    const exchanged = [{...first, value: third.value}, second, {...third, value: first.value}];
    assert.throws(() => decodeVotes(exchanged), DamagedStoreError);
  });

  it("counts a row of proposals and adds up their seals", () => {
    const entries = [1, 2, 3].map((slot) =>
      codec.encodeProposal({slot: slot as Slot, signingRoot: slot === 2 ? null : testRoot(slot)}),
    );
    const tally = tallyAfter(
      EMPTY_TALLY,
      entries.map(({seal}) => seal),
    );
    assert.deepEqual(decodeProposals(entries), {records: entries.map(decodeProposal), tally});
    const [first, ...others] = entries as [SealedEntry, ...SealedEntry[]];
    const changed = {...first, key: changedAt(first.key, 100)};
    assert.throws(() => decodeProposals([changed, ...others]), DamagedStoreError);
  });
});

const changedAt = (text: string, at: number, by = 1): string =>
  text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) + by) + text.slice(at + 1);
