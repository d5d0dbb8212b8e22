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
  const nobody = {attnets: [], syncnets: [], isChosen: true};
  const stranger = {...nobody, isChosen: false};
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

  it("goes on until half of the target is of its own choice, whoever came in", () => {
    const planned = (chosen: number, strangers: number, dialing = 0) => {
      const connected = [...new Array(chosen).fill(nobody), ...new Array(strangers).fill(stranger)];
      return planDials(state({candidates: many, connected, dialing}), random).length;
    };
    assert.equal(planned(0, 20), 8);
    assert.equal(planned(4, 26), 6);
    assert.equal(planned(4, 16, 4), 2);
    assert.equal(planned(10, 10), 0);
    assert.equal(planned(10, 7), 3);
  });

  it("takes no stranger's word for it that a wanted subnet has enough peers", () => {
    const claiming = {attnets: [5], syncnets: [], isChosen: false};
    const connected = [...new Array(20).fill(nobody), ...new Array(10).fill(claiming)];
    const plan = planDials(state({candidates: [candidate("true", [5])], connected, wanted: [attnet(5)]}), random);
    assert.deepEqual(
      plan.map(({peer}) => peer),
      ["true"],
    );
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
    const enough = [...full.slice(3), ...new Array(3).fill({...nobody, attnets: [5]})];
    assert.equal(planDials(state({candidates, connected: enough, wanted: [attnet(5)]}), random).length, 0);
  });

  it("never dials anyone twice, nor more than there is room for", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(fc.nat(7), {maxLength: 4}), fc.boolean()), {maxLength: 40}),
        fc.array(fc.array(fc.nat(7), {maxLength: 4}), {maxLength: 40}),
        fc.array(fc.nat(7), {maxLength: 8}),
        fc.nat(12),
        fc.nat(20),
        (connected, candidates, wanted, dialing, target) => {
          const plan = planDials(
            {
              target,
              dialing,
              connected: connected.map(([attnets, isChosen]) => ({attnets, isChosen, syncnets: []})),
              candidates: candidates.map((attnets, i) => candidate(`peer ${i}`, attnets)),
              wanted: wanted.map(attnet),
            },
            random,
          );
          assert.equal(new Set(plan).size, plan.length);
          const chosen = connected.filter(([, isChosen]) => isChosen).length;
          const roomMax = target + Math.ceil(target / 4) - chosen - dialing;
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
    isChosen: false,
    isSettled: true,
    connectedAtMs: 0,
    attnets: [],
    syncnets: [],
    ...changes,
  });
  const names = (peers: readonly PrunablePeer[]) => peers.map(({peer: name}) => name);

  const many = (count: number, name: string, changes: Partial<PrunablePeer> = {}) =>
    Array.from({length: count}, (_, i) => peer(`${name} ${i}`, changes));
  /** One heartbeat: who stays. */
  const after = (peers: readonly PrunablePeer[], target: number, wanted: readonly Subnet[] = []) => {
    const leaving = planPruning(peers, target, wanted);
    return peers.filter((one) => !leaving.includes(one));
  };

  it("lets the worst go, then the youngest, whatever they claim to follow", () => {
    const peers = [
      peer("old"),
      peer("young", {connectedAtMs: 5}),
      peer("younger", {attnets: [1, 2], connectedAtMs: 9}),
      peer("bad", {score: -3, attnets: [1, 2, 3]}),
    ];
    assert.deepEqual(names(planPruning(peers, 1, [])), ["bad", "younger", "young"]);
    assert.deepEqual(planPruning(peers, 4, []), []);
  });

  it("keeps those who were there through any number of newcomers who claim all subnets", () => {
    const everything = {attnets: Array.from({length: 64}, (_, i) => i), syncnets: [0, 1, 2, 3], isSettled: false};
    const wanted: readonly Subnet[] = [attnet(3), {kind: "syncnets", subnetId: 0}];
    for (const chosen of [20, 10]) {
      const there = Array.from({length: 20}, (_, i) =>
        peer(`there ${i}`, {
          attnets: [i % 64, (i + 1) % 64],
          syncnets: [i % 4],
          isChosen: i < chosen,
          connectedAtMs: i,
        }),
      );
      let peers: readonly PrunablePeer[] = there;
      for (let beat = 1; beat <= 10; beat++) {
        const crowd = many(45 - peers.length, `crowd ${beat}`, {...everything, connectedAtMs: beat * 5_000});
        peers = after([...peers, ...crowd], 20, wanted);
        const honest = peers.filter((one) => there.includes(one)).length;
        // Two of them are on the wanted attestation subnet, and three are what is wanted.
        assert.ok(honest >= 19, `${honest} of 20 after beat ${beat}, ${chosen} chosen`);
      }
    }
  });

  it("keeps half of the places for whom it chose, though all others are older, better and wanted", () => {
    const older = many(20, "older", {attnets: [5]});
    const chosen = many(12, "chosen", {isChosen: true, score: -10, connectedAtMs: 9});
    const staying = after([...older, ...chosen], 20, [attnet(5)]);
    assert.equal(staying.filter(({isChosen}) => isChosen).length, 10);
    assert.equal(staying.length, 20);
  });

  it("lets whom it chose fill all places, and lets others fill them where it could choose nobody", () => {
    assert.equal(after(many(20, "chosen", {isChosen: true}), 20).length, 20);
    assert.equal(after(many(20, "others"), 20).length, 20);
    assert.equal(after(many(23, "others"), 20).length, 20);
    assert.equal(after(many(23, "chosen", {isChosen: true}), 20).length, 20);
  });

  it("gives nobody settled up for those of its choice before they have settled too", () => {
    const others = many(20, "others");
    const fresh = many(10, "fresh", {isChosen: true, isSettled: false, connectedAtMs: 9});
    assert.deepEqual(planPruning([...others, ...fresh], 20, []), []);
    const settled = fresh.map((one) => ({...one, isSettled: true}));
    const staying = after([...others, ...settled], 20);
    assert.deepEqual([staying.length, staying.filter(({isChosen}) => isChosen).length], [20, 10]);
    // At the start nobody has settled, and a crowd has no claim to places.
    const crowd = many(20, "crowd", {isSettled: false, connectedAtMs: 10});
    const first = many(20, "first", {isChosen: true, isSettled: false});
    assert.deepEqual(after([...crowd, ...first], 20), first);
  });

  it("takes no stranger's word for it that one of its choice is not the last on a wanted subnet", () => {
    const last = peer("last", {isChosen: true, attnets: [5], score: -20});
    const others = [...many(15, "chosen", {isChosen: true}), ...many(9, "crowd", {attnets: [5]})];
    assert.ok(after([last, ...others], 20, [attnet(5)]).includes(last));
    assert.ok(!after([last, ...others], 20, []).includes(last));
  });

  it("keeps direct peers, and the last ones on a wanted subnet", () => {
    const peers = [
      peer("direct", {isDirect: true, isChosen: true, score: -50}),
      ...["a", "b", "c", "d"].map((name, i) => peer(name, {attnets: [5], score: -i})),
      peer("other"),
    ];
    assert.deepEqual(names(planPruning(peers, 2, [attnet(5)])), ["d", "other"]);
    assert.deepEqual(names(planPruning(peers, 2, [])), ["d", "c", "b", "a"]);
  });

  it("never goes below the target, nor below the places of the chosen", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            score: fc.integer({min: -100, max: 0}),
            attnets: fc.array(fc.nat(5), {maxLength: 3}),
            isDirect: fc.boolean(),
            isChosen: fc.boolean(),
            isSettled: fc.boolean(),
          }),
          {maxLength: 40},
        ),
        fc.nat(30),
        fc.array(fc.nat(5), {maxLength: 4}),
        (drawn, target, wanted) => {
          const peers = drawn.map((one, i) => peer(`peer ${i}`, {...one, isChosen: one.isDirect || one.isChosen}));
          const leaving = planPruning(peers, target, wanted.map(attnet));
          assert.ok(leaving.every(({isDirect}) => !isDirect));
          assert.ok(leaving.length <= Math.max(0, peers.length - target));
          const chosen = (some: readonly PrunablePeer[]) => some.filter(({isChosen}) => isChosen).length;
          assert.ok(chosen(peers) - chosen(leaving) >= Math.min(chosen(peers), Math.ceil(target / 2)));
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
