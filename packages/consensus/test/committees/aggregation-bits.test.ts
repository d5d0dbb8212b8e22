import assert from "node:assert/strict";
import type {Attestation, AttestationData, CommitteeIndex, Signature} from "@mote/core";
import {holdsVote} from "../../src/committees/aggregation-bits.ts";

function bits(length: number, set: readonly number[]): {bits: Uint8Array; length: number} {
  const bytes = new Uint8Array(Math.ceil(length / 8));
  for (const index of set) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
  return {bits: bytes, length};
}

const attestation = (committees: readonly number[], votes: readonly number[], length: number): Attestation => ({
  committeeBits: bits(4, committees),
  aggregationBits: bits(length, votes),
  data: {} as AttestationData,
  signature: new Uint8Array(96) as Signature,
});

const member = (committeeIndex: number, validatorCommitteeIndex: number) => ({
  committeeIndex: committeeIndex as CommitteeIndex,
  validatorCommitteeIndex,
});

describe("holdsVote", () => {
  const lengths = [5, 9, 7, 8];

  it("finds each member's bit behind the committees that are there", () => {
    // Committees 1 and 3: their members' bits lie at 0–8 and 9–16.
    const both = attestation([1, 3], [0, 8, 9, 16], 17);
    const voted = new Set(["1:0", "1:8", "3:0", "3:7"]);
    for (const committeeIndex of [0, 1, 2, 3]) {
      for (let place = 0; place < (lengths[committeeIndex] ?? 0); place++) {
        const expected = voted.has(`${committeeIndex}:${place}`);
        assert.equal(holdsVote(both, lengths, member(committeeIndex, place)), expected, `${committeeIndex}:${place}`);
      }
    }
  });

  it("holds no vote of a committee that is not there, nor beyond its bits", () => {
    const all = attestation([0], [0, 1, 2, 3, 4], 5);
    assert.equal(holdsVote(all, lengths, member(0, 4)), true);
    assert.equal(holdsVote(all, lengths, member(1, 0)), false);
    assert.equal(holdsVote(all, lengths, member(0, 5)), false);
    assert.equal(holdsVote(all, lengths, member(64, 0)), false);
    const padded = {...all, aggregationBits: {bits: Uint8Array.of(0xff), length: 4}};
    assert.equal(holdsVote(padded, lengths, member(0, 3)), true);
    assert.equal(holdsVote(padded, lengths, member(0, 4)), false, "padding is no vote");
  });
});
