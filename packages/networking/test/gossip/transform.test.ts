import assert from "node:assert/strict";
import fc from "fast-check";
import snappy from "snappy";
import {messageTypeOf} from "../../src/gossip/message-types.ts";
import {
  compressedSizeBytesMax,
  inflatedSizeBytesMax,
  messageSizeBounds,
  rpcSizeBytesMax,
} from "../../src/gossip/size-bounds.ts";
import {GOSSIP_KINDS} from "../../src/gossip/topics.ts";
import {SnappyTransform} from "../../src/gossip/transform.ts";
import {chain} from "./support/chains.ts";

describe("gossip size bounds", () => {
  const {config, topics} = chain();

  it("are those of the SSZ types, and never above MAX_PAYLOAD_SIZE", () => {
    for (const {kind, period} of topics.all()) {
      const {minBytes, maxBytes} = messageSizeBounds(kind, period.fork, config);
      const {minSize} = messageTypeOf(kind, period.fork);
      assert.ok(minBytes === minSize && minBytes <= maxBytes && maxBytes <= config.MAX_PAYLOAD_SIZE, kind);
    }
    assert.deepEqual(messageSizeBounds("beacon_attestation", "fulu" as never, config), {minBytes: 240, maxBytes: 240});
    assert.equal(messageSizeBounds("beacon_block", "fulu" as never, config).maxBytes, 10 * 2 ** 20);
  });

  it("hold in Gloas too, whose lists have no limit of their own", () => {
    for (const kind of ["beacon_aggregate_and_proof", "attester_slashing"] as const) {
      const ofFulu = messageSizeBounds(kind, "fulu" as never, config);
      assert.equal(messageSizeBounds(kind, "gloas" as never, config).maxBytes, ofFulu.maxBytes, kind);
    }
    assert.equal(messageSizeBounds("execution_payload_bid", "gloas" as never, config).maxBytes, 196_932);
  });

  it("follow the formulas of the spec", () => {
    assert.equal(compressedSizeBytesMax(600), 32 + 600 + 100);
    assert.equal(rpcSizeBytesMax({MAX_PAYLOAD_SIZE: 10 * 2 ** 20}), 32 + 10_485_760 + 1_747_626 + 1024);
    assert.equal(rpcSizeBytesMax({MAX_PAYLOAD_SIZE: 1000}), 2 ** 20);
  });

  it("of what a peer sends at once have room for each RPC that does not compress", () => {
    assert.ok(inflatedSizeBytesMax(config) > rpcSizeBytesMax(config));
  });

  it("are known for every kind in its forks", () => {
    for (const kind of GOSSIP_KINDS) assert.ok(messageTypeOf(kind, "gloas" as never).minSize > 0);
    assert.throws(() => messageTypeOf("execution_payload", "fulu" as never), /no SignedExecutionPayloadEnvelope/);
  });
});

describe("the gossip transform", () => {
  const {config, digests, topics} = chain();
  const topicOf = (kind: "sync_committee" | "beacon_block") =>
    topics.find(kind, kind === "sync_committee" ? 0 : null, digests.periods[0]!)!.name;
  const SYNC = topicOf("sync_committee");
  const transform = new SnappyTransform(
    {config, topics},
    {isExpected: (name) => name === SYNC || name === topicOf("beacon_block")},
  );
  const isTaken = (name: string, data: Uint8Array) => !transform.isDamaged(transform.inboundTransform(name, data));

  it("tells what a message will take when it is uncompressed, and of none that will not be", () => {
    const sizeOf = (name: string, data: Uint8Array) => transform.inflatedSizeBytes(name, data);
    const large = snappy.compressSync(new Uint8Array(10 * 2 ** 20));
    assert.equal(sizeOf(SYNC, snappy.compressSync(new Uint8Array(144))), 144);
    assert.equal(sizeOf(topicOf("beacon_block"), large), 10 * 2 ** 20);
    for (const data of [large, new Uint8Array(0), snappy.compressSync(new Uint8Array(145))])
      assert.equal(sizeOf(SYNC, data), 0);
    assert.equal(sizeOf(topicOf("beacon_block"), Uint8Array.of(0x80, 0x80, 0x80, 0x05, 0, 0)), 0);
    assert.equal(sizeOf(SYNC.replace("_0", "_1"), snappy.compressSync(new Uint8Array(144))), 0);
    assert.equal(sizeOf("x", large), 0);
  });

  it("gives back what it made", () => {
    const ssz = new Uint8Array(144).fill(3);
    assert.deepEqual(
      Buffer.from(transform.inboundTransform(SYNC, transform.outboundTransform(SYNC, ssz))),
      Buffer.from(ssz),
    );
  });

  it("marks what is not within the type's bounds before it inflates it", () => {
    assert.ok(isTaken(SYNC, snappy.compressSync(new Uint8Array(144))));
    assert.ok(!isTaken(SYNC, snappy.compressSync(new Uint8Array(145))));
    assert.ok(!isTaken(SYNC, snappy.compressSync(new Uint8Array(143))));
    assert.ok(!isTaken(SYNC, new Uint8Array(0)));
    const bomb = snappy.compressSync(new Uint8Array(40 * 2 ** 20));
    assert.ok(bomb.length < config.MAX_PAYLOAD_SIZE);
    const before = process.memoryUsage().arrayBuffers;
    assert.ok(!isTaken(topicOf("beacon_block"), bomb));
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 20, "it was inflated");
  });

  it("drops messages on topics that were not joined, and on those that are none", () => {
    const data = snappy.compressSync(new Uint8Array(144));
    for (const name of [SYNC.replace("_0", "_1"), SYNC.replace("_0", "_9"), "", "x"]) {
      assert.throws(() => transform.inboundTransform(name, data), /not joined/, name);
    }
  });

  it("lets nothing of our own out that peers would refuse", () => {
    assert.throws(() => transform.outboundTransform(SYNC, new Uint8Array(145)), /144 to 144/);
    assert.throws(() => transform.outboundTransform("x", new Uint8Array(144)), /no topic/);
  });

  it("takes any bytes without a throw, and only whole messages as such", () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 400}), (bytes) => {
        const data = transform.inboundTransform(SYNC, bytes);
        assert.ok(transform.isDamaged(data) ? data === bytes : data.length === 144);
      }),
    );
  });
});
