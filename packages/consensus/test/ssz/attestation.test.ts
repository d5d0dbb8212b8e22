import assert from "node:assert/strict";
import {
  type AggregateAndProof,
  type Attestation,
  type AttestationData,
  parseRoot,
  type Signature,
  type SingleAttestation,
} from "@mote/core";
import fc from "fast-check";
import {
  aggregateAndProofToSsz,
  attestationDataFromSsz,
  attestationDataToSsz,
  attestationFromSsz,
  attestationToSsz,
  singleAttestationsToSsz,
  ssz,
} from "../../src/index.ts";

const bytes = (size: number) => fc.uint8Array({minLength: size, maxLength: size});
const hexRoot = bytes(32).map((root) => parseRoot(`0x${Buffer.from(root).toString("hex")}`, "root"));
const uint = fc.maxSafeNat();
const checkpoint = fc.record({epoch: uint, root: hexRoot}, {noNullPrototype: true});
const attestationData = fc.record(
  {slot: uint, index: fc.nat(63), beaconBlockRoot: hexRoot, source: checkpoint, target: checkpoint},
  {noNullPrototype: true},
) as fc.Arbitrary<AttestationData>;
const attestation = fc
  .record({data: attestationData, signature: bytes(96), votes: fc.array(fc.boolean(), {minLength: 1, maxLength: 99})})
  .map(({data, signature, votes}): Attestation => {
    const bits = new Uint8Array(Math.ceil(votes.length / 8));
    for (const [i, vote] of votes.entries()) if (vote) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
    return {
      data,
      signature: signature as Signature,
      aggregationBits: {bits, length: votes.length},
      committeeBits: {bits: Uint8Array.of(votes.length & 0xf), length: 4},
    };
  });

describe("SSZ conversions", () => {
  it("carry attestation data there, over the wire and back", () => {
    fc.assert(
      fc.property(attestationData, (data) => {
        const type = ssz.phase0.AttestationData;
        const wire = type.serialize(attestationDataToSsz(data));
        assert.deepEqual(attestationDataFromSsz(type.deserialize(wire)), data);
      }),
    );
  });

  it("carry attestations with their bits there, over the wire and back", () => {
    fc.assert(
      fc.property(attestation, (value) => {
        const type = ssz.electra.Attestation;
        const wire = type.serialize(attestationToSsz(value));
        assert.deepEqual(attestationFromSsz(type.deserialize(wire)), value);
      }),
    );
  });

  it("make what the SSZ library takes for single votes and aggregates", () => {
    fc.assert(
      fc.property(attestation, uint, (aggregate, index) => {
        const {data, signature} = aggregate;
        const single = {committeeIndex: 3, attesterIndex: index, data, signature} as SingleAttestation;
        const vote = ssz.electra.SingleAttestation;
        for (const value of singleAttestationsToSsz([single, single])) {
          assert.deepEqual(vote.deserialize(vote.serialize(value)), value);
        }
        const message = {aggregatorIndex: index, aggregate, selectionProof: signature} as AggregateAndProof;
        const json = ssz.electra.AggregateAndProof.toJson(aggregateAndProofToSsz(message)) as Record<string, unknown>;
        assert.equal(json.aggregator_index, String(index));
      }),
    );
  });

  it("refuse numbers above 2^53−1 by name, never rounding them", () => {
    const type = ssz.phase0.AttestationData;
    const json = {
      slot: "1",
      index: "0",
      beacon_block_root: `0x${"11".repeat(32)}`,
      source: {epoch: "0", root: `0x${"22".repeat(32)}`},
      target: {epoch: "1", root: `0x${"33".repeat(32)}`},
    };
    assert.equal(attestationDataFromSsz(type.fromJson(json)).slot, 1);
    // 16 bytes at 0 are slot and index; source and target epochs follow the block root and the source root.
    const offsets = {slot: 0, index: 8, "source epoch": 48, "target epoch": 88};
    for (const [field, offset] of Object.entries(offsets)) {
      for (const value of [2n ** 53n, 2n ** 64n - 1n]) {
        const wire = Buffer.from(type.serialize(type.fromJson(json)));
        wire.writeBigUInt64LE(value, offset);
        assert.throws(() => attestationDataFromSsz(type.deserialize(wire)), {
          name: "InvalidValueError",
          message: new RegExp(`${field.split(" ").at(-1)} must be an integer`),
        });
      }
    }
  });
});
