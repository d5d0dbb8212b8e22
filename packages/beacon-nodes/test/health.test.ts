import assert from "node:assert/strict";
import type {Slot} from "@mote/core";
import {NodeHealth, type StateChange, stateOf} from "../src/health.ts";

const SOUND = {headSlot: 9, syncDistance: 0, isSyncing: false, isOptimistic: false, elOffline: false};
const PROBATION_MS = 96_000;

describe("health of a node", () => {
  let changes: StateChange[];
  let nowMs: number;
  let health: NodeHealth;
  const cost = () => health.costMs(health.headSlot ?? 0);
  beforeEach(() => {
    changes = [];
    nowMs = 1_000_000;
    health = new NodeHealth(
      {name: "bn0", probationMs: PROBATION_MS},
      {clock: {nowMs: () => nowMs}, onStateChange: (change) => changes.push(change)},
    );
  });

  it("tells of each change once", () => {
    health.become("unreachable", "ECONNREFUSED");
    health.become("unreachable", "no connection");
    health.become("ready", "head slot 9");
    health.become("ready", "head slot 10");
    assert.deepEqual(changes, [
      {name: "bn0", from: "unknown", to: "unreachable", detail: "ECONNREFUSED"},
      {name: "bn0", from: "unreachable", to: "ready", detail: "head slot 9"},
    ]);
    assert.equal(health.detail, "head slot 10");
  });

  it("is what the node says of itself", () => {
    assert.equal(stateOf(SOUND).state, "ready");
    assert.equal(stateOf({...SOUND, isSyncing: true, elOffline: true}).state, "syncing");
    assert.equal(stateOf({...SOUND, isOptimistic: true}).state, "optimistic");
    assert.equal(stateOf({...SOUND, elOffline: true, isOptimistic: true}).state, "el_offline");
  });

  it("a fault costs score and rank, successes win them back; our own stop costs nothing", () => {
    health.become("ready", "");
    health.callSucceeded(20);
    const [rank, score] = [cost(), health.score(0)];
    assert.ok(score > 0.98);
    health.callFailed("ABORTED");
    health.callFailed("NOT_READY");
    assert.equal(health.score(0), score);
    health.callFailed("MALFORMED");
    assert.ok(health.score(0) < 0.6);
    assert.ok(cost() > rank + 1_000);
    for (let call = 0; call < 50; call++) health.callSucceeded(20);
    assert.ok(health.score(0) > 0.98);
    assert.ok(cost() < rank + 25);
  });

  it("a wrong answer costs more than a slow call and more than a broken one", () => {
    const costOf = (act: () => void): number => {
      const before = cost();
      act();
      return cost() - before;
    };
    health.callSucceeded(20);
    const slow = costOf(() => health.callSucceeded(4_000));
    const broken = costOf(() => health.callFailed("UNREACHABLE"));
    for (let call = 0; call < 50; call++) health.callSucceeded(20);
    const wrong = costOf(() => health.answeredWrong());
    assert.ok(wrong > broken && wrong > slow, `${slow} ${broken} ${wrong}`);
  });

  it("a head behind the newest costs, up to a bound", () => {
    health.headIs(10 as Slot);
    assert.equal(health.costMs(10), 0);
    assert.equal(health.costMs(9), 0);
    assert.ok(health.costMs(12) > health.costMs(11));
    assert.equal(health.costMs(1_000_000), health.costMs(1_000));
  });

  it("scores nothing while it is not ready, and comes last for a while after that, but not at the start", () => {
    assert.equal(health.score(0), 0);
    health.become("ready", "");
    assert.equal(cost(), 0);
    health.become("optimistic", "");
    assert.equal(health.score(0), 0);
    health.become("ready", "");
    nowMs += PROBATION_MS - 1;
    assert.ok(cost() >= 1_000);
    nowMs += 1;
    assert.equal(cost(), 0);
  });

  it("does not stay on probation when the wall clock is set back", () => {
    health.become("unreachable", "");
    health.become("ready", "");
    nowMs -= 3_600_000;
    assert.equal(cost(), 0);
  });
});
