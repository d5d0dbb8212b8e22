import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import type {Root, ValidatorIndex} from "@mote/core";
import {fakeRoot} from "@mote/testing";
import {NoBeaconNodeError} from "../../src/beacon-node-error.ts";
import {SetHarness} from "../support/set-harness.ts";

const HEADER = "GET /eth/v1/beacon/headers/{block_id}";
const FINALITY_UPDATE = "GET /eth/v1/beacon/light_client/finality_update";

const headerAnswer = (root: Root) => ({
  kind: "text" as const,
  text: JSON.stringify({
    data: {root, canonical: true, header: {message: {slot: "8", parent_root: fakeRoot(1)}, signature: "0x"}},
  }),
});

describe("what a light node asks a set for", () => {
  const h = new SetHarness();

  it("is the finalized block that more than half of all nodes name, or none", async () => {
    const set = await h.started(3);
    const says = (...roots: (Root | null)[]) =>
      roots.forEach((root, at) => {
        h.fakes[at]!.faults.set(HEADER, root === null ? {kind: "status", status: 500} : headerAnswer(root));
      });
    says(fakeRoot(5), fakeRoot(6), fakeRoot(5));
    assert.equal(await set.agreedFinalizedRoot(), fakeRoot(5));
    says(fakeRoot(5), fakeRoot(6), fakeRoot(7));
    assert.equal(await set.agreedFinalizedRoot(), null);
    // Two of three are needed, also when the third is away.
    says(fakeRoot(5), null, null);
    assert.equal(await set.agreedFinalizedRoot(), null);
    says(fakeRoot(5), fakeRoot(5), null);
    assert.equal(await set.agreedFinalizedRoot(), fakeRoot(5));
  });

  it("is not heard of a node that is not sound by its own word", async () => {
    const set = await h.started(1);
    h.fakes[0]!.faults.set(HEADER, headerAnswer(fakeRoot(5)));
    h.fakes[0]!.chain.syncing.isOptimistic = true;
    assert.equal(await set.agreedFinalizedRoot(), null);
  });

  it("is the genesis block of a ready node", async () => {
    const set = await h.started(1);
    h.fakes[0]!.faults.set(HEADER, headerAnswer(fakeRoot(9)));
    assert.equal(await set.genesisBlockRoot(), fakeRoot(9));
    assert.deepEqual(h.fakes[0]!.requests.at(-1)?.params, ["genesis"]);
    h.fakes[0]!.faults.set(HEADER, {kind: "status", status: 404});
    await assert.rejects(set.genesisBlockRoot(), NoBeaconNodeError);
  });

  it("asks nobody for the keys of nobody", async () => {
    const set = await h.started(1);
    const before = h.fakes[0]!.requests.length;
    assert.deepEqual(await set.validatorIdentities([]), []);
    assert.equal(h.fakes[0]!.requests.length, before);
    const [identity] = await set.validatorIdentities([3 as ValidatorIndex]);
    assert.equal(identity?.index, 3);
  });

  it("is light-client data of each node by itself, the blamed one last", async () => {
    const set = await h.started(2);
    const type = ssz.fulu.LightClientFinalityUpdate;
    const text = JSON.stringify({version: "fulu", data: type.toJson(type.defaultValue() as never)});
    for (const fake of h.fakes) fake.faults.set(FINALITY_UPDATE, {kind: "text", text});
    const [first, second] = set.lightClientSources();
    assert.deepEqual([first?.name, second?.name], ["bn0", "bn1"]);
    assert.ok(await first?.finalityUpdate());
    first?.blame("a lie");
    assert.equal(set.lightClientSources()[0]?.name, "bn1");
  });
});
