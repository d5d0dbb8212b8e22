import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import type {ProducedBlock, SignedBlock, SignedEnvelope, Slot, ValidatorIndex} from "@mote/core";
import {FakeClock, fakeBidBlock, fakeBlindedBlock, fakeChain, fakeFullBlock, fakeSignature} from "@mote/testing";
import {Closing, networkConfig, rejectsWith} from "../support/setup.ts";

const BLOCKS = "POST /eth/v2/beacon/blocks";
const accepted = [{kind: "accepted"}];
const parts = fakeChain().blockParts;
const signature = fakeSignature(0x51);
const request = (slot: number) => ({
  slot: slot as Slot,
  proposerIndex: 1 as ValidatorIndex,
  randaoReveal: fakeSignature(0xaa),
});
const signed = (produced: ProducedBlock): SignedBlock => ({produced, signature, beaconNode: "bn0"});
const own = fakeBidBlock(request(801), parts, true);

/** How each block travels, and as what it is read there. */
const blocks = {
  full: {
    block: signed(fakeFullBlock(request(9), parts)),
    operation: BLOCKS,
    version: "fulu",
    type: ssz.fulu.SignedBlockContents,
    rootOf: (block: never) => ssz.fulu.BeaconBlock.hashTreeRoot(block),
  },
  blinded: {
    block: signed(fakeBlindedBlock(request(9), parts)),
    operation: "POST /eth/v2/beacon/blinded_blocks",
    version: "fulu",
    type: ssz.electra.SignedBlindedBeaconBlock,
    rootOf: (block: never) => ssz.electra.BlindedBeaconBlock.hashTreeRoot(block),
  },
  bid: {
    block: signed(own),
    operation: BLOCKS,
    version: "gloas",
    type: ssz.gloas.SignedBeaconBlock,
    rootOf: (block: never) => ssz.gloas.BeaconBlock.hashTreeRoot(block),
  },
};

describe("publishing blocks and envelopes to one beacon node", () => {
  const closing = new Closing();
  const clock = new FakeClock({nowMs: 1_000_000});
  const config = networkConfig();
  afterEach(() => closing.close());

  for (const [kind, {block, operation, version, type, rootOf}] of Object.entries(blocks)) {
    it(`a ${kind} block, in SSZ and where that is refused in JSON`, async () => {
      const {fake, node} = await closing.pair(clock);
      assert.deepEqual(await node.publishBlock(config, block), accepted);
      fake.takesSsz = false;
      assert.deepEqual(await node.publishBlock(config, block), accepted);
      assert.deepEqual(await node.publishBlock(config, block), accepted);
      assert.equal(fake.requests.length, 4);
      for (const {operation: sentTo, headers, query} of fake.requests) {
        assert.deepEqual([sentTo, headers["eth-consensus-version"], query.size], [operation, version, 0]);
      }
      const inSsz = type.deserialize(Uint8Array.from(fake.requests[0]!.body));
      const inJson = type.fromJson(JSON.parse(fake.requests[3]!.body.toString()));
      assert.deepEqual(inSsz, inJson as typeof inSsz);
      const message = "signedBlock" in inSsz ? inSsz.signedBlock : inSsz;
      assert.deepEqual(rootOf(message.message as never), rootOf(block.produced.block as never));
      assert.deepEqual(message.signature, Uint8Array.from(signature));
      if ("blobs" in inSsz) assert.equal(inSsz.blobs[0]?.[7], 1);
    });
  }

  it("202 and what is known already are acceptance; another 400 refuses", async () => {
    const {fake, node} = await closing.pair(clock);
    const {block} = blocks.bid;
    fake.faults.set(BLOCKS, {kind: "status", status: 202});
    assert.deepEqual(await node.publishBlock(config, block), accepted);
    fake.faults.clear();
    for (const message of ["BlockIsAlreadyKnown", "BLOCK_ERROR_ALREADY_KNOWN", "block already exists in fork choice"]) {
      fake.chain.judge = () => message;
      assert.deepEqual(await node.publishBlock(config, block), accepted, message);
    }
    fake.chain.judge = () => "invalid signature";
    const error = await rejectsWith(node.publishBlock(config, block), "HTTP_STATUS", /invalid signature/);
    assert.equal(error.status, 400);
  });

  it("envelopes, with their blobs or without", async () => {
    const {fake, node} = await closing.pair(clock);
    const {envelope, blobData} = own.payload!;
    const message: SignedEnvelope = {signed: {message: envelope, signature}, blobData, beaconNode: "bn0"};
    assert.deepEqual(await node.publishExecutionPayloadEnvelope(config, message), accepted);
    assert.deepEqual(await node.publishExecutionPayloadEnvelope(config, {...message, blobData: null}), accepted);
    fake.takesSsz = false;
    assert.deepEqual(await node.publishExecutionPayloadEnvelope(config, message), accepted);
    const [whole, alone, , json] = fake.requests;
    for (const {headers} of [whole!, alone!, json!]) assert.equal(headers["eth-consensus-version"], "gloas");
    assert.deepEqual(
      [whole, alone, json].map((one) => one?.headers["eth-blob-data-included"]),
      ["true", "false", "true"],
    );
    const contents = ssz.gloas.SignedExecutionPayloadEnvelopeContents;
    const read = contents.deserialize(Uint8Array.from(whole!.body));
    assert.equal(read.kzgProofs.length, 128);
    assert.deepEqual(read, contents.fromJson(JSON.parse(json!.body.toString())));
    const type = ssz.gloas.SignedExecutionPayloadEnvelope;
    assert.deepEqual(type.deserialize(Uint8Array.from(alone!.body)), read.signedExecutionPayloadEnvelope);
  });
});
