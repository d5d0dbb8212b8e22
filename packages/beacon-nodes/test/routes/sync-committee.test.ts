import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import {type Epoch, hexToBytes, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";
import {FakeClock, fakeRoot, fakeSignature} from "@mote/testing";
import {Closing, rejectsWith} from "../support/setup.ts";

const CONTRIBUTION = "GET /eth/v1/validator/sync_committee_contribution";
const accepted = {kind: "accepted"};
const message = (validatorIndex: number) => ({
  slot: 9,
  beaconBlockRoot: hexToBytes(fakeRoot(0xbb)),
  validatorIndex,
  signature: fakeSignature(validatorIndex),
});

describe("sync-committee calls of one beacon node", () => {
  const closing = new Closing();
  const clock = new FakeClock({nowMs: 1_000_000});
  afterEach(() => closing.close());

  it("head root, which an optimistic node has none to sign of", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.upperCaseHex = true;
    assert.deepEqual(await node.headRoot(), {root: fakeRoot(0xbb)});
    assert.deepEqual(fake.requests[0]?.params, ["head"]);
    fake.chain.executionOptimistic = true;
    await rejectsWith(node.headRoot(), "NOT_READY");
    fake.faults.set("*", {kind: "text", text: '{"data":{"root":"0x12"}}'});
    await rejectsWith(node.headRoot(), "MALFORMED", /root/);
  });

  it("messages are sent as JSON and judged one by one", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.chain.judge = (index) => [null, "bad signature", "SYNC_COMMITTEE_ERROR: already known"][index] ?? null;
    const outcomes = await node.publishSyncCommitteeMessages([message(1), message(2), message(3)]);
    assert.deepEqual(outcomes, [accepted, {kind: "refused", detail: "bad signature"}, accepted]);
    const [request] = fake.requests;
    assert.equal(request?.operation, "POST /eth/v1/beacon/pool/sync_committees");
    const [first] = JSON.parse(request!.body.toString()) as unknown[];
    assert.deepEqual(first, ssz.altair.SyncCommitteeMessage.toJson(message(1)));
  });

  it("contributions are sent as JSON", async () => {
    const {fake, node} = await closing.pair(clock);
    const contribution = fake.chain.contribution(9 as Slot, 1, fakeRoot(0xbb));
    assert.ok(contribution !== null);
    const signed = {
      message: {aggregatorIndex: 5, contribution, selectionProof: fakeSignature(1)},
      signature: fakeSignature(2),
    };
    assert.deepEqual(await node.publishContributions([signed]), [accepted]);
    const [request] = fake.requests;
    assert.equal(request?.operation, "POST /eth/v1/validator/contribution_and_proofs");
    assert.deepEqual(JSON.parse(request!.body.toString()), [ssz.altair.SignedContributionAndProof.toJson(signed)]);
  });

  it("subscribes subnets", async () => {
    const {fake, node} = await closing.pair(clock);
    await node.subscribeSyncCommittees([{validatorIndex: 5 as ValidatorIndex, seats: [1, 30], untilEpoch: 8 as Epoch}]);
    const [request] = fake.requests;
    assert.equal(request?.operation, "POST /eth/v1/validator/sync_committee_subscriptions");
    assert.deepEqual(JSON.parse(request!.body.toString()), [
      {validator_index: "5", sync_committee_indices: ["1", "30"], until_epoch: "8"},
    ]);
  });

  describe("a contribution", () => {
    const call = {slot: 9 as Slot, subcommitteeIndex: 1, beaconBlockRoot: fakeRoot(0xbb)};

    it("is read", async () => {
      const {fake, node} = await closing.pair(clock);
      const contribution = await node.syncCommitteeContribution(call);
      assert.deepEqual([contribution.slot, contribution.subcommitteeIndex], [9, 1]);
      assert.equal(rootToHex(contribution.beaconBlockRoot), fakeRoot(0xbb));
      assert.deepEqual(contribution.aggregationBits.getTrueBitIndexes(), [0, 7]);
      assert.deepEqual(Object.fromEntries(fake.requests[0]!.query), {
        slot: "9",
        subcommittee_index: "1",
        beacon_block_root: fakeRoot(0xbb),
      });
    });

    for (const [field, value] of [
      ["slot", "10"],
      ["subcommittee_index", "2"],
      ["beacon_block_root", fakeRoot(1)],
      ["aggregation_bits", "0x0101"],
      ["signature", "0x00"],
    ]) {
      it(`with another ${field} is MALFORMED`, async () => {
        const {fake, node} = await closing.pair(clock);
        fake.faults.set(CONTRIBUTION, {
          kind: "change",
          change: ({data}: {data: object}) => ({data: {...data, [field as string]: value}}),
        });
        await rejectsWith(node.syncCommitteeContribution(call), "MALFORMED");
      });
    }

    it("without a vote, or of no content, is none", async () => {
      const {fake, node} = await closing.pair(clock);
      const change = ({data}: {data: object}) => ({data: {...data, aggregation_bits: "0x00"}});
      fake.faults.set(CONTRIBUTION, {kind: "change", change});
      await rejectsWith(node.syncCommitteeContribution(call), "NOT_READY", /no votes/);
      fake.faults.set(CONTRIBUTION, {kind: "status", status: 204});
      await rejectsWith(node.syncCommitteeContribution(call), "NOT_READY", /no votes/);
    });

    it("that the pool does not have is 404; of an optimistic block 503, NOT_READY", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.chain.contribution = () => null;
      assert.equal((await rejectsWith(node.syncCommitteeContribution(call), "HTTP_STATUS")).status, 404);
      fake.faults.set(CONTRIBUTION, {kind: "status", status: 503});
      await rejectsWith(node.syncCommitteeContribution(call), "NOT_READY");
    });
  });
});
