import assert from "node:assert/strict";
import {attestationDataToSsz, ssz} from "@mote/consensus";
import {type AttestationData, type CommitteeIndex, type Epoch, hexToBytes, rootToHex, type Slot} from "@mote/core";
import {type FakeBeaconNode, fakeRoot} from "@mote/testing";
import {NoBeaconNodeError} from "../../src/beacon-node-error.ts";
import type {BeaconNodeSet} from "../../src/beacon-node-set.ts";
import {DATA_REQUEST, headEvent, ROUTES} from "../support/questions.ts";
import {SetHarness} from "../support/set-harness.ts";
import {advanceUntil, eventually} from "../support/setup.ts";

describe("attestation data of a set", () => {
  const h = new SetHarness();

  it("of one node, its state asked at the same moment", async () => {
    const set = await h.started(1);
    const before = h.fakes[0]!.count(ROUTES.syncing);
    const outcome = await set.attestationData(DATA_REQUEST);
    assert.deepEqual(outcome, {
      kind: "data",
      data: h.fakes[0]!.chain.attestationData(DATA_REQUEST.slot),
      beaconNodes: ["bn0"],
    });
    assert.equal(h.fakes[0]!.count(ROUTES.syncing), before + 1);
  });

  for (const field of ["isSyncing", "isOptimistic", "elOffline"] as const) {
    it(`of a node with ${field} are not taken`, async () => {
      const set = await h.started(1);
      h.fakes[0]!.chain.syncing[field] = true;
      const asking = set.attestationData(DATA_REQUEST);
      await h.fakes[0]!.asked(ROUTES.data);
      for (let ms = 0; ms < 3_000; ms += 250) await h.clock.advance(250);
      const outcome = await asking;
      assert.equal(outcome.kind === "failed" && outcome.reason, "NO_BEACON_NODE", JSON.stringify(outcome));
    });
  }

  it("with one node that hangs and one that lies, two of three do", async () => {
    const set = await h.started(5);
    h.fakes[1]!.faults.set("*", {kind: "hang"});
    const right = h.fakes[2]!.chain.attestationData;
    h.fakes[2]!.chain.attestationData = (slot) => ({...right(slot), source: {epoch: 0 as Epoch, root: fakeRoot(0x51)}});
    const outcome = await set.attestationData(DATA_REQUEST);
    assert.deepEqual(outcome.kind === "data" && outcome.beaconNodes, ["bn0", "bn3", "bn4"]);
  });

  it("on a head event, and not when the head is another", async () => {
    const set = await h.started(1);
    const taken = await set.attestationData({...DATA_REQUEST, head: fakeRoot(0xbb)});
    assert.equal(taken.kind, "data");
    const refused = await set.attestationData({...DATA_REQUEST, head: fakeRoot(0xbc)});
    assert.equal(refused.kind === "failed" && refused.reason, "HEAD_NOT_AGREED");
  });

  it("for another slot are never taken", async () => {
    const set = await h.started(1);
    const right = h.fakes[0]!.chain.attestationData;
    h.fakes[0]!.chain.attestationData = (slot) => right((slot + 1) as Slot);
    const asking = set.attestationData(DATA_REQUEST);
    await h.fakes[0]!.asked(ROUTES.data);
    for (let ms = 0; ms < 3_000; ms += 250) await h.clock.advance(250);
    const outcome = await asking;
    assert.equal(outcome.kind === "failed" && outcome.reason, "BEACON_DATA_INVALID", JSON.stringify(outcome));
    assert.ok((set.nodes[0]?.score ?? 1) < 1);
  });

  it("equal heads are told apart by the slots of head events", async () => {
    const set = await h.started(2);
    const right = h.fakes[1]!.chain.attestationData;
    h.fakes[1]!.chain.attestationData = (slot) => ({...right(slot), beaconBlockRoot: fakeRoot(0xcc)});
    let heads = 0;
    set.subscribe(({kind}) => {
      if (kind === "head") heads++;
    });
    h.fakes[0]!.emit("head", headEvent(16, 0xbb));
    h.fakes[1]!.emit("head", headEvent(17, 0xcc));
    await eventually(() => heads === 2, "heads");
    const outcome = await set.attestationData(DATA_REQUEST);
    assert.equal(outcome.kind === "data" && outcome.data.beaconBlockRoot, fakeRoot(0xcc));
  });
});

