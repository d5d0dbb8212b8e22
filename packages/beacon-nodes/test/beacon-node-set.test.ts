import assert from "node:assert/strict";
import {attestationDataToSsz, ssz} from "@mote/consensus";
import {type ChainEvent, type CommitteeIndex, type Epoch, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";
import {type FakeBeaconNode, FakeClock, fakePubkey, fakeRoot} from "@mote/testing";
import {NoBeaconNodeError} from "../src/beacon-node-error.ts";
import {BeaconNodeSet} from "../src/beacon-node-set.ts";
import type {ChainIdentity} from "../src/chain-identity.ts";
import type {StateChange} from "../src/health.ts";
import {aggregate, vote} from "./support/messages.ts";
import {advanceUntil, Closing, eventually, middleRandom, networkConfig} from "./support/setup.ts";

const NOW_MS = 1_000_000;
const SLOT_MS = 12_000;
const SYNCING = "GET /eth/v1/node/syncing";
const DATA = "GET /eth/v1/validator/attestation_data";
const VOTES = "POST /eth/v2/beacon/pool/attestations";
const EVENTS = "GET /eth/v1/events";
const DUTIES = "POST /eth/v1/validator/duties/attester/{epoch}";
const REQUEST = {slot: 17 as Slot, committeeIndex: 0 as CommitteeIndex, untilMs: NOW_MS + 3_000};
const headEvent = (slot: number, block: number) => ({
  slot: String(slot),
  block: fakeRoot(block),
  previous_duty_dependent_root: fakeRoot(2),
  current_duty_dependent_root: fakeRoot(3),
});

describe("a set of beacon nodes", () => {
  const closing = new Closing();
  let clock: FakeClock;
  let fakes: FakeBeaconNode[];
  let changes: StateChange[];
  let checkChain: (identity: ChainIdentity) => string | null;

  beforeEach(() => {
    clock = new FakeClock({nowMs: NOW_MS});
    changes = [];
    checkChain = () => null;
  });
  afterEach(() => closing.close());

  async function make(count: number): Promise<BeaconNodeSet> {
    fakes = [];
    for (let node = 0; node < count; node++) fakes.push(await closing.fakeNode());
    const set = new BeaconNodeSet(
      {
        nodes: fakes.map(({url}, node) => ({name: `bn${node}`, url})),
        timing: {genesisTimeSec: 1_000, slotDurationMs: SLOT_MS, slotsPerEpoch: 8},
      },
      {
        clock,
        random: middleRandom,
        config: networkConfig(),
        checkChain: (identity) => checkChain(identity),
        onStateChange: (change) => changes.push(change),
      },
    );
    closing.add(() => set.stop());
    return set;
  }
  async function started(count: number): Promise<BeaconNodeSet> {
    const set = await make(count);
    await set.start();
    await eventually(
      () => set.nodes.every(({eventStreamStands, state}) => eventStreamStands && state === "ready"),
      "start",
    );
    return set;
  }
  const states = (set: BeaconNodeSet) => set.nodes.map(({state}) => state);

  describe("health", () => {
    it("a node goes through its states, each told once", async () => {
      const set = await started(1);
      const {chain} = fakes[0]!;
      const poll = async () => {
        const before = fakes[0]!.count(SYNCING);
        await clock.advance(SLOT_MS);
        await eventually(() => fakes[0]!.count(SYNCING) > before, "poll");
      };
      for (const [field, state] of [
        ["isSyncing", "syncing"],
        ["isOptimistic", "optimistic"],
        ["elOffline", "el_offline"],
      ] as const) {
        chain.syncing[field] = true;
        await poll();
        await eventually(() => states(set)[0] === state, state);
        await poll();
        chain.syncing[field] = false;
      }
      await poll();
      await eventually(() => states(set)[0] === "ready", "ready");
      assert.deepEqual(
        changes.map(({to}) => to),
        ["ready", "syncing", "optimistic", "el_offline", "ready"],
      );
    });

    it("a node that is down is told of once, asked with growing pauses, and its chain is checked when it is back", async () => {
      let checks = 0;
      checkChain = () => {
        checks++;
        return null;
      };
      const set = await started(1);
      assert.equal(checks, 1);
      const port = Number(new URL(fakes[0]!.url).port);
      await fakes[0]!.close();
      await clock.advance(SLOT_MS);
      await eventually(() => states(set)[0] === "unreachable", "unreachable");
      for (let slot = 0; slot < 10; slot++) await clock.advance(SLOT_MS);
      await fakes[0]!.listen(port);
      await advanceUntil(clock, () => states(set)[0] === "ready", "ready");
      assert.equal(checks, 2);
      assert.deepEqual(
        changes.map(({to}) => to),
        ["ready", "unreachable", "ready"],
      );
    });

    it("a node whose schedule bars it from an epoch on is left out before that epoch begins", async () => {
      const set = await started(1);
      checkChain = () => "GLOAS_FORK_EPOCH is 9 there and 3 here";
      // The slot of now is in the middle of epoch 2; its last poll before epoch 3 compares.
      for (let slot = 0; slot < 8 && states(set)[0] === "ready"; slot++) {
        const before = fakes[0]!.count(SYNCING);
        await clock.advance(SLOT_MS);
        await eventually(() => fakes[0]!.count(SYNCING) > before, "poll");
        await clock.advance(0);
      }
      await eventually(() => states(set)[0] === "wrong_chain", "bar");
      assert.ok(clock.nowMs() < 1_000_000 + 24 * SLOT_MS, "epoch 3 has not begun");
    });

    it("a node on another chain is never asked for anything that counts", async () => {
      checkChain = ({beaconNode}) => (beaconNode === "bn1" ? "genesis validators root 0x01, ours 0x02" : null);
      const set = await make(2);
      await set.start();
      await eventually(() => states(set).join() === "ready,wrong_chain", "states");
      const outcome = await set.publishAttestations([vote(17, 1)]);
      assert.equal(outcome[0]?.kind, "accepted");
      assert.equal(fakes[1]!.count(VOTES), 0);
      const asking = set.attestationData(REQUEST);
      await fakes[0]!.asked(DATA);
      await clock.advance(3_000);
      assert.equal((await asking).kind, "failed");
      assert.equal(fakes[1]!.count(DATA), 0);
      assert.match(changes.find(({name}) => name === "bn1")?.detail ?? "", /genesis validators root/);
    });

    it("a node that came back on another chain within a vote is not believed", async () => {
      const set = await started(1);
      const port = Number(new URL(fakes[0]!.url).port);
      await fakes[0]!.close();
      await eventually(() => set.nodes[0]?.eventStreamStands === false, "end of the stream");
      await assert.rejects(set.blockHeader(fakeRoot(1)));
      assert.equal(states(set)[0], "unreachable");
      checkChain = () => "another chain";
      await fakes[0]!.listen(port);
      const asking = set.attestationData(REQUEST);
      await advanceUntil(clock, () => states(set)[0] === "wrong_chain", "check", 2_000);
      await clock.advance(3_000);
      const outcome = await asking;
      assert.equal(outcome.kind === "failed" && outcome.reason, "NO_BEACON_NODE");
      assert.equal(fakes[0]!.count(DATA), 0);
    });

    it("starts although a node hangs, as soon as one is ready", async () => {
      const set = await make(2);
      fakes[0]!.faults.set("*", {kind: "hang"});
      await set.start();
      assert.deepEqual(states(set), ["unknown", "ready"]);
      await set.stop();
    });

    it("prints no secrets", async () => {
      const set = new BeaconNodeSet(
        {
          nodes: [{name: "bn0", url: "http://user:secret@127.0.0.1:1/secret"}],
          timing: {genesisTimeSec: 1_000, slotDurationMs: SLOT_MS, slotsPerEpoch: 8},
        },
        {
          clock,
          random: middleRandom,
          config: networkConfig(),
          checkChain,
          onStateChange: (change) => changes.push(change),
        },
      );
      await set.start();
      await set.stop();
      assert.deepEqual(states(set), ["unreachable"]);
      assert.doesNotMatch(JSON.stringify([set.nodes, changes]), /secret/);
    });
  });

  describe("attestation data", () => {
    it("of one node, its state asked at the same moment", async () => {
      const set = await started(1);
      const before = fakes[0]!.count(SYNCING);
      const outcome = await set.attestationData(REQUEST);
      assert.deepEqual(outcome, {
        kind: "data",
        data: fakes[0]!.chain.attestationData(REQUEST.slot),
        beaconNodes: ["bn0"],
      });
      assert.equal(fakes[0]!.count(SYNCING), before + 1);
    });

    for (const field of ["isSyncing", "isOptimistic", "elOffline"] as const) {
      it(`of a node with ${field} are not taken`, async () => {
        const set = await started(1);
        fakes[0]!.chain.syncing[field] = true;
        const asking = set.attestationData(REQUEST);
        await fakes[0]!.asked(DATA);
        for (let ms = 0; ms < 3_000; ms += 250) await clock.advance(250);
        const outcome = await asking;
        assert.equal(outcome.kind === "failed" && outcome.reason, "NO_BEACON_NODE", JSON.stringify(outcome));
      });
    }

    it("with one node that hangs and one that lies, two of three do", async () => {
      const set = await started(5);
      fakes[1]!.faults.set("*", {kind: "hang"});
      const right = fakes[2]!.chain.attestationData;
      fakes[2]!.chain.attestationData = (slot) => ({...right(slot), source: {epoch: 0 as Epoch, root: fakeRoot(0x51)}});
      const outcome = await set.attestationData(REQUEST);
      assert.deepEqual(outcome.kind === "data" && outcome.beaconNodes, ["bn0", "bn3", "bn4"]);
    });

    it("on a head event, and not when the head is another", async () => {
      const set = await started(1);
      const taken = await set.attestationData({...REQUEST, head: fakeRoot(0xbb)});
      assert.equal(taken.kind, "data");
      const refused = await set.attestationData({...REQUEST, head: fakeRoot(0xbc)});
      assert.equal(refused.kind === "failed" && refused.reason, "HEAD_NOT_AGREED");
    });

    it("for another slot are never taken", async () => {
      const set = await started(1);
      const right = fakes[0]!.chain.attestationData;
      fakes[0]!.chain.attestationData = (slot) => right((slot + 1) as Slot);
      const asking = set.attestationData(REQUEST);
      await fakes[0]!.asked(DATA);
      for (let ms = 0; ms < 3_000; ms += 250) await clock.advance(250);
      const outcome = await asking;
      assert.equal(outcome.kind === "failed" && outcome.reason, "BEACON_DATA_INVALID", JSON.stringify(outcome));
      assert.ok((set.nodes[0]?.score ?? 1) < 1);
    });

    it("equal heads are told apart by the slots of head events", async () => {
      const set = await started(2);
      const right = fakes[1]!.chain.attestationData;
      fakes[1]!.chain.attestationData = (slot) => ({...right(slot), beaconBlockRoot: fakeRoot(0xcc)});
      let heads = 0;
      set.subscribe(({kind}) => {
        if (kind === "head") heads++;
      });
      fakes[0]!.emit("head", headEvent(16, 0xbb));
      fakes[1]!.emit("head", headEvent(17, 0xcc));
      await eventually(() => heads === 2, "heads");
      const outcome = await set.attestationData(REQUEST);
      assert.equal(outcome.kind === "data" && outcome.data.beaconBlockRoot, fakeRoot(0xcc));
    });
  });

  describe("aggregates", () => {
    const request = (fake: FakeBeaconNode) => ({
      slot: REQUEST.slot,
      committeeIndex: 0 as CommitteeIndex,
      attestationDataRoot: rootToHex(
        ssz.phase0.AttestationData.hashTreeRoot(attestationDataToSsz(fake.chain.attestationData(REQUEST.slot))),
      ),
      untilMs: REQUEST.untilMs,
    });

    it("the one with the most votes", async () => {
      const set = await started(3);
      const right = fakes[2]!.chain.aggregate;
      fakes[0]!.chain.aggregate = () => null;
      fakes[2]!.chain.aggregate = (slot, index) => ({
        ...right(slot, index)!,
        aggregationBits: {bits: Uint8Array.of(0b1101), length: 4},
      });
      const best = await set.aggregateAttestation(request(fakes[0]!));
      assert.deepEqual(best.aggregationBits.bits, Uint8Array.of(0b1101));
    });

    it("rejects when there is none in time, and a node that hangs does not hold the others' back", async () => {
      const set = await started(2);
      fakes[0]!.faults.set("GET /eth/v2/validator/aggregate_attestation", {kind: "hang"});
      const asking = set.aggregateAttestation(request(fakes[1]!));
      // The grace runs from the first answer on.
      let taken = false;
      void asking.then(() => {
        taken = true;
      });
      for (let step = 0; step < 200 && !taken; step++) await clock.advance(1);
      assert.ok(taken);
      fakes[1]!.chain.aggregate = () => null;
      const none = set.aggregateAttestation({...request(fakes[1]!), untilMs: clock.nowMs() + 1_000});
      const rejected = assert.rejects(none, NoBeaconNodeError);
      await clock.advance(1_000);
      await rejected;
    });
  });

  describe("duties and statuses", () => {
    it("come from a ready node; the next is asked when one fails", async () => {
      const set = await started(2);
      fakes[0]!.faults.set(DUTIES, {kind: "status", status: 500});
      const {duties} = await set.attesterDuties(2 as Epoch, [1 as ValidatorIndex]);
      assert.equal(duties.length, 1);
      assert.equal(fakes[1]!.count(DUTIES), 1);
      // The fault cost the first node its place.
      await set.attesterDuties(2 as Epoch, [1 as ValidatorIndex]);
      assert.equal(fakes[0]!.count(DUTIES), 1);
      assert.equal((await set.validators([fakePubkey(1)])).length, 1);
    });

    it("reject when no node is ready", async () => {
      const set = await make(1);
      fakes[0]!.chain.syncing.isSyncing = true;
      await set.start();
      await assert.rejects(set.attesterDuties(2 as Epoch, [1 as ValidatorIndex]), NoBeaconNodeError);
      assert.equal(fakes[0]!.count(DUTIES), 0);
    });
  });

  describe("witnesses", () => {
    it("tell their own chain each, and more than half of the nodes must agree", async () => {
      const set = await started(3);
      fakes.forEach(({chain}, at) => {
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
        fakes.map((fake) => fake.count(DUTIES)),
        [1, 0, 0],
      );
    });

    it("tell nothing while they are syncing", async () => {
      const set = await started(2);
      for (const {chain} of fakes) {
        chain.blocks.set(fakeRoot(20), {slot: 20 as Slot, parentRoot: fakeRoot(8), attestations: []});
      }
      const [one, other] = set.witnesses();
      fakes[0]!.chain.syncing.isSyncing = true;
      await assert.rejects(async () => one?.head());
      await assert.rejects(async () => one?.attesterDuties(2 as Epoch, [1 as ValidatorIndex]));
      await assert.rejects(async () => one?.committeeLengths(18 as Slot));
      assert.equal((await other?.head())?.slot, 20);
    });
  });

  describe("publishing", () => {
    it("goes to all; the best of all paths counts; one that hangs is not waited for", async () => {
      const set = await started(3);
      fakes[0]!.chain.judge = () => "bad";
      fakes[2]!.faults.set("*", {kind: "hang"});
      const outcomes = await set.publishAttestations([vote(17, 1), vote(17, 2)]);
      assert.deepEqual(
        outcomes.map(({kind}) => kind),
        ["accepted", "accepted"],
      );
      await fakes[2]!.asked(VOTES);
      assert.equal((await set.publishAggregates([aggregate(17, 1)]))[0]?.kind, "accepted");
    });

    it("is refused when every node refuses, unanswered when none answers", async () => {
      const set = await started(2);
      for (const fake of fakes) fake.chain.judge = (index) => (index === 0 ? "bad" : null);
      const [bad, good] = await set.publishAttestations([vote(17, 1), vote(17, 2)]);
      assert.equal(bad?.kind === "failed" && bad.reason, "PUBLISH_REFUSED");
      assert.equal(good?.kind, "accepted");
      for (const fake of fakes) fake.faults.set("*", {kind: "hang"});
      const hanging = set.publishAttestations([vote(17, 1)]);
      await Promise.all(fakes.map((fake) => fake.asked(VOTES, 2)));
      await clock.advance(4_000);
      const [unanswered] = await hanging;
      assert.equal(unanswered?.kind === "failed" && unanswered.reason, "PUBLISH_UNANSWERED");
    });

    it("spares nodes known to be unreachable, unless all are", async () => {
      const set = await started(2);
      await fakes[1]!.close();
      await set.publishAttestations([vote(17, 1)]);
      await eventually(() => states(set)[1] === "unreachable", "unreachable");
      await fakes[0]!.close();
      const [outcome] = await set.publishAttestations([vote(17, 1)]);
      assert.deepEqual(
        outcome?.receipts.map(({path}) => path),
        ["bn0"],
      );
      await eventually(() => states(set)[0] === "unreachable", "unreachable");
      const [all] = await set.publishAttestations([vote(17, 1)]);
      assert.deepEqual(all?.receipts.map(({path}) => path).sort(), ["bn0", "bn1"]);
      assert.equal(all?.kind === "failed" && all.reason, "PUBLISH_UNANSWERED");
    });

    it("messages of two forks go in two requests, outcomes in the order of the call", async () => {
      const set = await started(1);
      fakes[0]!.chain.judge = (index) => (index === 1 ? "bad" : null);
      const outcomes = await set.publishAttestations([vote(799, 1), vote(800, 2), vote(799, 3)]);
      assert.deepEqual(
        outcomes.map(({kind}) => kind),
        ["accepted", "accepted", "failed"],
      );
      assert.equal(fakes[0]!.count(VOTES), 2);
      assert.deepEqual(await set.publishAttestations([]), []);
    });

    it("subscriptions reject only when no node took them", async () => {
      const set = await started(2);
      const subscription = {
        validatorIndex: 1 as ValidatorIndex,
        committeeIndex: 0 as CommitteeIndex,
        committeesAtSlot: 1,
        slot: 17 as Slot,
        isAggregator: false,
      };
      fakes[0]!.faults.set("*", {kind: "status", status: 500});
      await set.subscribeCommittees([subscription]);
      fakes[1]!.faults.set("*", {kind: "status", status: 500});
      await assert.rejects(set.subscribeCommittees([subscription]), NoBeaconNodeError);
    });
  });

  describe("events", () => {
    it("of every node, by its name, to every listener until it cancels", async () => {
      const set = await started(2);
      const seen: ChainEvent[] = [];
      const cancel = set.subscribe((event) => seen.push(event));
      fakes[1]!.emit("head", headEvent(17, 0xbb));
      await eventually(() => seen.length === 1, "head");
      assert.equal(seen[0]?.beaconNode, "bn1");
      cancel();
      fakes[0]!.emit("head", headEvent(17, 0xbb));
      fakes[0]!.endStreams();
      await eventually(() => set.nodes[0]?.eventStreamStands === false, "end");
      assert.equal(seen.length, 1);
      await clock.advance(1_000);
      await fakes[0]!.asked(EVENTS, 2);
    });
  });

  it("stops with calls under way", async () => {
    const set = await started(2);
    for (const fake of fakes) fake.faults.set("*", {kind: "hang"});
    const asking = set.attestationData(REQUEST);
    const duties = assert.rejects(set.attesterDuties(2 as Epoch, [1 as ValidatorIndex]));
    await fakes[0]!.asked(DATA);
    await set.stop();
    assert.equal((await asking).kind, "failed");
    await duties;
  });

  it("refuses to be made of no nodes, of two with one name, or of bad URLs", () => {
    const build = (nodes: {name: string; url: string}[]) => () =>
      new BeaconNodeSet(
        {nodes, timing: {genesisTimeSec: 1_000, slotDurationMs: SLOT_MS, slotsPerEpoch: 8}},
        {clock, random: middleRandom, config: networkConfig(), checkChain},
      );
    const url = "http://127.0.0.1:1";
    assert.throws(build([]), /at least one/);
    assert.throws(
      build([
        {name: "a", url},
        {name: "a", url},
      ]),
      /one name/,
    );
    assert.throws(build([{name: "a", url: "secret"}]), /http/);
  });
});
