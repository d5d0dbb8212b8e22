import assert from "node:assert/strict";
import type {ChainEvent, Epoch, ValidatorIndex} from "@mote/core";
import {FakeClock} from "@mote/testing";
import {BeaconNodeSet, type BeaconNodeSetInit} from "../src/beacon-node-set.ts";
import {DATA_REQUEST, headEvent, NOW_MS, ROUTES} from "./support/questions.ts";
import {SetHarness} from "./support/set-harness.ts";
import {TIMING} from "./support/set-under-test.ts";
import {eventually, middleRandom, networkConfig} from "./support/setup.ts";

describe("a set of beacon nodes", () => {
  const h = new SetHarness();

  it("tells the events of every node, by its name, to every listener until it cancels", async () => {
    const set = await h.started(2);
    const seen: ChainEvent[] = [];
    const cancel = set.subscribe((event) => seen.push(event));
    h.fakes[1]!.emit("head", headEvent(17, 0xbb));
    await eventually(() => seen.length === 1, "head");
    assert.equal(seen[0]?.beaconNode, "bn1");
    cancel();
    h.fakes[0]!.emit("head", headEvent(17, 0xbb));
    h.fakes[0]!.endStreams();
    await eventually(() => set.nodes[0]?.eventStreamStands === false, "end");
    assert.equal(seen.length, 1);
    await h.clock.advance(1_000);
    await h.fakes[0]!.asked(ROUTES.events, 2);
  });

  for (const strategies of [{}, {attestation: "first"}, {attestation: "best"}] as const) {
    it(`stops with calls under way: ${JSON.stringify(strategies)}`, async () => {
      const set = await h.started(2, {strategies});
      for (const fake of h.fakes) fake.faults.set("*", {kind: "hang"});
      const asking = set.attestationData(DATA_REQUEST);
      const duties = assert.rejects(set.attesterDuties(2 as Epoch, [1 as ValidatorIndex]));
      await h.fakes[0]!.asked(ROUTES.data);
      await set.stop();
      assert.equal((await asking).kind, "failed");
      await duties;
    });
  }

  describe("is not made", () => {
    const url = "http://127.0.0.1:1";
    const nodes = [
      {name: "a", url},
      {name: "b", url},
    ];
    const flaws: [name: string, init: Partial<BeaconNodeSetInit>, message: RegExp][] = [
      ["of no nodes", {nodes: []}, /at least one/],
      ["of two with one name", {nodes: [nodes[0]!, nodes[0]!]}, /one name/],
      ["of a proposer node with the name of another", {proposerNodes: [nodes[1]!]}, /one name/],
      ["of bad URLs", {nodes: [{name: "a", url: "secret"}]}, /http/],
      ["with more nodes to agree than there are", {threshold: 3}, /3 of 2 beacon nodes can never agree/],
      ["with nobody to agree", {threshold: 0}, /0 of 2/],
      ["with agreement on blocks", {strategies: {block: "threshold" as never}}, /threshold is no strategy for block/],
    ];
    for (const [name, flaw, message] of flaws) {
      it(name, () => {
        const components = {
          clock: new FakeClock({nowMs: NOW_MS}),
          random: middleRandom,
          config: networkConfig(),
          checkChain: () => null,
        };
        assert.throws(() => new BeaconNodeSet({nodes, timing: TIMING, ...flaw}, components), message);
      });
    }
  });
});
