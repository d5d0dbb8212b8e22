import assert from "node:assert/strict";
import type {Clock} from "@mote/core";
import {LinesView, ScreenView} from "../../src/devnet/devnet-view.ts";
import {FakeDevnet} from "./fake-devnet.ts";

function collector() {
  const written: string[] = [];
  return {written, stream: {columns: 80, rows: 40, write: (text: string) => written.push(text)}};
}

describe("LinesView", () => {
  it("writes notices and a line for each slot, until it is closed", () => {
    const {written, stream} = collector();
    const view = new LinesView({stream});
    const devnet = new FakeDevnet(0);
    view.notice("hello");
    view.show(devnet);
    devnet.endSlot(20);
    assert.equal(written[0], "hello\n");
    assert.match(written[1]!, /^slot 20 · epoch 2 · .*\n$/);
    view.close();
    view.notice("too late");
    assert.equal(written.length, 2);
  });
});

describe("ScreenView", () => {
  it("writes notices as lines first, then into the frame, and stops drawing when it is closed", () => {
    const {written, stream} = collector();
    const timers = new Set<() => void>();
    const clock: Clock = {
      nowMs: () => 21_500,
      after: (_delayMs, run) => {
        timers.add(run);
        return () => timers.delete(run);
      },
    };
    const view = new ScreenView({validators: 8, color: false}, {stream, clock});
    view.notice("before");
    assert.deepEqual(written, ["before\n"]);
    view.show(new FakeDevnet(0), () => [{name: "micro-node", isRunning: true, rssBytes: null, p2p: null}]);
    view.notice("in the frame");
    assert.ok(!written.join("").includes("in the frame"));
    for (const run of timers) {
      timers.delete(run);
      run();
      break;
    }
    assert.ok(written.at(-1)?.includes(" ! in the frame"));
    view.close();
    assert.equal(timers.size, 0);
    assert.equal(written.at(-1), "\u001b[?25h");
    const count = written.length;
    view.notice("too late");
    view.close();
    assert.equal(written.length, count);
  });
});