describe("aggregates of a set", () => {
  const h = new SetHarness();

  const request = (fake: FakeBeaconNode) => ({
    slot: DATA_REQUEST.slot,
    committeeIndex: 0 as CommitteeIndex,
    attestationDataRoot: rootToHex(
      ssz.phase0.AttestationData.hashTreeRoot(attestationDataToSsz(fake.chain.attestationData(DATA_REQUEST.slot))),
    ),
    untilMs: DATA_REQUEST.untilMs,
  });

  it("the one with the most votes", async () => {
    const set = await h.started(3);
    const right = h.fakes[2]!.chain.aggregate;
    h.fakes[0]!.chain.aggregate = () => null;
    h.fakes[2]!.chain.aggregate = (slot, index) => ({
      ...right(slot, index)!,
      aggregationBits: {bits: Uint8Array.of(0b1101), length: 4},
    });
    const best = await set.aggregateAttestation(request(h.fakes[0]!));
    assert.deepEqual(best.aggregationBits.bits, Uint8Array.of(0b1101));
  });

  it("rejects when there is none in time, and a node that hangs does not hold the others' back", async () => {
    const set = await h.started(2);
    h.fakes[0]!.faults.set("GET /eth/v2/validator/aggregate_attestation", {kind: "hang"});
    const asking = set.aggregateAttestation(request(h.fakes[1]!));
    // The grace runs from the first answer on.
    let taken = false;
    void asking.then(() => {
      taken = true;
    });
    for (let step = 0; step < 200 && !taken; step++) await h.clock.advance(1);
    assert.ok(taken);
    h.fakes[1]!.chain.aggregate = () => null;
    const none = set.aggregateAttestation({...request(h.fakes[1]!), untilMs: h.clock.nowMs() + 1_000});
    const rejected = assert.rejects(none, NoBeaconNodeError);
    await h.clock.advance(1_000);
    await rejected;
  });
});

describe("answers that a check refuses", () => {
  const h = new SetHarness();
  const tooHigh = (data: AttestationData) =>
    data.target.epoch > 2 ? ({reason: "TARGET_IN_FUTURE", detail: `target ${data.target.epoch}`} as const) : null;
  const lieOf = (fake: FakeBeaconNode) => {
    const right = fake.chain.attestationData;
    fake.chain.attestationData = (slot) => ({...right(slot), target: {epoch: 9 as Epoch, root: fakeRoot(0x70)}});
  };

  for (const attestation of ["threshold", "first", "best"] as const) {
    it(`${attestation}: cost their node its rank, and another's are taken`, async () => {
      const set = await h.started(3, {strategies: {attestation}});
      lieOf(h.fakes[0]!);
      const outcome = await set.attestationData({...DATA_REQUEST, check: tooHigh});
      assert.equal(outcome.kind === "data" && outcome.data.target.epoch, 2);
      assert.ok(!(outcome.kind === "data" && outcome.beaconNodes.includes("bn0")));
      const scores = set.nodes.map(({score}) => score);
      assert.ok(scores[0]! < 0.4 && scores[1]! > 0.8, scores.join());
    });

    it(`${attestation}: are asked for once, and give the reason when all lie`, async () => {
      const set = await h.started(2, {strategies: {attestation}});
      h.fakes.forEach(lieOf);
      const outcome = await set.attestationData({...DATA_REQUEST, check: tooHigh});
      assert.equal(outcome.kind === "failed" && outcome.reason, "TARGET_IN_FUTURE");
      assert.match(outcome.kind === "failed" ? outcome.detail : "", /bn0: TARGET_IN_FUTURE target 9; bn1: TARGET/);
      assert.deepEqual(
        h.fakes.map((fake) => fake.count(ROUTES.data)),
        [1, 1],
      );
    });
  }
});

