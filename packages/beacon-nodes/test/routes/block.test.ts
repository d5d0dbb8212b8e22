import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import {bytesToHex, type Slot, type ValidatorIndex} from "@mote/core";
import {type FakeBeaconNode, FakeClock, fakeBlindedBlock, fakeSignature} from "@mote/testing";
import {changeProposal, proposeInstead} from "../support/proposals.ts";
import {Closing, networkConfig, rejectsWith} from "../support/setup.ts";

const V3 = "GET /eth/v3/validator/blocks/{slot}";
const slot = 9 as Slot;
const call = {
  slot,
  proposerIndex: 9 as ValidatorIndex,
  randaoReveal: fakeSignature(0xaa),
  graffiti: new Uint8Array(32).fill(0x67),
  builderBoostFactor: 2n ** 64n - 1n,
};

describe("blocks with their payload, of one beacon node", () => {
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
      const refused = async (fake: FakeBeaconNode, call_: Promise<unknown>, detail: RegExp) => {
        await rejectsWith(call_, "MALFORMED", detail);
        assert.ok(fake.count(V3) > 0);
      };

      it("are read, blobs, values and all", async () => {
        const {fake, node} = await pair();
        fake.chain.blockParts = {...fake.chain.blockParts, blobCount: 2};
        const {produced, consensusValueWei, executionValueWei} = await node.block(config, call);
        assert.ok(produced.kind === "full");
        assert.deepEqual([consensusValueWei, executionValueWei], [1_000n, 2_000n]);
        assert.deepEqual([produced.block.slot, produced.block.proposerIndex], [9, 9]);
        assert.equal(produced.block.body.executionPayload.feeRecipient[0], 0xfe);
        assert.deepEqual([produced.blobData.blobs.length, produced.blobData.kzgProofs.length], [2, 256]);
        assert.equal(produced.blobData.blobs[1]?.[131_071], 2);
      });

      it("may be blinded", async () => {
        const {fake, node} = await pair();
        proposeInstead(fake.chain, (request) => fakeBlindedBlock(request, fake.chain.blockParts));
        const {produced} = await node.block(config, call);
        assert.ok(produced.kind === "blinded");
        assert.equal(produced.block.slot, 9);
      });

      it("for another slot, of another proposer, or with another randao reveal are MALFORMED", async () => {
        const {fake, node} = await pair();
        const right = fake.chain.proposal;
        changeProposal(fake.chain, "full", ({block}) => Object.assign(block, {slot: 10}));
        await refused(fake, node.block(config, call), /slot 10, asked for was 9/);
        fake.chain.proposal = right;
        changeProposal(fake.chain, "full", ({block}) => Object.assign(block, {proposerIndex: 3}));
        await refused(fake, node.block(config, call), /proposer 3, asked for was 9/);
        fake.chain.proposal = right;
        changeProposal(fake.chain, "full", ({block}) => Object.assign(block.body, {randaoReveal: fakeSignature(1)}));
        await refused(fake, node.block(config, call), /randao/);
      });

      it("that are blinded are checked as well", async () => {
        const {fake, node} = await pair();
        proposeInstead(fake.chain, (request) =>
          fakeBlindedBlock({...request, slot: 10 as Slot}, fake.chain.blockParts),
        );
        await refused(fake, node.block(config, call), /slot 10/);
      });

      it("whose blobs are not those that they commit to are MALFORMED", async () => {
        const {fake, node} = await pair();
        const right = fake.chain.proposal;
        changeProposal(fake.chain, "full", ({block}) => Object.assign(block.body, {blobKzgCommitments: []}));
        await refused(fake, node.block(config, call), /1 blobs/);
        fake.chain.proposal = right;
        changeProposal(fake.chain, "full", ({blobData}) => Object.assign(blobData, {kzgProofs: []}));
        await refused(fake, node.block(config, call), /0 proofs/);
        fake.chain.proposal = right;
        fake.chain.blockParts = {...fake.chain.blockParts, blobCount: 10};
        await refused(fake, node.block(config, call), /10.* more than (the fork's )?9/);
      });

      it("of another fork are MALFORMED", async () => {
        const {node} = await pair();
        const electra = networkConfig({FULU_FORK_EPOCH: "50"});
        await rejectsWith(node.block(electra, call), "MALFORMED", /fork fulu, slot 9 lies in electra/);
      });
    });
  }

  it("are asked for with randao reveal, graffiti and boost factor", async () => {
    const {fake, node} = await closing.pair(clock);
    await node.block(config, call);
    await node.block(config, {...call, graffiti: null, builderBoostFactor: 0n});
    const [first, second] = fake.requests.map(({query}) => Object.fromEntries(query));
    assert.deepEqual(first, {
      randao_reveal: bytesToHex(call.randaoReveal),
      graffiti: `0x${"67".repeat(32)}`,
      builder_boost_factor: "18446744073709551615",
    });
    assert.deepEqual(second, {randao_reveal: bytesToHex(call.randaoReveal), builder_boost_factor: "0"});
  });

  it("that say nothing of their kind, or two things, are MALFORMED", async () => {
    const {fake, node} = await closing.pair(clock);
    type Body = Record<string, unknown>;
    fake.faults.set(V3, {kind: "change", change: (body: Body) => ({...body, execution_payload_blinded: true})});
    await rejectsWith(node.block(config, call), "MALFORMED", /says false/);
    fake.faults.set(V3, {kind: "change", change: (body: Body) => ({...body, version: "gloas"})});
    await rejectsWith(node.block(config, call), "MALFORMED", /gloas/);
    fake.faults.set(V3, {kind: "change", change: (body: Body) => ({...body, consensus_block_value: "-1"})});
    await rejectsWith(node.block(config, call), "MALFORMED", /wei/);
    fake.faults.set(V3, {kind: "text", text: JSON.stringify({version: "fulu", data: {}})});
    await rejectsWith(node.block(config, call), "MALFORMED", /blinded is missing/);
    fake.faults.set(V3, {kind: "change", change: ({data: _, ...body}: Body) => body});
    await rejectsWith(node.block(config, call), "MALFORMED");
  });

  it("of unknown worth are worth nothing, and taken", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.givesSsz = false;
    const change = (body: object) => ({...body, consensus_block_value: ""});
    const right = fake.chain.proposal;
    fake.faults.set(V3, {kind: "change", change});
    fake.chain.proposal = (asked) => ({...right(asked), consensusValueWei: "" as unknown as bigint});
    const {consensusValueWei, executionValueWei} = await node.block(config, call);
    assert.deepEqual([consensusValueWei, executionValueWei], [0n, 2_000n]);
  });

  it("of a node that is syncing are NOT_READY", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.faults.set(V3, {kind: "status", status: 503});
    await rejectsWith(node.block(config, call), "NOT_READY");
    fake.faults.set(V3, {kind: "status", status: 400, json: {code: 400, message: "bad randao"}});
    await rejectsWith(node.block(config, call), "HTTP_STATUS", /bad randao/);
  });

  it("cut short, or longer than any block, are refused", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.faults.set(V3, {kind: "truncate"});
    await rejectsWith(node.block(config, call), "TRUNCATED");
    fake.faults.set(V3, {kind: "oversized", sizeBytes: 100 * 1024 * 1024, declared: true});
    await rejectsWith(node.block(config, call), "TOO_LARGE");
    fake.faults.set(V3, {kind: "text", text: "\u0000".repeat(400)});
    await rejectsWith(node.block(config, call), "MALFORMED");
    fake.faults.set(V3, {kind: "content_type", contentType: "text/html"});
    await rejectsWith(node.block(config, call), "MALFORMED", /content type/);
  });

  it("in SSZ that is cut, longer, or points beyond its end are MALFORMED", async () => {
    const {fake, node} = await closing.pair(clock);
    const changes: ((bytes: Uint8Array) => Uint8Array)[] = [
      (bytes) => bytes.subarray(0, -1),
      (bytes) => bytes.subarray(0, 3),
      (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]),
      (bytes) => Uint8Array.from(bytes, (byte, at) => (at === 3 ? 0xff : byte)),
      () => new Uint8Array(0),
    ];
    for (const change of changes) {
      fake.faults.set(V3, {kind: "change_ssz", change});
      await rejectsWith(node.block(config, call), "MALFORMED");
    }
  });

  it("of Electra have one proof a blob", async () => {
    const {fake, node} = await closing.pair(clock);
    const block = ssz.electra.BeaconBlock.defaultValue();
    Object.assign(block, {slot: 9, proposerIndex: 9});
    block.body.randaoReveal = call.randaoReveal;
    block.body.blobKzgCommitments = [new Uint8Array(48)];
    const data = (proofs: number) =>
      ssz.fulu.BlockContents.toJson({
        block,
        kzgProofs: Array.from({length: proofs}, () => new Uint8Array(48)),
        blobs: [new Uint8Array(131_072)],
      });
    const say = (proofs: number) =>
      fake.faults.set(V3, {
        kind: "text",
        text: JSON.stringify({version: "electra", execution_payload_blinded: false, data: data(proofs)}),
      });
    const electra = networkConfig({FULU_FORK_EPOCH: "50"});
    say(1);
    const {produced, executionValueWei} = await node.block(electra, call);
    assert.ok(produced.kind === "full" && produced.blobData.kzgProofs.length === 1);
    // A node that does not say what the block is worth has made one all the same.
    assert.equal(executionValueWei, 0n);
    say(128);
    await rejectsWith(node.block(electra, call), "MALFORMED", /128 items/);
  });

  it("behind the middleware of a distributed validator carry the cluster's randao reveal, and take their time", async () => {
    const {fake, node} = await closing.pair(clock, {distributed: true});
    changeProposal(fake.chain, "full", ({block}) => Object.assign(block.body, {randaoReveal: fakeSignature(1)}));
    assert.equal((await node.block(config, call)).produced.block.slot, 9);
    fake.faults.set(V3, {kind: "hang"});
    const late = rejectsWith(node.block(config, call), "TIMED_OUT", /60000 ms/);
    await fake.asked(V3, 2);
    await clock.advance(60_000);
    await late;
  });
});
