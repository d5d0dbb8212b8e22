import assert from "node:assert/strict";
import {aggregateAndProofToSsz, singleAttestationsToSsz, ssz} from "@mote/consensus";
import type {CommitteeIndex, Slot, ValidatorIndex} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {isAlreadyKnown} from "../../src/routes/publish.ts";
import {aggregate, vote} from "../support/messages.ts";
import {Closing, networkConfig, rejectsWith} from "../support/setup.ts";

const VOTES = "POST /eth/v2/beacon/pool/attestations";
const AGGREGATES = "POST /eth/v2/validator/aggregate_and_proofs";
const accepted = {kind: "accepted"};

describe("publishing to one beacon node", () => {
  const closing = new Closing();
  const clock = new FakeClock({nowMs: 1_000_000});
  const config = networkConfig();
  afterEach(() => closing.close());

  it("sends votes as an SSZ list, under the fork of their slot", async () => {
    const {fake, node} = await closing.pair(clock);
    const votes = [vote(9, 1), vote(9, 2)];
    assert.deepEqual(await node.publishAttestations(config, votes), [accepted, accepted]);
    const {headers} = fake.requests[0]!;
    const body = Uint8Array.from(fake.requests[0]!.body);
    assert.equal(headers["content-type"], "application/octet-stream");
    assert.equal(headers["eth-consensus-version"], "fulu");
    const size = body.length / 2;
    votes.forEach((one, at) => {
      const value = ssz.electra.SingleAttestation.deserialize(body.subarray(at * size, (at + 1) * size));
      assert.deepEqual(value, singleAttestationsToSsz([one])[0]);
    });
    await node.publishAttestations(config, [vote(800, 1)]);
    assert.equal(fake.requests[1]?.headers["eth-consensus-version"], "gloas");
  });

  it("sends aggregates as an SSZ list with offsets", async () => {
    const {fake, node} = await closing.pair(clock);
    const aggregates = [aggregate(9, 1), aggregate(9, 20)];
    assert.deepEqual(await node.publishAggregates(config, aggregates), [accepted, accepted]);
    const {body} = fake.requests[0]!;
    const starts = [body.readUInt32LE(0), body.readUInt32LE(4), body.length];
    aggregates.forEach(({message, signature}, at) => {
      const value = ssz.electra.SignedAggregateAndProof.deserialize(
        Uint8Array.from(body.subarray(starts[at], starts[at + 1])),
      );
      assert.deepEqual(value, {message: aggregateAndProofToSsz(message), signature});
    });
  });

  it("falls back to JSON on 415, once a route", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.takesSsz = false;
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(await node.publishAttestations(config, [vote(9, 1)]), [accepted]);
      assert.deepEqual(await node.publishAggregates(config, [aggregate(9, 1)]), [accepted]);
    }
    assert.equal(fake.count(VOTES), 3);
    assert.equal(fake.count(AGGREGATES), 3);
    const json = JSON.parse(fake.requests.at(-2)!.body.toString());
    assert.deepEqual(json, [ssz.electra.SingleAttestation.toJson(singleAttestationsToSsz([vote(9, 1)])[0]!)]);
  });

  describe("a 400 to SSZ", () => {
    const refusal = (message: string, more: object = {}) => ({
      kind: "status" as const,
      status: 400,
      json: {code: 400, message, ...more},
    });
    const isJson = (body: Buffer) => body[0] === "[".charCodeAt(0);

    it("may mean the format: JSON is tried, and remembered when it is taken", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.takesSsz = false;
      fake.sszRefusal = {status: 400, json: {code: 400, message: "BAD_REQUEST: Unsupported endpoint version: v1"}};
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(await node.publishAttestations(config, [vote(9, 1)]), [accepted]);
      }
      assert.deepEqual(
        fake.requests.map(({body}) => isJson(body)),
        [false, true, true],
      );
    });

    it("means the messages when it names them, when JSON is refused as well, or when SSZ was taken before", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.faults.set(VOTES, refusal("no"));
      await rejectsWith(node.publishAttestations(config, [vote(9, 1)]), "HTTP_STATUS");
      assert.equal(fake.count(VOTES), 2);
      fake.faults.clear();
      await node.publishAttestations(config, [vote(9, 1)]);
      assert.equal(isJson(fake.requests.at(-1)!.body), false);
      fake.faults.set(VOTES, refusal("no"));
      await rejectsWith(node.publishAttestations(config, [vote(9, 1)]), "HTTP_STATUS");
      assert.equal(fake.count(VOTES), 4);
      fake.faults.set(AGGREGATES, refusal("no", {failures: [{index: 0, message: "bad"}]}));
      await node.publishAggregates(config, [aggregate(9, 1)]);
      assert.equal(fake.count(AGGREGATES), 1);
    });
  });

  it("judges each item by the indexed failures; already known is acceptance", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.chain.judge = (index) => [null, "bad signature", "ATTESTATION_ERROR_ATTESTATION_ALREADY_KNOWN"][index] ?? null;
    const outcomes = await node.publishAttestations(config, [vote(9, 1), vote(9, 2), vote(9, 3)]);
    assert.deepEqual(outcomes, [accepted, {kind: "refused", detail: "bad signature"}, accepted]);
  });

  it("an index beyond what was sent is MALFORMED; a 400 without failures is a fault of the request", async () => {
    const {fake, node} = await closing.pair(clock);
    const answer = (failures?: unknown) =>
      fake.faults.set(VOTES, {kind: "status", status: 400, json: {code: 400, message: "no", failures}});
    answer([{index: 1, message: "bad"}]);
    await rejectsWith(node.publishAttestations(config, [vote(9, 1)]), "MALFORMED");
    answer();
    await rejectsWith(node.publishAttestations(config, [vote(9, 1)]), "HTTP_STATUS", /400 no/);
    answer([]);
    await rejectsWith(node.publishAttestations(config, [vote(9, 1)]), "HTTP_STATUS");
    fake.faults.set(VOTES, {kind: "status", status: 400});
    await rejectsWith(node.publishAttestations(config, [vote(9, 1)]), "HTTP_STATUS");
    answer([{index: "0", message: "bad"}]);
    assert.deepEqual(await node.publishAttestations(config, [vote(9, 1)]), [{kind: "refused", detail: "bad"}]);
  });

  it("202 is acceptance, 500 is not", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.faults.set(VOTES, {kind: "status", status: 202});
    assert.deepEqual(await node.publishAttestations(config, [vote(9, 1)]), [accepted]);
    fake.faults.set(VOTES, {kind: "status", status: 500});
    await rejectsWith(node.publishAttestations(config, [vote(9, 1)]), "HTTP_STATUS");
    fake.faults.set(VOTES, {kind: "status", status: 500, json: {code: 500, message: "unknown error"}});
    await rejectsWith(node.publishAttestations(config, [vote(9, 1)]), "HTTP_STATUS");
  });

  it("500 of a message that is known is acceptance", async () => {
    const {fake, node, reports} = await closing.pair(clock);
    for (const message of ["BLOCK_ERROR_ALREADY_KNOWN", "BLOCK_ERROR_REPEAT_PROPOSAL"]) {
      fake.faults.set(VOTES, {kind: "status", status: 500, json: {code: 500, message}});
      assert.deepEqual(await node.publishAttestations(config, [vote(9, 1)]), [accepted]);
      assert.equal(reports.at(-1)?.fault, null);
    }
  });

  it("tells the texts of known messages from others", () => {
    for (const text of [
      "AggregatorAlreadyKnown",
      "PriorAttestationKnown",
      "Attestation already seen",
      "already known",
      "ALREADY_EXISTS",
    ]) {
      assert.ok(isAlreadyKnown(text), text);
    }
    for (const text of [
      "unknown block",
      "UnknownHeadBlock",
      "invalid signature",
      "not known",
      "validator unknown already exited",
    ]) {
      assert.ok(!isAlreadyKnown(text), text);
    }
  });

  it("subscribes committees", async () => {
    const {fake, node} = await closing.pair(clock);
    await node.subscribeCommittees([
      {
        validatorIndex: 5 as ValidatorIndex,
        committeeIndex: 1 as CommitteeIndex,
        committeesAtSlot: 2,
        slot: 9 as Slot,
        isAggregator: true,
      },
    ]);
    assert.deepEqual(JSON.parse(fake.requests[0]!.body.toString()), [
      {validator_index: "5", committee_index: "1", committees_at_slot: "2", slot: "9", is_aggregator: true},
    ]);
  });
});