/** Room for the sockets. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("a first node that hangs", () => {
  const h = new SetHarness();

  it("costs a fraction of a second once, and then nothing", async () => {
    const set = await h.started(2, {strategies: {attestation: "first"}});
    h.fakes[0]!.faults.set(ROUTES.data, {kind: "hang"});
    const times: number[] = [];
    for (let vote = 0; vote < 6; vote++) {
      const startedMs = h.clock.nowMs();
      const request = {...DATA_REQUEST, untilMs: startedMs + 3_000};
      const answered = set.attestationData(request).then(() => true);
      const isAnswered = () => Promise.race([answered, turns(50).then(() => false)]);
      while (!(await isAnswered())) await h.clock.advance(10);
      times.push(h.clock.nowMs() - startedMs);
    }
    assert.ok(times[0]! > 0 && times[0]! <= 300, times.join());
    assert.deepEqual(times.slice(1), [0, 0, 0, 0, 0]);
  });

  it("behind the middleware of a distributed validator is waited for", async () => {
    const set = await h.started(2, {distributed: true});
    const {promise, resolve} = Promise.withResolvers<void>();
    h.fakes[0]!.faults.set(ROUTES.data, {kind: "delay", until: promise});
    const asking = set.attestationData({...DATA_REQUEST, head: fakeRoot(0xbb)});
    await h.fakes[0]!.asked(ROUTES.data);
    await h.clock.advance(2_900);
    resolve();
    assert.deepEqual((await asking).kind, "data");
    assert.equal(h.fakes[1]!.count(ROUTES.data), 0);
  });
});

describe("the head for sync-committee messages", () => {
  const h = new SetHarness();

  it("is the one that most of enough nodes have", async () => {
    const set = await h.started(3);
    h.fakes[0]!.chain.headRoot = fakeRoot(0xaa);
    const untilMs = h.clock.nowMs() + 1_000;
    const outcome = await set.headRoot({slot: DATA_REQUEST.slot, untilMs});
    assert.deepEqual(outcome, {kind: "root", root: fakeRoot(0xbb)});
  });

  it("is none while too few nodes are sound", async () => {
    const set = await h.started(3);
    for (const fake of h.fakes.slice(1)) fake.chain.syncing.isOptimistic = true;
    const asking = set.headRoot({slot: DATA_REQUEST.slot, untilMs: h.clock.nowMs() + 500});
    await h.fakes[2]!.asked(ROUTES.headRoot);
    await advanceUntil(h.clock, () => h.clock.nowMs() >= 1_000_500, "end");
    const outcome = await asking;
    assert.equal(outcome.kind === "failed" && outcome.reason, "NO_BEACON_NODE");
  });
});

describe("what was seen of a payload", () => {
  const h = new SetHarness();
  const ask = (set: BeaconNodeSet, waitMs = 500) =>
    set.payloadAttestationData({slot: 801 as Slot, untilMs: h.clock.nowMs() + waitMs, check: () => null});

  it("must be the same for enough nodes, nothing seen included", async () => {
    const set = await h.started(3);
    h.fakes[0]!.chain.payloadAttestationData = () => null;
    const seen = await ask(set);
    assert.equal(seen.kind === "data" && seen.data.payloadPresent, true);
    h.fakes[1]!.chain.payloadAttestationData = () => null;
    assert.equal((await ask(set)).kind, "nothing");
    const right = h.fakes[1]!.chain.attestationData(801 as Slot);
    h.fakes[1]!.chain.payloadAttestationData = () => ({
      beaconBlockRoot: hexToBytes(right.beaconBlockRoot),
      slot: 801,
      payloadPresent: false,
      blobDataAvailable: true,
    });
    const asking = ask(set);
    await advanceUntil(h.clock, () => h.clock.nowMs() >= 1_000_500, "end");
    const outcome = await asking;
    assert.equal(outcome.kind === "failed" && outcome.reason, "BEACON_NODES_DISAGREE");
  });
});
