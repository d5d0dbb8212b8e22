import assert from "node:assert/strict";
import {createHash} from "node:crypto";
import type {Signature} from "@mote/core";
import {isAggregator} from "../../src/committees/aggregator.ts";

/** A selection proof made of one repeated byte; no valid signature, but the rule only hashes it. */
const proof = (byte: number): Signature => new Uint8Array(96).fill(byte) as Signature;

describe("isAggregator", () => {
  // First 8 bytes of sha256(byte × 96), little-endian, worked out with Python's hashlib.
  const KNOWN: readonly {byte: number; hash: bigint; aggregators: readonly [number, boolean][]}[] = [
    {
      byte: 0x02,
      hash: 6463443705522100576n,
      aggregators: [
        [128, true],
        [471, false],
        [512, true],
        [2048, false],
      ],
    },
    {
      byte: 0x0c,
      hash: 13974768158830533656n,
      aggregators: [
        [128, true],
        [471, false],
        [512, false],
        [2048, false],
      ],
    },
    {
      byte: 0x5c,
      hash: 3711897616828389022n,
      aggregators: [
        [128, false],
        [471, true],
        [512, false],
        [2048, false],
      ],
    },
    {
      byte: 0x00,
      hash: 9251468512758311214n,
      aggregators: [
        [128, false],
        [471, false],
        [512, false],
        [2048, false],
      ],
    },
    {
      byte: 0x01,
      hash: 15010667366611956363n,
      aggregators: [
        [128, false],
        [471, false],
        [512, false],
        [2048, false],
      ],
    },
    {
      byte: 0xfa,
      hash: 12007607456083300224n,
      aggregators: [
        [128, true],
        [471, false],
        [512, true],
        [2048, true],
      ],
    },
  ];

  for (const {byte, hash, aggregators} of KNOWN) {
    it(`proof 0x${byte.toString(16).padStart(2, "0")}… in committees of mainnet's size`, () => {
      assert.equal(createHash("sha256").update(proof(byte)).digest().readBigUInt64LE(0), hash);
      for (const [committeeLength, expected] of aggregators) {
        assert.equal(isAggregator(committeeLength, proof(byte)), expected, `committee of ${committeeLength}`);
      }
    });
  }

  it("selects these of the proofs 0 to 95, and no other, at the sizes that committees have on mainnet", () => {
    // Worked out with Python's hashlib: first 8 bytes of sha256(byte × 96), little-endian, modulo length // 16.
    const AGGREGATORS: readonly [number, readonly number[]][] = [
      [128, [2, 12, 17, 27, 64, 67, 71, 76, 89]],
      [144, [1, 5, 10, 13, 22, 31, 37, 49, 95]],
      [192, [22, 37, 60, 64, 78]],
      [256, [2, 27, 89]],
      [320, [17, 22, 25, 71]],
      [384, [64]],
      [448, [12, 22, 89]],
      [512, [2, 27]],
    ];
    for (const [committeeLength, expected] of AGGREGATORS) {
      const selected = Array.from({length: 96}, (_, byte) => byte).filter((byte) =>
        isAggregator(committeeLength, proof(byte)),
      );
      assert.deepEqual(selected, expected, `committee of ${committeeLength}`);
    }
  });

  it("makes everyone an aggregator where the committee is smaller than two targets", () => {
    for (let byte = 0; byte < 32; byte++) {
      for (const committeeLength of [1, 15, 16, 31]) assert.equal(isAggregator(committeeLength, proof(byte)), true);
    }
  });
});
