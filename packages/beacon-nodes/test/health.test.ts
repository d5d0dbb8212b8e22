import assert from "node:assert/strict";
import {NodeHealth, type StateChange, stateOf} from "../src/health.ts";

const SOUND = {headSlot: 9, syncDistance: 0, isSyncing: false, isOptimistic: false, elOffline: false};

describe("health of a node", () => {
  let changes: StateChange[];
  let health: NodeHealth;
  beforeEach(() => {
    changes = [];
    health = new NodeHealth({name: "bn0"}, {onStateChange: (change) => changes.push(change)});
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
    health.callSucceeded(20);
    const rank = health.costMs;
    health.callFailed("ABORTED");
    health.callFailed("NOT_READY");
    assert.equal(health.score, 1);
    health.callFailed("MALFORMED");
    assert.ok(health.score < 1);
    assert.ok(health.costMs > rank + 1_000);
    for (let call = 0; call < 50; call++) health.callSucceeded(20);
    assert.ok(health.score > 0.99);
    assert.ok(health.costMs < rank + 25);
  });
});
