import assert from "node:assert/strict";
import type {Epoch, ValidatorIndex} from "@mote/core";
import {FAKE_SYNC_COMMITTEE_SIZE, FakeClock, fakePubkey, fakeRoot} from "@mote/testing";
import {Closing, rejectsWith} from "../support/setup.ts";

const PROPOSER_V2 = "GET /eth/v2/validator/duties/proposer/{epoch}";
const PROPOSER_V1 = "GET /eth/v1/validator/duties/proposer/{epoch}";
const SYNC = "POST /eth/v1/validator/duties/sync/{epoch}";
const PTC = "POST /eth/v1/validator/duties/ptc/{epoch}";

const epoch = 2 as Epoch;
const slotsPerEpoch = 8;
const indices = [1, 2].map((index) => index as ValidatorIndex);

type Duty = Record<string, unknown>;
type Body = {data: Duty[]; dependent_root?: string};

describe("duties of one beacon node", () => {
  const closing = new Closing();
  const clock = new FakeClock({nowMs: 1_000_000});
  afterEach(() => closing.close());

  describe("of proposers", () => {
    const request = {epoch, slotsPerEpoch};

    it("are those of every slot, resting on the epoch before", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.upperCaseHex = true;
      const {dependentRoot, dependentEpoch, duties} = await node.proposerDuties(request);
      assert.deepEqual([dependentRoot, dependentEpoch, duties.length], [fakeRoot(0xd0), 1, 8]);
      assert.deepEqual(duties[3], {pubkey: fakePubkey(19), validatorIndex: 19, slot: 19});
    });

    for (const status of [404, 405] as const) {
      it(`come by the first version when the second is missing (${status}), which is remembered`, async () => {
        const {fake, node} = await closing.pair(clock);
        fake.missing.set(PROPOSER_V2, status);
        for (let round = 0; round < 2; round++) {
          const {dependentRoot, dependentEpoch} = await node.proposerDuties(request);
          assert.deepEqual([dependentRoot, dependentEpoch], [fakeRoot(0xd1), 2]);
        }
        assert.deepEqual([fake.count(PROPOSER_V2), fake.count(PROPOSER_V1)], [1, 2]);
      });
    }

    it("come by the first version from Lighthouse, which says 400 of a version that it does not have", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.faults.set(PROPOSER_V2, {
        kind: "status",
        status: 400,
        json: {code: 400, message: "BAD_REQUEST: Unsupported endpoint version: v2", stacktraces: []},
      });
      for (let round = 0; round < 2; round++) {
        assert.equal((await node.proposerDuties(request)).dependentRoot, fakeRoot(0xd1));
      }
      assert.deepEqual([fake.count(PROPOSER_V2), fake.count(PROPOSER_V1)], [1, 2]);
    });

    it("501 too; another version of the node is asked anew", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.faults.set(PROPOSER_V2, {kind: "status", status: 501});
      await node.version();
      assert.equal((await node.proposerDuties(request)).dependentEpoch, 2);
      fake.faults.clear();
      fake.chain.version = "Fake/v2";
      await node.version();
      assert.equal((await node.proposerDuties(request)).dependentEpoch, 1);
    });

    it("a missing epoch is not taken for a missing route", async () => {
      const {fake, node} = await closing.pair(clock);
      for (const operation of [PROPOSER_V1, PROPOSER_V2]) fake.missing.set(operation, 404);
      await rejectsWith(node.proposerDuties(request), "HTTP_STATUS");
      fake.missing.clear();
      assert.equal((await node.proposerDuties(request)).dependentEpoch, 1);
    });

    it("other faults do not change the version", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.faults.set(PROPOSER_V2, {kind: "status", status: 500});
      await rejectsWith(node.proposerDuties(request), "HTTP_STATUS");
      assert.equal(fake.count(PROPOSER_V1), 0);
    });

    it("of an optimistic node are NOT_READY", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.chain.executionOptimistic = true;
      await rejectsWith(node.proposerDuties(request), "NOT_READY");
    });

    const wrong: [string, (body: Body) => Body][] = [
      ["outside the epoch", (body) => ({...body, data: [{...body.data[0], slot: "24"}]})],
      ["twice for one slot", (body) => ({...body, data: body.data.map((duty) => ({...duty, slot: "16"}))})],
      ["more than the epoch has slots", (body) => ({...body, data: [...body.data, {...body.data[0]}]})],
      ["without a public key", (body) => ({...body, data: [{...body.data[0], pubkey: "0x00"}]})],
      ["without a dependent root", ({data}) => ({data})],
    ];
    for (const [name, change] of wrong) {
      it(`${name} are MALFORMED`, async () => {
        const {fake, node} = await closing.pair(clock);
        fake.faults.set(PROPOSER_V2, {kind: "change", change});
        await rejectsWith(node.proposerDuties(request), "MALFORMED");
      });
    }
  });

  describe("of sync committees", () => {
    it("have seats; who has none is left out", async () => {
      const {fake, node} = await closing.pair(clock);
      const unseated = FAKE_SYNC_COMMITTEE_SIZE as ValidatorIndex;
      const duties = await node.syncDuties({epoch, indices: [...indices, unseated]});
      assert.deepEqual(duties, [
        {pubkey: fakePubkey(1), validatorIndex: 1, seats: [1]},
        {pubkey: fakePubkey(2), validatorIndex: 2, seats: [2]},
      ]);
      assert.deepEqual(JSON.parse(fake.requests[0]!.body.toString()), ["1", "2", "32"]);
    });

    it("may give a validator several seats", async () => {
      const {fake, node} = await closing.pair(clock);
      const seats = ["3", "30"];
      fake.faults.set(SYNC, {
        kind: "change",
        change: ({data}: Body) => ({data: [{...data[0], validator_sync_committee_indices: seats}]}),
      });
      assert.deepEqual((await node.syncDuties({epoch, indices}))[0]?.seats, [3, 30]);
    });

    const seats = (...values: unknown[]) => ({validator_sync_committee_indices: values});
    const wrong: [string, (data: Duty[]) => Duty[]][] = [
      ["of an index not asked for", ([duty]) => [{...duty, validator_index: "7"}]],
      ["twice for one index", ([duty]) => [{...duty}, {...duty, ...seats("5")}]],
      [
        "with a seat that two have",
        ([one, two]) => [
          {...one, ...seats("5")},
          {...two, ...seats("5")},
        ],
      ],
      ["with a seat twice", ([duty]) => [{...duty, ...seats("5", "5")}]],
      ["with a seat beyond the committee", ([duty]) => [{...duty, ...seats(String(FAKE_SYNC_COMMITTEE_SIZE))}]],
      [
        "with more seats than there are",
        ([duty]) => [{...duty, ...seats(...Array.from({length: 33}, (_, seat) => String(seat)))}],
      ],
      ["without a seat", ([duty]) => [{...duty, ...seats()}]],
      ["with a seat that is no number", ([duty]) => [{...duty, ...seats("-1")}]],
    ];
    for (const [name, change] of wrong) {
      it(`${name} are MALFORMED`, async () => {
        const {fake, node} = await closing.pair(clock);
        fake.faults.set(SYNC, {kind: "change", change: (body: Body) => ({...body, data: change(body.data)})});
        await rejectsWith(node.syncDuties({epoch, indices}), "MALFORMED");
      });
    }

    it("of an optimistic node are NOT_READY", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.chain.executionOptimistic = true;
      await rejectsWith(node.syncDuties({epoch, indices}), "NOT_READY");
    });
  });

  describe("of payload committees", () => {
    const request = {epoch, indices, slotsPerEpoch};

    it("are read, several slots of one validator too", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.faults.set(PTC, {
        kind: "change",
        change: (body: Body) => ({...body, data: [...body.data, {...body.data[0], slot: "20"}]}),
      });
      const {dependentRoot, duties} = await node.ptcDuties(request);
      assert.equal(dependentRoot, fakeRoot(0xd0));
      assert.deepEqual(
        duties.map(({validatorIndex, slot}) => [validatorIndex, slot]),
        [
          [1, 17],
          [2, 18],
          [1, 20],
        ],
      );
    });

    const wrong: [string, (data: Duty[]) => Duty[]][] = [
      ["outside the epoch", ([duty]) => [{...duty, slot: "24"}]],
      ["of an index not asked for", ([duty]) => [{...duty, validator_index: "7"}]],
      ["twice for one index and slot", ([duty]) => [{...duty}, {...duty}]],
      ["more than there can be", ([duty]) => Array.from({length: 17}, () => ({...duty}))],
    ];
    for (const [name, change] of wrong) {
      it(`${name} are MALFORMED`, async () => {
        const {fake, node} = await closing.pair(clock);
        fake.faults.set(PTC, {kind: "change", change: (body: Body) => ({...body, data: change(body.data)})});
        await rejectsWith(node.ptcDuties(request), "MALFORMED");
      });
    }

    it("of an optimistic node are NOT_READY", async () => {
      const {fake, node} = await closing.pair(clock);
      fake.chain.executionOptimistic = true;
      await rejectsWith(node.ptcDuties(request), "NOT_READY");
    });
  });
});
