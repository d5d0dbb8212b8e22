import assert from "node:assert/strict";
import type {Epoch, ValidatorIndex} from "@mote/core";
import {FakeClock, fakeRoot} from "@mote/testing";
import {BeaconNodeSet} from "../../src/beacon-node-set.ts";
import type {StateChange} from "../../src/health.ts";
import {vote} from "../support/messages.ts";
import {DATA_REQUEST, headEvent, NOW_MS, ROUTES} from "../support/questions.ts";
import {SetHarness} from "../support/set-harness.ts";
import {SLOT_MS, TIMING} from "../support/set-under-test.ts";
import {advanceUntil, eventually, middleRandom, networkConfig} from "../support/setup.ts";

describe("the nodes of a set", () => {
  const h = new SetHarness();

  it("a node goes through its states, each told once", async () => {
    await h.started(1);
    const {chain} = h.fakes[0]!;
    const poll = async () => {
      const before = h.fakes[0]!.count(ROUTES.syncing);
      await h.clock.advance(SLOT_MS);
      await eventually(() => h.fakes[0]!.count(ROUTES.syncing) > before, "poll");
    };
    for (const [field, state] of [
      ["isSyncing", "syncing"],
      ["isOptimistic", "optimistic"],
      ["elOffline", "el_offline"],
    ] as const) {
      chain.syncing[field] = true;
      await poll();
      await eventually(() => h.states[0] === state, state);
      await poll();
      chain.syncing[field] = false;
    }
    await poll();
    await eventually(() => h.states[0] === "ready", "ready");
    assert.deepEqual(
      h.changes.map(({to}) => to),
      ["ready", "syncing", "optimistic", "el_offline", "ready"],
    );
  });

  it("a node that is down is told of once, asked with growing pauses, and its chain is checked when it is back", async () => {
    let checks = 0;
    h.checkChain = () => {
      checks++;
      return null;
    };
    await h.started(1);
    assert.equal(checks, 1);
    const port = Number(new URL(h.fakes[0]!.url).port);
    await h.fakes[0]!.close();
    await h.clock.advance(SLOT_MS);
    await eventually(() => h.states[0] === "unreachable", "unreachable");
    for (let slot = 0; slot < 10; slot++) await h.clock.advance(SLOT_MS);
    await h.fakes[0]!.listen(port);
    await advanceUntil(h.clock, () => h.states[0] === "ready", "ready");
    assert.equal(checks, 2);
    assert.deepEqual(
      h.changes.map(({to}) => to),
      ["ready", "unreachable", "ready"],
    );
  });

  it("a node whose schedule bars it from an epoch on is left out before that epoch begins", async () => {
    await h.started(1);
    h.checkChain = () => "GLOAS_FORK_EPOCH is 9 there and 3 here";
    // The slot of now is in the middle of epoch 2; its last poll before epoch 3 compares.
    for (let slot = 0; slot < 8 && h.states[0] === "ready"; slot++) {
      const before = h.fakes[0]!.count(ROUTES.syncing);
      await h.clock.advance(SLOT_MS);
      await eventually(() => h.fakes[0]!.count(ROUTES.syncing) > before, "poll");
      await h.clock.advance(0);
    }
    await eventually(() => h.states[0] === "wrong_chain", "bar");
    assert.ok(h.clock.nowMs() < 1_000_000 + 24 * SLOT_MS, "epoch 3 has not begun");
  });

  it("a node on another chain is never asked for anything that counts", async () => {
    h.checkChain = ({beaconNode}) => (beaconNode === "bn1" ? "genesis validators root 0x01, ours 0x02" : null);
    const set = await h.make(2);
    await set.start();
    await eventually(() => h.states.join() === "ready,wrong_chain", "states");
    const outcome = await set.publishAttestations([vote(17, 1)]);
    assert.equal(outcome[0]?.kind, "accepted");
    assert.equal(h.fakes[1]!.count(ROUTES.votes), 0);
    const asking = set.attestationData(DATA_REQUEST);
    await h.fakes[0]!.asked(ROUTES.data);
    await h.clock.advance(3_000);
    assert.equal((await asking).kind, "failed");
    assert.equal(h.fakes[1]!.count(ROUTES.data), 0);
    assert.match(h.changes.find(({name}) => name === "bn1")?.detail ?? "", /genesis validators root/);
  });

  it("a node that came back on another chain within a vote is not believed", async () => {
    const set = await h.started(1);
    const port = Number(new URL(h.fakes[0]!.url).port);
    await h.fakes[0]!.close();
    await eventually(() => set.nodes[0]?.eventStreamStands === false, "end of the stream");
    await assert.rejects(set.blockHeader(fakeRoot(1)));
    assert.equal(h.states[0], "unreachable");
    h.checkChain = () => "another chain";
    await h.fakes[0]!.listen(port);
    const asking = set.attestationData(DATA_REQUEST);
    await advanceUntil(h.clock, () => h.states[0] === "wrong_chain", "check", 2_000);
    await h.clock.advance(3_000);
    const outcome = await asking;
    assert.equal(outcome.kind === "failed" && outcome.reason, "NO_BEACON_NODE");
    assert.equal(h.fakes[0]!.count(ROUTES.data), 0);
  });

  it("starts although a node hangs, as soon as one is ready", async () => {
    const set = await h.make(2);
    h.fakes[0]!.faults.set("*", {kind: "hang"});
    await set.start();
    assert.deepEqual(h.states, ["unknown", "ready"]);
    await set.stop();
  });

  it("prints no secrets", async () => {
    const changes: StateChange[] = [];
    const address = {name: "bn0", url: "http://user:secret@127.0.0.1:1/secret", headers: {"x-key": "secret"}};
    const set = new BeaconNodeSet(
      {nodes: [address], timing: TIMING},
      {
        clock: new FakeClock({nowMs: NOW_MS}),
        random: middleRandom,
        config: networkConfig(),
        checkChain: () => null,
        onStateChange: (change) => changes.push(change),
      },
    );
    await set.start();
    await set.stop();
    assert.equal(set.nodes[0]?.state, "unreachable");
    assert.doesNotMatch(JSON.stringify([set.nodes, changes]), /secret/);
  });

  it("a node that comes back serves last for a while: it may go again as fast", async () => {
    const set = await h.started(2);
    const duties = () => set.attesterDuties(2 as Epoch, [1 as ValidatorIndex]);
    const asked = () => h.fakes.map((fake) => fake.count(ROUTES.attesterDuties));
    const nextSlot = async (isOptimistic: boolean) => {
      h.fakes[0]!.chain.syncing.isOptimistic = isOptimistic;
      const before = h.fakes[0]!.count(ROUTES.syncing);
      await h.clock.advance(SLOT_MS);
      const state = isOptimistic ? "optimistic" : "ready";
      await eventually(() => h.fakes[0]!.count(ROUTES.syncing) > before && h.states[0] === state, state);
      // The head goes on in both.
      await h.clock.advance(0);
    };
    await duties();
    assert.deepEqual(asked(), [1, 0]);
    await nextSlot(true);
    await nextSlot(false);
    await duties();
    assert.deepEqual(asked(), [1, 1]);
    for (let slot = 0; slot < 8; slot++) await nextSlot(false);
    await duties();
    assert.deepEqual(asked(), [2, 1]);
  });

  it("a node whose head is behind the newest serves after the others", async () => {
    const set = await h.started(2);
    h.fakes[1]!.emit("head", headEvent(1, 0xbb));
    h.fakes[0]!.emit("head", headEvent(0, 0xba));
    await eventually(() => (set.nodes[0]?.score ?? 1) < 0.85, "score");
    await set.attesterDuties(2 as Epoch, [1 as ValidatorIndex]);
    assert.equal(h.fakes[0]!.count(ROUTES.attesterDuties), 0);
    // One that lies about the future changes nothing for the others.
    h.fakes[0]!.emit("head", headEvent(1_000_000, 0xbc));
    h.fakes[0]!.emit("head", headEvent(1, 0xbb));
    await eventually(() => (set.nodes[0]?.score ?? 0) > 0.9, "score");
    assert.ok((set.nodes[1]?.score ?? 0) > 0.9);
  });
});
