import assert from "node:assert/strict";
import {FakeClock} from "@mote/testing";
import {LineLog} from "../../src/log/line-log.ts";

describe("LineLog", () => {
  function setUp(format: "human" | "json") {
    const lines: string[] = [];
    const clock = new FakeClock({nowMs: 1_800_000_000_000});
    return {lines, log: new LineLog({level: "info", format}, {clock, sink: {write: (line) => lines.push(line)}})};
  }

  it("writes one JSON object a line, with the time of its clock", () => {
    const {lines, log} = setUp("json");
    log.warn("words", {reason: "R"});
    log.event("slot", "slot 9", {slot: 9});
    log.record("duty", {slot: 9});
    log.debug("not asked for");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      [
        {level: "warn", time: 1_800_000_000_000, reason: "R", msg: "words"},
        {level: "info", time: 1_800_000_000_000, event: "slot", slot: 9, msg: "slot 9"},
        {level: "info", time: 1_800_000_000_000, event: "duty", slot: 9, msg: "duty"},
      ],
    );
  });

  it("writes calm lines for people: details of words, no figures of events, no records", () => {
    const {lines, log} = setUp("human");
    log.warn("words", {reason: "R", detail: "two words"});
    log.event("slot", "slot 9 · 8/8 votes", {slot: 9});
    log.record("duty", {slot: 9});
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? "", /^\d\d:\d\d:\d\d ! words {2}reason=R detail="two words"\n$/);
    assert.match(lines[1] ?? "", /^\d\d:\d\d:\d\d {3}slot 9 · 8\/8 votes\n$/);
  });
});
