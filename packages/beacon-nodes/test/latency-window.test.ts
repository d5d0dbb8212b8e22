import assert from "node:assert/strict";
import {LatencyWindow} from "../src/latency-window.ts";

describe("latencies of one kind of call", () => {
  it("say nothing while too few are known", () => {
    const window = new LatencyWindow();
    for (let call = 0; call < 7; call++) window.add(10);
    assert.equal(window.percentileMs(0.5), null);
    window.add(10);
    assert.equal(window.percentileMs(0.5), 10);
  });

  it("give the duration that so many calls did not exceed", () => {
    const window = new LatencyWindow();
    for (const ms of [100, 10, 90, 20, 80, 30, 70, 40, 60, 50]) window.add(ms);
    assert.equal(window.percentileMs(0.5), 60);
    assert.equal(window.percentileMs(0.95), 100);
    assert.equal(window.percentileMs(1), 100);
  });

  it("forget what is old", () => {
    const window = new LatencyWindow();
    for (let call = 0; call < 32; call++) window.add(1_000);
    for (let call = 0; call < 32; call++) window.add(5);
    assert.equal(window.percentileMs(1), 5);
  });
});
