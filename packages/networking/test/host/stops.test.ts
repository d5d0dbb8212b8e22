import assert from "node:assert/strict";
import {FakeClock, FakeLog} from "@mote/testing";
import {Stops} from "../../src/stops.ts";

describe("Stops", () => {
  it("stops the last first, once, and all of them: those that fail, and those that never end, too", async () => {
    const clock = new FakeClock({nowMs: 0});
    const log = new FakeLog();
    const stops = new Stops({clock, log});
    const stopped: string[] = [];
    stops.add("first", () => stopped.push("first"));
    stops.add("hanging", () => new Promise(() => {}));
    stops.add("broken", () => {
      throw new Error("broken");
    });
    stops.add("failing", async () => Promise.reject(new Error("failed")));
    stops.add("last", async () => stopped.push("last"));
    let isDone = false;
    void stops.run().then(() => {
      isDone = true;
    });
    await clock.advance(1_999);
    assert.deepEqual([stopped, isDone], [["last"], false]);
    await clock.advance(1);
    assert.deepEqual([stopped, isDone], [["last", "first"], true]);
    assert.deepEqual(log.lines, [
      "warn failing did not stop well",
      "warn broken did not stop well",
      "warn hanging did not stop in time",
    ]);
    await stops.run();
    assert.equal(stopped.length, 2);
  });
});
