import assert from "node:assert/strict";
import type {Epoch, Slot, ValidatorIndex} from "@mote/core";
import {fakePubkey, fakeRoot} from "@mote/testing";
import {NoBeaconNodeError} from "../../src/beacon-node-error.ts";
import {ROUTES} from "../support/questions.ts";
import {SetHarness} from "../support/set-harness.ts";

describe("duties and statuses of a set", () => {
  const h = new SetHarness();

  it("come from a ready node; the next is asked when one fails", async () => {
    const set = await h.started(2);
    h.fakes[0]!.faults.set(ROUTES.attesterDuties, {kind: "status", status: 500});
    const {duties} = await set.attesterDuties(2 as Epoch, [1 as ValidatorIndex]);
    assert.equal(duties.length, 1);
    assert.equal(h.fakes[1]!.count(ROUTES.attesterDuties), 1);
    // The fault cost the first node its place.
    await set.attesterDuties(2 as Epoch, [1 as ValidatorIndex]);
    assert.equal(h.fakes[0]!.count(ROUTES.attesterDuties), 1);
    assert.equal((await set.validators([fakePubkey(1)])).length, 1);
  });

  it("reject when no node is ready", async () => {
    const set = await h.make(1);
    h.fakes[0]!.chain.syncing.isSyncing = true;
    await set.start();
    await assert.rejects(set.attesterDuties(2 as Epoch, [1 as ValidatorIndex]), NoBeaconNodeError);
    assert.equal(h.fakes[0]!.count(ROUTES.attesterDuties), 0);
  });
});

describe("witnesses of a set", () => {
  const h = new SetHarness();

  it("tell their own chain each, and more than half of the nodes must agree", async () => {
    const set = await h.started(3);
    h.fakes.forEach(({chain}, at) => {
      chain.blocks.set(fakeRoot(8), {slot: 18 as Slot, parentRoot: fakeRoot(7), attestations: []});
      chain.blocks.set(fakeRoot(20 + at), {slot: (20 + at) as Slot, parentRoot: fakeRoot(8), attestations: []});
    });
    assert.equal(set.witnessThreshold, 2);
    const heads = await Promise.all(set.witnesses().map((witness) => witness.head()));
    assert.deepEqual(
      heads,
      [0, 1, 2].map((at) => ({root: fakeRoot(20 + at), slot: 20 + at, parentRoot: fakeRoot(8)})),
    );
    const [witness] = set.witnesses();
    assert.deepEqual(await witness?.blockHeader(fakeRoot(8)), {slot: 18, parentRoot: fakeRoot(7)});
    assert.deepEqual(await witness?.blockAttestations(fakeRoot(8)), []);
    assert.deepEqual(await witness?.committeeLengths(18 as Slot), [8]);
    assert.equal((await witness?.attesterDuties(2 as Epoch, [1 as ValidatorIndex]))?.duties.length, 1);
    assert.deepEqual(
      h.fakes.map((fake) => fake.count(ROUTES.attesterDuties)),
      [1, 0, 0],
    );
  });

  it("tell nothing while they are syncing", async () => {
    const set = await h.started(2);
    for (const {chain} of h.fakes) {
      chain.blocks.set(fakeRoot(20), {slot: 20 as Slot, parentRoot: fakeRoot(8), attestations: []});
    }
    const [one, other] = set.witnesses();
    h.fakes[0]!.chain.syncing.isSyncing = true;
    await assert.rejects(async () => one?.head());
    await assert.rejects(async () => one?.attesterDuties(2 as Epoch, [1 as ValidatorIndex]));
    await assert.rejects(async () => one?.committeeLengths(18 as Slot));
    assert.equal((await other?.head())?.slot, 20);
  });
});
