import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import {hexToBytes, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";
import {FakeClock, fakeBidBlock, fakeRoot, fakeSignature} from "@mote/testing";
import {changeProposal, proposeInstead} from "../support/proposals.ts";
import {Closing, networkConfig, rejectsWith} from "../support/setup.ts";

const V4 = "GET /eth/v4/validator/blocks/{slot}";
const ENVELOPE = "GET /eth/v1/validator/execution_payload_envelopes/{slot}/{beacon_block_root}";
const call = {
  slot: 801 as Slot,
  proposerIndex: 33 as ValidatorIndex,
  randaoReveal: fakeSignature(0xaa),
  graffiti: null,
  builderBoostFactor: 100n,
};

describe("blocks with a bid, of one beacon node", () => {
  const closing = new Closing();
  const clock = new FakeClock({nowMs: 1_000_000});
  const config = networkConfig();
  afterEach(() => closing.close());

  for (const format of ["SSZ", "JSON"]) {
    describe(`in ${format}`, () => {
      async function pair() {
        const both = await closing.pair(clock);
        both.fake.givesSsz = format === "SSZ";
        return both;
      }

      it("come with the proposer's own payload", async () => {
        const {fake, node} = await pair();
        const {produced, consensusValueWei, executionValueWei} = await node.block(config, call);
        assert.ok(produced.kind === "bid" && produced.payload !== null);
        const {envelope, blobData} = produced.payload;
        assert.equal(
          rootToHex(envelope.beaconBlockRoot),
          rootToHex(ssz.gloas.BeaconBlock.hashTreeRoot(produced.block)),
        );
        assert.deepEqual([blobData?.blobs.length, blobData?.kzgProofs.length], [1, 128]);
        assert.deepEqual([consensusValueWei, executionValueWei], [1_000n, 0n]);
        assert.equal(fake.requests.at(-1)?.query.get("include_payload"), "true");
        assert.equal(fake.count(ENVELOPE), 0);
      });

      it("may commit to a builder's bid, and then have no payload", async () => {
        const {fake, node} = await pair();
        proposeInstead(fake.chain, (request) => fakeBidBlock(request, fake.chain.blockParts, false));
        const {produced} = await node.block(config, call);
        assert.ok(produced.kind === "bid");
        assert.equal(produced.payload, null);
        assert.equal(produced.block.body.signedExecutionPayloadBid.message.builderIndex, 7);
        assert.equal(fake.count(ENVELOPE), 0);
      });

      it("whose payload the node keeps have it fetched from there", async () => {
        const {fake, node} = await pair();
        const right = fake.chain.proposal;
        fake.chain.proposal = (request) => ({...right(request), isPayloadIncluded: false});
        const {produced} = await node.block(config, call);
        assert.ok(produced.kind === "bid" && produced.payload !== null);
        assert.equal(produced.payload.blobData, null);
        const root = rootToHex(ssz.gloas.BeaconBlock.hashTreeRoot(produced.block));
        assert.equal(rootToHex(produced.payload.envelope.beaconBlockRoot), root);
        assert.deepEqual(fake.requests.at(-1)?.params, ["801", root]);
      });
    });
  }

  it("whose kept payload is gone, or is another's, are refused", async () => {
    const {fake, node} = await closing.pair(clock);
    const right = fake.chain.proposal;
    fake.chain.proposal = (request) => ({...right(request), isPayloadIncluded: false});
    fake.missing.set(ENVELOPE, 404);
    assert.equal((await rejectsWith(node.block(config, call), "HTTP_STATUS")).status, 404);
    fake.missing.clear();
    type Body = {data: Record<string, unknown>};
    fake.faults.set(ENVELOPE, {
      kind: "change",
      change: (body: Body) => ({...body, data: {...body.data, beacon_block_root: fakeRoot(1)}}),
    });
    await rejectsWith(node.block(config, call), "MALFORMED", /block root/);
  });

  type Change = Parameters<typeof changeProposal<"bid">>[2];
  const envelope =
    (change: object): Change =>
    ({payload}) =>
      void Object.assign(payload!.envelope, change);
  const bid =
    (change: object): Change =>
    ({block}) =>
      void Object.assign(block.body.signedExecutionPayloadBid.message, change);
  const wrong: [string, Change, RegExp][] = [
    ["for another slot", ({block}) => Object.assign(block, {slot: 802}), /slot 802/],
    ["of another proposer", ({block}) => Object.assign(block, {proposerIndex: 3}), /proposer 3/],
    ["with another randao reveal", ({block}) => Object.assign(block.body, {randaoReveal: fakeSignature(1)}), /randao/],
    ["with a bid for another slot", bid({slot: 802}), /bid is for slot 802/],
    ["with a bid for another parent", bid({parentBlockRoot: hexToBytes(fakeRoot(1))}), /another parent/],
    [
      "with a signed bid for an own payload",
      ({block}) => Object.assign(block.body.signedExecutionPayloadBid, {signature: fakeSignature(1)}),
      /is signed/,
    ],
    ["with an unsigned bid of a builder", bid({builderIndex: 7}), /not signed/],
    ["with another payload than the bid's", bid({blockHash: hexToBytes(fakeRoot(1))}), /payload is not/],
    ["with other requests than the bid's", bid({executionRequestsRoot: hexToBytes(fakeRoot(1))}), /requests/],
    ["with an envelope of a builder", envelope({builderIndex: 7}), /builder index/],
    ["with an envelope for another block", envelope({beaconBlockRoot: hexToBytes(fakeRoot(1))}), /block root/],
    ["with an envelope for another parent", envelope({parentBeaconBlockRoot: hexToBytes(fakeRoot(1))}), /parent root/],
    [
      "with a payload of another slot",
      ({payload}) => Object.assign(payload!.envelope.payload, {slotNumber: 8}),
      /slot/,
    ],
    ["with fewer blobs than committed to", ({payload}) => Object.assign(payload!.blobData!, {blobs: []}), /0 blobs/],
  ];
  for (const [name, change, detail] of wrong) {
    it(`${name} are MALFORMED`, async () => {
      const {fake, node} = await closing.pair(clock);
      changeProposal(fake.chain, "bid", change);
      await rejectsWith(node.block(config, call), "MALFORMED", detail);
    });
  }

  it("that include a payload for a builder's bid are MALFORMED", async () => {
    const {fake, node} = await closing.pair(clock);
    const {blockParts} = fake.chain;
    proposeInstead(fake.chain, (request) => {
      const own = fakeBidBlock(request, blockParts, true);
      return {...own, block: fakeBidBlock(request, blockParts, false).block};
    });
    await rejectsWith(node.block(config, call), "MALFORMED", /builder's bid/);
  });

  it("of another fork are MALFORMED", async () => {
    const {fake, node} = await closing.pair(clock);
    type Body = Record<string, unknown>;
    fake.faults.set(V4, {kind: "change", change: (body: Body) => ({...body, version: "fulu"})});
    await rejectsWith(node.block(config, call), "MALFORMED", /fulu/);
  });
});
