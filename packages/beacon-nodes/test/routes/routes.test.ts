import assert from "node:assert/strict";
import {attestationDataToSsz, ssz} from "@mote/consensus";
import {type CommitteeIndex, type Epoch, FAR_FUTURE_EPOCH, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";
import {FakeClock, fakePubkey, fakeRoot} from "@mote/testing";
import {LIVENESS_PER_REQUEST_MAX, VALIDATORS_PER_REQUEST_MAX, VALIDATORS_PER_URL_MAX} from "../../src/limits.ts";
import {aggregate} from "../support/messages.ts";
import {Closing, networkConfig, rejectsWith} from "../support/setup.ts";

const DATA = "GET /eth/v1/validator/attestation_data";
const DUTIES = "POST /eth/v1/validator/duties/attester/{epoch}";
const LIVENESS = "POST /eth/v1/validator/liveness/{epoch}";
const VALIDATORS_POST = "POST /eth/v1/beacon/states/{state_id}/validators";
const VALIDATORS_GET = "GET /eth/v1/beacon/states/{state_id}/validators";
const AGGREGATE = "GET /eth/v2/validator/aggregate_attestation";
const COMMITTEES = "GET /eth/v1/beacon/states/{state_id}/committees";
const BLOCK_ATTESTATIONS = "GET /eth/v2/beacon/blocks/{block_id}/attestations";
const index = (value: number) => value as ValidatorIndex;
const dutiesOf = (...values: number[]) => ({epoch: 2 as Epoch, indices: values.map(index), slotsPerEpoch: 8});

describe("calls of one beacon node", () => {
  const closing = new Closing();
  const clock = new FakeClock({nowMs: 1_000_000});
  const config = networkConfig();
  afterEach(() => closing.close());

  describe("chain", () => {
    it("is read, hex in lower case whatever the node writes", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.upperCaseHex = true;
      assert.deepEqual(await node.genesis(), {
        genesisTimeSec: 1_000,
        genesisValidatorsRoot: fakeRoot(0x67),
        genesisForkVersion: "0x00000001",
      });
      assert.deepEqual(await node.spec(), fake.chain.spec);
      assert.deepEqual(await node.forkSchedule(), [
        {previousVersion: "0x00000001", currentVersion: "0x06000001", epoch: 0},
      ]);
      assert.deepEqual(await node.depositContract(), {chainId: 1337, address: `0x${"42".repeat(20)}`});
      assert.equal(await node.version(), "Fake/v1");
    });

    it("genesis that is not known yet is a value", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.chain.genesis = null;
      assert.equal(await node.genesis(), null);
    });

    it("a spec value of another kind is MALFORMED", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.chain.spec = {SLOTS_PER_EPOCH: 8};
      await rejectsWith(node.spec(), "MALFORMED", /SLOTS_PER_EPOCH/);
    });
  });

  describe("attestation data", () => {
    const call = {slot: 17 as Slot, committeeIndex: 3 as CommitteeIndex};

    it("come in SSZ and JSON alike, and a refused format is refused once", async () => {
      const {fake, node} = await closing.pair(clock);
      const expected = fake.chain.attestationData(call.slot);
      assert.deepEqual(await node.attestationData(config, call), expected);
      fake.givesSsz = false;
      assert.deepEqual(await node.attestationData(config, call), expected);
      assert.equal(fake.count(DATA), 3);
      fake.upperCaseHex = true;
      assert.deepEqual(await node.attestationData(config, call), expected);
      assert.equal(fake.count(DATA), 4);
      assert.equal(fake.requests.at(-1)?.headers.accept, "application/json");
    });

    it("SSZ is asked for again when the node's version changed", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.givesSsz = false;
      await node.version();
      await node.attestationData(config, call);
      fake.givesSsz = true;
      fake.chain.version = "Fake/v2";
      await node.version();
      await node.attestationData(config, call);
      assert.match(String(fake.requests.at(-1)?.headers.accept), /octet-stream/);
    });

    it("are asked for by committee before Gloas only", async () => {
      const {fake, node} = await closing.pair(clock);
      await node.attestationData(config, call);
      assert.equal(fake.requests[0]?.query.get("committee_index"), "3");
      await node.attestationData(config, {...call, slot: 800 as Slot});
      assert.equal(fake.requests[1]?.query.has("committee_index"), false);
    });

    it("of a distributed validator's middleware are asked for by committee always, and take their time", async () => {
      const {fake, node} = await closing.pair(clock, {distributed: true});
      await node.attestationData(config, {...call, slot: 800 as Slot});
      assert.equal(fake.requests[0]?.query.get("committee_index"), "3");
      fake.faults.set(DATA, {kind: "hang"});
      const late = rejectsWith(node.attestationData(config, call), "TIMED_OUT", /60000 ms/);
      await fake.asked(DATA, 2);
      await clock.advance(60_000);
      await late;
    });

    it("for another slot are MALFORMED, in both formats", async () => {
      const {fake, node} = await closing.pair(clock);
      const right = fake.chain.attestationData;
      fake.chain.attestationData = (slot) => right((slot - 1) as Slot);
      await rejectsWith(node.attestationData(config, call), "MALFORMED", /slot 16/);
      fake.givesSsz = false;
      await rejectsWith(node.attestationData(config, call), "MALFORMED", /slot 16/);
    });

    it("with a number that would be rounded are MALFORMED", async () => {
      const {fake, node} = await closing.pair(clock);
      const text = JSON.stringify({
        data: ssz.phase0.AttestationData.toJson(attestationDataToSsz(fake.chain.attestationData(call.slot))),
      });
      fake.faults.set(DATA, {kind: "text", text: text.replace('"epoch":"2"', '"epoch":9007199254740993')});
      await rejectsWith(node.attestationData(config, call), "MALFORMED", /epoch/);
      fake.faults.set(DATA, {kind: "text", text});
      assert.equal((await node.attestationData(config, call)).target.epoch, 2);
    });

    it("that the node itself calls optimistic are NOT_READY", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.faults.set(DATA, {kind: "change", change: (body: object) => ({...body, execution_optimistic: true})});
      await rejectsWith(node.attestationData(config, call), "NOT_READY");
    });

    it("in SSZ of another length are MALFORMED", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.faults.set(DATA, {kind: "text", text: "x"});
      await rejectsWith(node.attestationData(config, call), "MALFORMED");
      fake.faults.set(DATA, {kind: "content_type", contentType: "text/plain"});
      await rejectsWith(node.attestationData(config, call), "MALFORMED", /content type/);
    });
  });

  describe("attester duties", () => {
    it("are read", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.upperCaseHex = true;
      const {epoch, dependentRoot, duties} = await node.attesterDuties(dutiesOf(1, 9));
      assert.deepEqual([epoch, dependentRoot], [2, fakeRoot(0xd0)]);
      assert.deepEqual(duties[1], {
        pubkey: fakePubkey(9),
        validatorIndex: 9,
        slot: 17,
        committeeIndex: 0,
        committeeLength: 8,
        committeesAtSlot: 1,
        validatorCommitteeIndex: 1,
      });
    });

    type Body = {data: Record<string, string>[]};
    const wrong: [string, (body: Body) => unknown][] = [
      ["outside the epoch", ({data}) => data.map((duty) => ({...duty, slot: "24"}))],
      ["of an index not asked for", ({data}) => data.map((duty) => ({...duty, validator_index: "7"}))],
      ["twice for one index", ({data}) => [data[0], data[0]]],
      ["in a committee that the slot does not have", ({data}) => data.map((duty) => ({...duty, committee_index: "1"}))],
      [
        "at a place that the committee does not have",
        ({data}) => data.map((duty) => ({...duty, validator_committee_index: "8"})),
      ],
      ["in a committee larger than any", ({data}) => data.map((duty) => ({...duty, committee_length: "2049"}))],
      ["in a slot of more committees than any", ({data}) => data.map((duty) => ({...duty, committees_at_slot: "65"}))],
    ];
    for (const [name, change] of wrong) {
      it(`${name} are MALFORMED`, async () => {
        const {fake, node} = await closing.pair(clock);
        fake.faults.set(DUTIES, {kind: "change", change: (body: Body) => ({...body, data: change(body)})});
        await rejectsWith(node.attesterDuties(dutiesOf(1, 2)), "MALFORMED");
      });
    }

    it("that rest on an optimistic head are NOT_READY", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.chain.executionOptimistic = true;
      await rejectsWith(node.attesterDuties(dutiesOf(1)), "NOT_READY");
    });
  });

  describe("liveness", () => {
    const request = (...values: number[]) => ({epoch: 2 as Epoch, indices: values.map(index)});

    it("is asked for in batches, by index strings", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.chain.validatorCount = LIVENESS_PER_REQUEST_MAX + 1;
      fake.chain.live.set(2 as Epoch, new Set([index(LIVENESS_PER_REQUEST_MAX)]));
      const told = await node.liveness(request(...Array.from({length: LIVENESS_PER_REQUEST_MAX + 1}, (_, at) => at)));
      assert.equal(fake.count(LIVENESS), 2);
      assert.deepEqual(JSON.parse(String(fake.requests[1]?.body)), [String(LIVENESS_PER_REQUEST_MAX)]);
      assert.deepEqual(
        told.flatMap(({index, isLive}) => (isLive ? [index] : [])),
        [LIVENESS_PER_REQUEST_MAX],
      );
    });

    it("of an index that the node does not know is refused as a whole", async () => {
      const {node} = await closing.pair(clock);
      await rejectsWith(node.liveness(request(1, 64)), "HTTP_STATUS", /Invalid index/);
    });

    type Body = {data: {index: string; is_live: unknown}[]};
    const wrong: [string, (body: Body) => unknown][] = [
      ["that leaves one out", ({data}) => [data[0]]],
      ["of an index not asked for", ({data}) => [data[0], {index: "7", is_live: false}]],
      ["of one more than was asked for", ({data}) => [...data, {index: "7", is_live: false}]],
      ["twice for one index", ({data}) => [data[0], data[0]]],
      ["that is no truth value", ({data}) => data.map((item) => ({...item, is_live: "false"}))],
      ["of a number that would be rounded", ({data}) => [data[0], {index: "9007199254740993", is_live: false}]],
      ["that is no list", () => ({})],
    ];
    for (const [name, change] of wrong) {
      it(`${name} is MALFORMED`, async () => {
        const {fake, node} = await closing.pair(clock);
        fake.faults.set(LIVENESS, {kind: "change", change: (body: Body) => ({data: change(body)})});
        await rejectsWith(node.liveness(request(1, 2)), "MALFORMED");
      });
    }
  });

  describe("validators", () => {
    it("are asked for in batches; unknown keys are left out", async () => {
      const {fake, node} = await closing.pair(clock);
      const pubkeys = Array.from({length: VALIDATORS_PER_REQUEST_MAX + 1}, (_, at) => fakePubkey(at));
      const found = await node.validators(pubkeys);
      assert.equal(fake.count(VALIDATORS_POST), 2);
      assert.equal(found.length, fake.chain.validatorCount);
      assert.deepEqual(found[3], {
        pubkey: fakePubkey(3),
        index: 3,
        status: "active_ongoing",
        slashed: false,
        activationEpoch: 0,
        exitEpoch: FAR_FUTURE_EPOCH,
      });
    });

    for (const status of [404, 405] as const) {
      it(`are asked for by GET, in smaller batches, where POST answers ${status}`, async () => {
        const {fake, node} = await closing.pair(clock);
        fake.missing.set(VALIDATORS_POST, status);
        const pubkeys = Array.from({length: VALIDATORS_PER_URL_MAX + 1}, (_, at) => fakePubkey(at));
        assert.equal((await node.validators(pubkeys)).length, 64);
        assert.equal(fake.count(VALIDATORS_GET), 2);
        await node.validators([fakePubkey(1)]);
        assert.equal(fake.count(VALIDATORS_POST), 1);
      });
    }

    it("not asked for, twice, or of an unknown status are MALFORMED", async () => {
      const {fake, node} = await closing.pair(clock);
      type Body = {data: {status: string}[]};
      const change = (how: (body: Body) => unknown) =>
        fake.faults.set(VALIDATORS_POST, {kind: "change", change: (body: Body) => ({...body, data: how(body)})});
      change(({data}) => [data[0], data[0]]);
      await rejectsWith(node.validators([fakePubkey(1), fakePubkey(2)]), "MALFORMED", /twice/);
      change(({data}) => data.map((validator) => ({...validator, status: "active"})));
      await rejectsWith(node.validators([fakePubkey(1)]), "MALFORMED", /status/);
    });
  });

  describe("aggregates", () => {
    const call = (root: string) => ({
      slot: 17 as Slot,
      attestationDataRoot: root as never,
      committeeIndex: 1 as CommitteeIndex,
    });

    it("of the data asked for come in both formats; others are MALFORMED", async () => {
      const {fake, node} = await closing.pair(clock);
      const data = fake.chain.attestationData(17 as Slot);
      const root = rootToHex(ssz.phase0.AttestationData.hashTreeRoot(attestationDataToSsz(data)));
      const expected = fake.chain.aggregate(17 as Slot, 1);
      for (const givesSsz of [true, false]) {
        fake.givesSsz = givesSsz;
        assert.deepEqual(await node.aggregateAttestation(config, call(root)), expected);
      }
      await rejectsWith(node.aggregateAttestation(config, call(fakeRoot(9))), "MALFORMED", /other data/);
      await rejectsWith(
        node.aggregateAttestation(config, {...call(root), committeeIndex: 0 as CommitteeIndex, slot: 16 as Slot}),
        "MALFORMED",
      );
      const right = fake.chain.aggregate;
      fake.chain.aggregate = (slot) => right(slot, 2);
      await rejectsWith(node.aggregateAttestation(config, call(root)), "MALFORMED", /committee 1/);
      fake.chain.aggregate = (slot, committee) => {
        const {aggregationBits, ...rest} = right(slot, committee)!;
        return {...rest, aggregationBits: {...aggregationBits, bits: Uint8Array.of(0)}};
      };
      await rejectsWith(node.aggregateAttestation(config, call(root)), "NOT_READY", /no votes/);
      fake.faults.set(AGGREGATE, {kind: "status", status: 404});
      assert.equal((await rejectsWith(node.aggregateAttestation(config, call(root)), "HTTP_STATUS")).status, 404);
    });
  });

  describe("inclusion", () => {
    it("attestations of a block, from the block itself where the route is missing", async () => {
      const {fake, node} = await closing.pair(clock);
      const {aggregate: attestation} = aggregate(17, 1).message;
      fake.chain.blocks.set(fakeRoot(9), {slot: 18 as Slot, parentRoot: fakeRoot(8), attestations: [attestation]});
      assert.deepEqual(await node.blockAttestations(fakeRoot(9)), [attestation]);
      fake.missing.set(BLOCK_ATTESTATIONS, 404);
      assert.deepEqual(await node.blockAttestations(fakeRoot(9)), [attestation]);
      await rejectsWith(node.blockAttestations(fakeRoot(7)), "HTTP_STATUS");
    });

    it("bits without a length bit, or of another length, are MALFORMED", async () => {
      const {fake, node} = await closing.pair(clock);
      const {aggregate: attestation} = aggregate(17, 1).message;
      fake.chain.blocks.set(fakeRoot(9), {slot: 18 as Slot, parentRoot: fakeRoot(8), attestations: [attestation]});
      for (const bits of [
        {aggregation_bits: "0x0500"},
        {aggregation_bits: "0x"},
        {committee_bits: "0x10"},
        {committee_bits: "0x0100"},
      ]) {
        const change = (body: {data: object[]}) => ({...body, data: body.data.map((item) => ({...item, ...bits}))});
        fake.faults.set(BLOCK_ATTESTATIONS, {kind: "change", change});
        await rejectsWith(node.blockAttestations(fakeRoot(9)), "MALFORMED", /bits/);
      }
    });

    it("headers", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.upperCaseHex = true;
      fake.chain.blocks.set(fakeRoot(9), {slot: 18 as Slot, parentRoot: fakeRoot(8), attestations: []});
      assert.deepEqual(await node.blockHeader(fakeRoot(9)), {slot: 18, parentRoot: fakeRoot(8)});
      assert.deepEqual(await node.head(), {root: fakeRoot(9), slot: 18, parentRoot: fakeRoot(8)});
      await rejectsWith(node.blockHeader(fakeRoot(7)), "HTTP_STATUS");
    });

    it("committee lengths of one slot, also from a node that answers with the whole epoch", async () => {
      const {fake, node} = await closing.pair(clock);
      const call = {slot: 18 as Slot, slotsPerEpoch: 8};
      assert.deepEqual(await node.committeeLengths(call), [8]);
      assert.equal(fake.count(COMMITTEES), 1);
      const data = Array.from({length: 16}, (_, i) => ({
        index: String(i & 1),
        slot: String(16 + (i >> 1)),
        validators: Array(i).fill("1"),
      }));
      fake.faults.set(COMMITTEES, {
        kind: "text",
        text: JSON.stringify({execution_optimistic: false, finalized: false, data}),
      });
      assert.deepEqual(await node.committeeLengths(call), [4, 5]);
      assert.equal(fake.count(COMMITTEES), 2);
    });

    it("committees of another epoch, none of the slot, missing, twice or too many are MALFORMED", async () => {
      const {fake, node} = await closing.pair(clock);
      const committee = (index: number, slot: number) => ({index: String(index), slot: String(slot), validators: []});
      for (const data of [
        [committee(0, 16), committee(0, 24)],
        [committee(0, 17)],
        [],
        [committee(1, 16)],
        [committee(0, 16), committee(0, 16)],
        [committee(0, 16), committee(64, 16)],
      ]) {
        fake.faults.set(COMMITTEES, {kind: "text", text: JSON.stringify({data})});
        await rejectsWith(node.committeeLengths({slot: 16 as Slot, slotsPerEpoch: 8}), "MALFORMED");
      }
    });
  });
});
