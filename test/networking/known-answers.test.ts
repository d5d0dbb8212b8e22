import assert from "node:assert/strict";
import {createHash} from "node:crypto";
import {privateKeyFromRaw} from "@libp2p/crypto/keys";
import type {Secp256k1PrivateKey} from "@libp2p/interface";
import {ACTIVE_PRESET} from "@lodestar/params";
import {ssz} from "@lodestar/types";
import {createNetworkConfig, knownNetwork} from "@mote/consensus";
import type {Epoch, Root} from "@mote/core";
import {ForkDigests} from "@mote/networking";
import {FakeLog} from "@mote/testing";
import {decodeFrames} from "../../packages/networking/src/codec/snappy-frames.ts";
import {LocalRecord} from "../../packages/networking/src/discovery/local-record.ts";
import {decodeRecord} from "../../packages/networking/src/discovery/remote-record.ts";
import {MemorySource} from "../../packages/networking/test/codec/memory-source.ts";
import {MemoryFiles} from "../../packages/networking/test/peers/memory-files.ts";

const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();
const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");

function uint64(value: number): Buffer {
  const at = Buffer.alloc(8);
  at.writeBigUInt64LE(BigInt(value));
  return at;
}

interface Blobs {
  readonly epoch: number;
  readonly max: number;
}

/** fulu/beacon-chain.md, `compute_fork_digest`, by hand. @param blobs null: before Fulu */
function digestByHand(version: string, validatorsRoot: string, blobs: Blobs | null): string {
  const base = sha256(bytes(version), Buffer.alloc(28), bytes(validatorsRoot)).subarray(0, 4);
  if (blobs === null) return base.toString("hex");
  const mask = sha256(uint64(blobs.epoch), uint64(blobs.max));
  return Buffer.from(base.map((byte, i) => byte ^ (mask[i] ?? 0))).toString("hex");
}

interface PublicNetwork {
  readonly validatorsRoot: string;
  /** First epoch, version, digest; in Fulu the blob parameters in force too. Those of Electra, 9 blobs, count until the schedule begins. */
  readonly periods: readonly (readonly [epoch: number, version: string, digest: string, blobs?: Blobs])[];
}

/** As the public configurations say, and as nodes of these networks show themselves. */
const NETWORKS: Readonly<Record<"mainnet" | "sepolia" | "hoodi", PublicNetwork>> = {
  mainnet: {
    validatorsRoot: "4b363db94e286120d76eb905340fdd4e54bfe9f06bf33ff6cf5ad27f511bfe95",
    periods: [
      [0, "00000000", "b5303f2a"],
      [74_240, "01000000", "afcaaba0"],
      [144_896, "02000000", "4a26c58b"],
      [194_048, "03000000", "bba4da96"],
      [269_568, "04000000", "6a95a1a9"],
      [364_032, "05000000", "ad532ceb"],
      [411_392, "06000000", "cc2c5cdb", {epoch: 364_032, max: 9}],
      [412_672, "06000000", "cb0d1acc", {epoch: 412_672, max: 15}],
      [419_072, "06000000", "8c9f62fe", {epoch: 419_072, max: 21}],
    ],
  },
  sepolia: {
    validatorsRoot: "d8ea171f3c94aea21ebc42a1ed61052acf3f9209c00e4efbaaddac09ed9b8078",
    periods: [
      [0, "90000069", "a8fee8ee"],
      [50, "90000070", "60725ca1"],
      [100, "90000071", "36fa5013"],
      [56_832, "90000072", "47eb72b3"],
      [132_608, "90000073", "d31f6191"],
      [222_464, "90000074", "14045b5a"],
      [272_640, "90000075", "7e0d3447", {epoch: 222_464, max: 9}],
      [274_176, "90000075", "fd32b622", {epoch: 274_176, max: 15}],
      [275_712, "90000075", "74d01459", {epoch: 275_712, max: 21}],
    ],
  },
  hoodi: {
    validatorsRoot: "212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f",
    periods: [
      // Four forks at genesis, of which the last one counts.
      [0, "50000910", "d2f1997f"],
      [2_048, "60000910", "82556a32"],
      [50_688, "70000910", "e2abcca4", {epoch: 2_048, max: 9}],
      [52_480, "70000910", "ae9f70a0", {epoch: 52_480, max: 15}],
      [54_016, "70000910", "c6ecb76c", {epoch: 54_016, max: 21}],
    ],
  },
};

