import assert from "node:assert/strict";
import type {Slot} from "@mote/core";
import {SeededRandom} from "@mote/testing";
import fc from "fast-check";
import {type Candidate, type DialState, planDials} from "../../src/peers/dial-plan.ts";
import {type PrunablePeer, planPruning} from "../../src/peers/prune-plan.ts";
import {type Subnet, SubnetWants} from "../../src/peers/subnet-wants.ts";

const random = new SeededRandom({seed: 7});
const attnet = (subnetId: number): Subnet => ({kind: "attnets", subnetId});

describe("planDials", () => {
  const candidate = (peer: string, attnets: readonly number[] = []): Candidate => ({
    peer,
    attnets,
    syncnets: [],
    multiaddrs: ["/ip4/9.9.9.9/tcp/9000"],
  });
  const nobody = {attnets: [], syncnets: []};
  const state = (changes: Partial<DialState>): DialState => ({
    target: 20,
    connected: [],
    dialing: 0,
    candidates: [],
    wanted: [],
    ...changes,
  });
  const many = Array.from({length: 100}, (_, i) => candidate(`peer ${i}`));

  it("dials up to the target, a few at once", () => {
    assert.equal(planDials(state({candidates: many}), random).length, 8);
    assert.equal(planDials(state({candidates: many, connected: new Array(17).fill(nobody)}), random).length, 3);
    assert.equal(
      planDials(state({candidates: many, connected: new Array(15).fill(nobody), dialing: 3}), random).length,
      2,
    );
    assert.equal(planDials(state({candidates: many, connected: new Array(20).fill(nobody)}), random).length, 0);
    assert.equal(planDials(state({candidates: many, connected: new Array(30).fill(nobody)}), random).length, 0);
  });

  it("prefers who follows a wanted subnet, those most that follow several", () => {
    const candidates = [...many, candidate("one", [5]), candidate("both", [5, 9]), candidate("other", [7])];
    const [first, second, ...rest] = planDials(state({candidates, wanted: [attnet(5), attnet(9)]}), random);
    assert.equal(first?.peer, "both");
    assert.equal(second?.peer, "one");
    assert.ok(!rest.some(({peer}) => peer === "other" || peer === "one"));
  });

  it("goes above the target for a subnet that has too few peers, and only for that", () => {
    const full = new Array(20).fill(nobody);
    const candidates = [...many, candidate("wanted", [5])];
    const plan = planDials(state({candidates, connected: full, wanted: [attnet(5)]}), random);
    assert.deepEqual(
      plan.map(({peer}) => peer),
      ["wanted"],
    );
    const enough = [...full.slice(3), ...new Array(3).fill({attnets: [5], syncnets: []})];
    assert.equal(planDials(state({candidates, connected: enough, wanted: [attnet(5)]}), random).length, 0);
  });

  it("never dials anyone twice, nor more than there is room for", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.nat(7), {maxLength: 4}), {maxLength: 40}),
        fc.array(fc.array(fc.nat(7), {maxLength: 4}), {maxLength: 40}),
        fc.array(fc.nat(7), {maxLength: 8}),
        fc.nat(12),
        fc.nat(20),
        (connected, candidates, wanted, dialing, target) => {
          const plan = planDials(
            {
              target,
              dialing,
              connected: connected.map((attnets) => ({attnets, syncnets: []})),
              candidates: candidates.map((attnets, i) => candidate(`peer ${i}`, attnets)),
              wanted: wanted.map(attnet),
            },
            random,
          );
          assert.equal(new Set(plan).size, plan.length);
          const roomMax = target + Math.ceil(target / 4) - connected.length - dialing;
          assert.ok(plan.length <= Math.max(0, Math.min(8 - dialing, roomMax)));
        },
      ),
    );
  });
});

describe("planPruning", () => {
  const peer = (name: string, changes: Partial<PrunablePeer> = {}): PrunablePeer => ({
    peer: name,
    score: 0,
    isDirect: false,
    connectedAtMs: 0,
    attnets: [],
    syncnets: [],
    ...changes,
  });
  const names = (peers: readonly PrunablePeer[]) => peers.map(({peer: name}) => name);

  it("lets the worst go, then the least useful, then the youngest", () => {
    const peers = [
      peer("old"),
      peer("young", {connectedAtMs: 5}),
      peer("useful", {attnets: [1, 2], connectedAtMs: 9}),
      peer("bad", {score: -3, attnets: [1, 2, 3]}),
    ];
    assert.deepEqual(names(planPruning(peers, 1, [])), ["bad", "young", "old"]);
    assert.deepEqual(planPruning(peers, 4, []), []);
  });

  it("keeps direct peers, and the last ones on a wanted subnet", () => {
    const peers = [
      peer("direct", {isDirect: true, score: -50}),
      ...["a", "b", "c", "d"].map((name, i) => peer(name, {attnets: [5], score: -i})),
      peer("other"),
    ];
    assert.deepEqual(names(planPruning(peers, 2, [attnet(5)])), ["d", "other"]);
    assert.deepEqual(names(planPruning(peers, 2, [])), ["d", "c", "b", "other"]);
  });

  it("never goes below the target", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({min: -100, max: 0}), fc.array(fc.nat(5), {maxLength: 3}), fc.boolean()), {
          maxLength: 40,
        }),
        fc.nat(30),
        fc.array(fc.nat(5), {maxLength: 4}),
        (drawn, target, wanted) => {
          const peers = drawn.map(([score, attnets, isDirect], i) => peer(`peer ${i}`, {score, attnets, isDirect}));
          const leaving = planPruning(peers, target, wanted.map(attnet));
          assert.ok(leaving.every(({isDirect}) => !isDirect));
          assert.ok(leaving.length <= Math.max(0, peers.length - target));
          for (const subnetId of wanted) {
            const on = (some: readonly PrunablePeer[]) => some.filter(({attnets}) => attnets.includes(subnetId)).length;
            assert.ok(on(peers.filter((one) => !leaving.includes(one))) >= Math.min(3, on(peers)));
          }
        },
      ),
    );
  });
});

describe("SubnetWants", () => {
  it("holds until the last slot of the longest wish is over", () => {
    const wants = new SubnetWants();
    wants.add([{...attnet(5), untilSlot: 10 as Slot}]);
    wants.add([
      {...attnet(5), untilSlot: 8 as Slot},
      {kind: "syncnets", subnetId: 5, untilSlot: 9 as Slot},
    ]);
    assert.equal(wants.current(9 as Slot).length, 2);
    assert.deepEqual(wants.current(10 as Slot), [attnet(5)]);
    assert.deepEqual(wants.current(11 as Slot), []);
  });
});
