import {strict as assert} from "node:assert";
import type {Slot} from "@mote/core";
import {describeFaults, FaultPlan, NO_FAULTS} from "../../src/faults/fault-plan.ts";
import {parseFaultSpec} from "../../src/faults/fault-spec.ts";

describe("FaultPlan", () => {
  const plan = (...texts: string[]) => new FaultPlan(texts.map(parseFaultSpec));
  const at = (faults: FaultPlan, slot: number, endpoint = "bn1") => faults.endpointFaults(endpoint, slot as Slot);

  it("holds in its slots, both ends included, and at its endpoint alone", () => {
    const faults = plan("bn1:down@20-40");
    assert.deepEqual(
      [19, 20, 40, 41].map((slot) => at(faults, slot).flags.has("down")),
      [false, true, true, false],
    );
    assert.equal(at(faults, 30, "bn0"), NO_FAULTS);
  });

  it("holds always without slots, before genesis too", () => {
    assert.equal(at(plan("bn1:optimistic"), -1).flags.has("optimistic"), true);
  });

  it("lays several faults over each other", () => {
    const faults = at(plan("bn1:delay=100ms", "bn1:delay=50ms@3", "bn1:stuck-head@3", "bn1:wrong-source=later@3"), 3);
    assert.deepEqual(describeFaults(faults), ["delay=100ms", "stuck-head", "wrong-source=later"]);
    assert.deepEqual(describeFaults(NO_FAULTS), []);
  });

  it("lets the lie of a kind that was named last hold", () => {
    const {lies} = at(plan("bn1:wrong-block=slot", "bn1:wrong-block=proposer@3", "bn1:wrong-data@3"), 3);
    assert.deepEqual(lies, {"wrong-block": "proposer", "wrong-data": "slot"});
  });

  it("tells what the hostile peer does, and whether there is one", () => {
    const faults = plan("p2p:lie@3-4", "p2p:flood", "bn1:down");
    assert.deepEqual(
      [2, 3, 5].map((slot) => [...faults.peerFaults(slot as Slot)]),
      [["flood"], ["lie", "flood"], ["flood"]],
    );
    assert.deepEqual([faults.hasHostilePeer, plan("bn1:down").hasHostilePeer], [true, false]);
  });

  it("passes the chain's faults on as ranges", () => {
    const faults = plan("skip@12-14", "reorg@30", "withhold-payload@20-21", "bn1:down");
    assert.deepEqual(faults.chainFaults(), {
      skip: [{from: 12, to: 14}],
      reorg: [{from: 30, to: 30}],
      withholdPayload: [{from: 20, to: 21}],
    });
    assert.deepEqual(faults.reorgSlots, [30]);
  });
});
