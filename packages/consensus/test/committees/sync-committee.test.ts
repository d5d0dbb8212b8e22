import assert from "node:assert/strict";
import {createHash} from "node:crypto";
import type {Epoch, Signature, Slot} from "@mote/core";
import {
  computeSyncCommitteePeriod,
  firstEpochOfSyncCommitteePeriod,
  isSyncCommitteeAggregator,
  subcommitteeOfSeat,
  subcommitteesOf,
  syncCommitteeEpochAt,
} from "../../src/committees/sync-committee.ts";

const MAINNET_SIZE = 512;
const MAINNET_EPOCHS_PER_PERIOD = 256;

/** A selection proof made of one repeated byte; no valid signature, but the rule only hashes it. */
const proof = (byte: number): Signature => new Uint8Array(96).fill(byte) as Signature;

describe("isSyncCommitteeAggregator", () => {
  // First 8 bytes of sha256(byte × 96), little-endian, worked out with Python's hashlib. One in 512 / 4 / 16 = 8 aggregates on mainnet.
  const KNOWN: readonly {byte: number; hash: bigint; isSelected: boolean}[] = [
    {byte: 1, hash: 15010667366611956363n, isSelected: false},
    {byte: 2, hash: 6463443705522100576n, isSelected: true},
    {byte: 3, hash: 8745973020692959882n, isSelected: false},
    {byte: 12, hash: 13974768158830533656n, isSelected: true},
    {byte: 17, hash: 2154568890823163240n, isSelected: true},
    {byte: 22, hash: 11093475812603442300n, isSelected: false},
    {byte: 25, hash: 1079853050451925940n, isSelected: false},
    {byte: 27, hash: 4171275375955008448n, isSelected: true},
    {byte: 37, hash: 8176949018549154756n, isSelected: false},
    {byte: 59, hash: 645775712172243493n, isSelected: false},
  ];

  for (const {byte, hash, isSelected} of KNOWN) {
    it(`proof ${byte} in a committee of mainnet's size: ${isSelected}`, () => {
      assert.equal(createHash("sha256").update(proof(byte)).digest().readBigUInt64LE(0), hash);
      assert.equal(isSyncCommitteeAggregator(proof(byte), MAINNET_SIZE), isSelected);
    });
  }

  it("selects everyone where a subcommittee has fewer seats than aggregators are wanted", () => {
    for (const {byte} of KNOWN) assert.equal(isSyncCommitteeAggregator(proof(byte)), true, "minimal preset");
  });
});

describe("seats", () => {
  it("lie in four subcommittees, one after the other", () => {
    const of = [0, 127, 128, 255, 256, 383, 384, 511].map((seat) => subcommitteeOfSeat(seat, MAINNET_SIZE));
    assert.deepEqual(of, [0, 0, 1, 1, 2, 2, 3, 3]);
    assert.deepEqual(
      [0, 7, 8, 31].map((seat) => subcommitteeOfSeat(seat)),
      [0, 0, 1, 3],
      "minimal preset: 32 seats",
    );
  });

  it("name each of their subcommittees once", () => {
    assert.deepEqual(subcommitteesOf([400, 3, 5, 130, 399], MAINNET_SIZE), [0, 1, 3]);
    assert.deepEqual(subcommitteesOf([]), []);
  });
});

describe("sync committee periods", () => {
  it("have 256 epochs on mainnet, 8 on minimal", () => {
    const at = (epoch: number) => computeSyncCommitteePeriod(epoch as Epoch, MAINNET_EPOCHS_PER_PERIOD);
    assert.deepEqual([0, 255, 256, 511, 512].map(at), [0, 0, 1, 1, 2]);
    assert.deepEqual([computeSyncCommitteePeriod(7 as Epoch), computeSyncCommitteePeriod(8 as Epoch)], [0, 1]);
    assert.equal(firstEpochOfSyncCommitteePeriod(2, MAINNET_EPOCHS_PER_PERIOD), 512);
    assert.equal(firstEpochOfSyncCommitteePeriod(1), 8);
  });

  it("begin for signers one slot early: slot 62 is the old committee's last, slot 63 the new one's first", () => {
    assert.deepEqual(
      [61, 62, 63, 64].map((slot) => syncCommitteeEpochAt(slot as Slot)),
      [7, 7, 8, 8],
    );
  });
});
