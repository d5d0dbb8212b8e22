import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import {hexToBytes, rootToHex, type Slot} from "@mote/core";
import {FakeClock, fakeRoot, fakeSignature} from "@mote/testing";
import {Closing, networkConfig, rejectsWith} from "../support/setup.ts";

const DATA = "GET /eth/v1/validator/payload_attestation_data";
const BY_PATH = "GET /eth/v1/validator/payload_attestation_data/{slot}";
const call = {slot: 801 as Slot};

describe("payload attestations of one beacon node", () => {
  const closing = new Closing();
  const clock = new FakeClock({nowMs: 1_000_000});
  const config = networkConfig();
  afterEach(() => closing.close());

  for (const format of ["SSZ", "JSON"]) {
    it(`data come in ${format}; of another slot they are MALFORMED`, async () => {
      const {fake, node} = await closing.pair(clock);
      fake.givesSsz = format === "SSZ";
      const data = await node.payloadAttestationData(config, call);
      assert.ok(data !== null);
      assert.deepEqual(
        [data.slot, rootToHex(data.beaconBlockRoot), data.payloadPresent, data.blobDataAvailable],
        [801, fakeRoot(0xbb), true, true],
      );
      assert.deepEqual(Object.fromEntries(fake.requests[0]!.query), {slot: "801"});
      const right = fake.chain.payloadAttestationData;
      fake.chain.payloadAttestationData = (slot) => right((slot + 1) as Slot);
      await rejectsWith(node.payloadAttestationData(config, call), "MALFORMED", /slot 802/);
    });
  }

  it("data of another fork, or that are no yes or no, are MALFORMED", async () => {
    const {fake, node} = await closing.pair(clock);
    type Body = {data: object};
    fake.faults.set(DATA, {kind: "change", change: (body: Body) => ({...body, version: "fulu"})});
    await rejectsWith(node.payloadAttestationData(config, call), "MALFORMED", /fulu/);
    const change = ({data}: Body) => ({data: {...data, payload_present: "maybe"}});
    fake.faults.set(DATA, {kind: "change", change});
    await rejectsWith(node.payloadAttestationData(config, call), "MALFORMED");
    fake.faults.set(DATA, {kind: "change_ssz", change: (bytes) => bytes.subarray(1)});
    await rejectsWith(node.payloadAttestationData(config, call), "MALFORMED");
  });

  it("204 is nothing to vote on, 503 NOT_READY", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.chain.payloadAttestationData = () => null;
    assert.equal(await node.payloadAttestationData(config, call), null);
    fake.faults.set(DATA, {kind: "status", status: 503});
    await rejectsWith(node.payloadAttestationData(config, call), "NOT_READY");
    assert.equal(fake.count(BY_PATH), 0);
  });

  for (const status of [404, 405] as const) {
    it(`the slot goes into the path where its query is not known (${status}), which is remembered`, async () => {
      const {fake, node} = await closing.pair(clock);
      fake.missing.set(DATA, status);
      assert.equal((await node.payloadAttestationData(config, call))?.slot, 801);
      fake.chain.payloadAttestationData = () => null;
      assert.equal(await node.payloadAttestationData(config, call), null);
      assert.deepEqual([fake.count(DATA), fake.count(BY_PATH)], [1, 2]);
    });
  }

  it("400 means a missing query too, and a node that wants the path says 404 or 400 of a slot without a block", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.faults.set(DATA, {kind: "status", status: 400});
    assert.equal((await node.payloadAttestationData(config, call))?.slot, 801);
    for (const status of [404, 400]) {
      fake.faults.set(BY_PATH, {kind: "status", status});
      assert.equal(await node.payloadAttestationData(config, call), null);
    }
    assert.equal(fake.count(DATA), 1);
  });

  it("a node that has neither is asked for both again", async () => {
    const {fake, node} = await closing.pair(clock);
    for (const operation of [DATA, BY_PATH]) fake.missing.set(operation, 404);
    await rejectsWith(node.payloadAttestationData(config, call), "HTTP_STATUS");
    fake.missing.clear();
    await node.payloadAttestationData(config, call);
    assert.deepEqual([fake.count(DATA), fake.count(BY_PATH)], [2, 1]);
  });

  it("are published under their fork, in SSZ and where that is refused in JSON", async () => {
    const {fake, node} = await closing.pair(clock);
    const message = (validatorIndex: number) => ({
      validatorIndex,
      data: {beaconBlockRoot: hexToBytes(fakeRoot(1)), slot: 801, payloadPresent: true, blobDataAvailable: false},
      signature: fakeSignature(validatorIndex),
    });
    const messages = [message(1), message(2)];
    fake.chain.judge = (index) => (index === 1 ? "bad signature" : null);
    const outcomes = [{kind: "accepted"}, {kind: "refused", detail: "bad signature"}];
    assert.deepEqual(await node.publishPayloadAttestations(config, messages), outcomes);
    fake.takesSsz = false;
    assert.deepEqual(await node.publishPayloadAttestations(config, messages), outcomes);
    const type = ssz.gloas.PayloadAttestationMessage;
    const [inSsz, , inJson] = fake.requests;
    assert.equal(inSsz?.headers["eth-consensus-version"], "gloas");
    assert.deepEqual(type.deserialize(Uint8Array.from(inSsz!.body.subarray(type.fixedSize!))), {
      ...message(2),
      signature: Uint8Array.from(fakeSignature(2)),
    });
    assert.deepEqual(
      JSON.parse(inJson!.body.toString()),
      messages.map((one) => type.toJson(one)),
    );
  });
});