describe("fork digests of public networks", () => {
  for (const [name, {validatorsRoot, periods}] of Object.entries(NETWORKS)) {
    it(`are those of ${name} at each epoch, by its name and by hand`, () => {
      const {chainConfig, genesisValidatorsRoot} = knownNetwork(name as keyof typeof NETWORKS);
      assert.ok(chainConfig !== null);
      assert.equal(genesisValidatorsRoot, `0x${validatorsRoot}`);
      const config = createNetworkConfig({...chainConfig, PRESET_BASE: ACTIVE_PRESET}, genesisValidatorsRoot as Root);
      const digests = new ForkDigests(config);
      const known = digests.periods.filter(({epoch}) => epoch <= (periods.at(-1)?.[0] ?? 0));
      assert.deepEqual(
        known.map(({epoch, digest}) => [epoch, digest]),
        periods.map(([epoch, , digest]) => [epoch, digest]),
      );
      for (const [i, [epoch, version, digest, blobs = null]] of periods.entries()) {
        assert.equal(digestByHand(version, validatorsRoot, blobs), digest);
        const lastEpoch = (periods[i + 1]?.[0] ?? epoch + 1) - 1;
        for (const within of [epoch, lastEpoch]) assert.equal(digests.at(within as Epoch).digest, digest);
        assert.equal(digests.byDigest(digest)?.epoch, epoch);
      }
    });
  }
});

describe("the example record of EIP-778", () => {
  const TEXT =
    "enr:-IS4QHCYrYZbAKWCBRlAy5zzaDZXJBGkcnh4MHcBFZntXNFrdvJjX04jRzjzCBOonrkTfj499SZuOh8R33Ls8RRcy5wBgmlkgnY0gmlwhH8AAAGJc2VjcDI1NmsxoQPKY0yuDUmstAHYpMa2_oxVtw0RW_QAdpzBQA8yWM0xOIN1ZHCCdl8";
  const KEY = "b71c71a67e1177ad4e901695e1b4b9ee17ae16c6668d313eac2f96dbcda3f291";

  it("is read as the EIP reads it", () => {
    const record = decodeRecord(TEXT);
    assert.equal(record.nodeId, "a448f24c6d18e575453db13171562b71999873db5b286df957af199ec94617f7");
    assert.deepEqual([record.seq, record.ip, record.udp], [1n, "127.0.0.1", 30_303]);
  });

  it("is what a node with its key and its entries would publish, byte for byte", async () => {
    const privateKey = privateKeyFromRaw(bytes(KEY)) as Secp256k1PrivateKey;
    const entries = {ip: bytes("7f000001"), udp: bytes("765f")};
    const record = await LocalRecord.load({privateKey, entries}, {files: new MemoryFiles(), log: new FakeLog()});
    assert.equal(record.text, TEXT);
  });
});

describe("a framed payload", () => {
  it("is 32 zeros when its frame says so with the checksum of RFC 3720", async () => {
    // CRC-32C of 32 zeros is 8a9136aa; rotated right by 15 and 0xa282ead8 more: 0fd7fffa.
    const framed = bytes(`ff060000734e61507059${"01240000"}${"faffd70f"}${"00".repeat(32)}`);
    assert.deepEqual(Buffer.from(await decodeFrames(new MemorySource(framed), 32)), Buffer.alloc(32));
    framed[14] = (framed[14] ?? 0) ^ 1;
    await assert.rejects(decodeFrames(new MemorySource(framed), 32));
  });
});

describe("places in a state that evidence is read from", () => {
  const placeOf = (state: {getPathInfo(path: string[]): {gindex: bigint}}, ...path: string[]): number =>
    Number(state.getPathInfo(path).gindex);

  for (const [forks, expected] of [
    [
      ["electra", "fulu"],
      [169, 86, 87, 75, 83],
    ],
    [["gloas"], [735, 2945, 2946, 358, 366]],
  ] as const) {
    for (const fork of forks) {
      it(`are those of ${fork}'s types`, () => {
        const {BeaconState} = ssz[fork];
        const places = [
          placeOf(BeaconState, "finalizedCheckpoint", "root"),
          placeOf(BeaconState, "currentSyncCommittee"),
          placeOf(BeaconState, "nextSyncCommittee"),
          placeOf(BeaconState, "validators"),
          placeOf(BeaconState, "currentJustifiedCheckpoint"),
        ];
        assert.deepEqual(places, expected);
      });
    }
  }
});
