import assert from "node:assert/strict";
import type {Slot, ValidatorIndex} from "@mote/core";
import {FakeClock, fakeSignature} from "@mote/testing";
import {SELECTIONS_PER_REQUEST_MAX} from "../../src/limits.ts";
import {Closing, rejectsWith} from "../support/setup.ts";

const SELECTIONS = "POST /eth/v1/validator/beacon_committee_selections";
const SYNC_SELECTIONS = "POST /eth/v1/validator/sync_committee_selections";
const partial = (index: number) => ({
  validatorIndex: index as ValidatorIndex,
  slot: 9 as Slot,
  selectionProof: fakeSignature(index & 0xff),
});
const ofCluster = Uint8Array.from(fakeSignature(0xcc));

describe("selections of a distributed validator", () => {
  const closing = new Closing();
  const clock = new FakeClock({nowMs: 1_000_000});
  afterEach(() => closing.close());

  it("shares go out, the cluster's proofs come back", async () => {
    const {fake, node} = await closing.pair(clock);
    const found = await node.committeeSelections([partial(1), partial(2)]);
    assert.deepEqual(found, [
      {...partial(1), selectionProof: ofCluster},
      {...partial(2), selectionProof: ofCluster},
    ]);
    const [first] = JSON.parse(fake.requests[0]!.body.toString()) as object[];
    assert.deepEqual(first, {validator_index: "1", slot: "9", selection_proof: `0x${"01".repeat(96)}`});
  });

  it("one validator may have several subcommittees", async () => {
    const {fake, node} = await closing.pair(clock);
    const shares = [0, 3].map((subcommitteeIndex) => ({...partial(1), subcommitteeIndex}));
    const found = await node.syncCommitteeSelections(shares);
    assert.deepEqual(
      found.map(({subcommitteeIndex}) => subcommitteeIndex),
      [0, 3],
    );
    fake.faults.set(SYNC_SELECTIONS, {
      kind: "change",
      change: ({data}: {data: object[]}) => ({data: data.map((one) => ({...one, subcommittee_index: "0"}))}),
    });
    await rejectsWith(node.syncCommitteeSelections(shares), "MALFORMED", /subcommittee 0 was not sent, or comes twice/);
  });

  it("many are sent in batches", async () => {
    const {fake, node} = await closing.pair(clock);
    const shares = Array.from({length: SELECTIONS_PER_REQUEST_MAX + 1}, (_, index) => partial(index));
    const found = await node.committeeSelections(shares);
    assert.deepEqual([found.length, found.at(-1)?.validatorIndex], [shares.length, SELECTIONS_PER_REQUEST_MAX]);
    assert.equal(fake.count(SELECTIONS), 2);
    assert.deepEqual(await node.committeeSelections([]), []);
  });

  type Selection = Record<string, string>;
  const wrong: [string, (data: Selection[]) => Selection[], RegExp][] = [
    ["that leave one out", ([one]) => [one!], /validator 2.* missing/],
    ["that repeat one", ([one]) => [one!, one!], /comes twice/],
    ["of another slot", ([one, two]) => [one!, {...two, slot: "10"}], /slot 10/],
    ["with one that was not sent", (all) => [...all, {...all[0]!, validator_index: "7"}], /3 items/],
    ["without a signature", ([one, two]) => [one!, {...two, selection_proof: "0x12"}], /selection_proof/],
  ];
  for (const [name, change, detail] of wrong) {
    it(`answers ${name} are MALFORMED`, async () => {
      const {fake, node} = await closing.pair(clock);
      fake.faults.set(SELECTIONS, {
        kind: "change",
        change: ({data}: {data: Selection[]}) => ({data: change(data)}),
      });
      await rejectsWith(node.committeeSelections([partial(1), partial(2)]), "MALFORMED", detail);
    });
  }

  it("may take their time; a node that is no such middleware says so", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.faults.set(SELECTIONS, {kind: "hang"});
    const late = rejectsWith(node.committeeSelections([partial(1)]), "TIMED_OUT", /60000 ms/);
    await fake.asked(SELECTIONS);
    await clock.advance(60_000);
    await late;
    fake.faults.set(SELECTIONS, {kind: "status", status: 501});
    await rejectsWith(node.committeeSelections([partial(1)]), "NOT_SUPPORTED");
  });
});
