import assert from "node:assert/strict";
import type {ChainEvent} from "@mote/core";
import {FakeClock, fakeRoot} from "@mote/testing";
import {KNOWN_HEADS_MAX} from "../../src/limits.ts";
import {KnownHeads} from "../../src/set/known-heads.ts";
import {TIMING} from "../support/set-under-test.ts";

describe("heads that events named", () => {
  const NOW_SLOT = 20;
  let heads: KnownHeads;
  const hear = (slot: number, byte: number, root = fakeRoot(byte)) =>
    heads.hear({kind: "head", slot, blockRoot: root} as ChainEvent);

  beforeEach(() => {
    heads = new KnownHeads({timing: TIMING}, {clock: new FakeClock({nowMs: 1_000_000})});
  });

  it("in the future are not believed", () => {
    hear(NOW_SLOT + 1, 1);
    hear(NOW_SLOT + 2, 2);
    hear(Number.MAX_SAFE_INTEGER, 3);
    assert.deepEqual(
      [1, 2, 3].map((byte) => heads.slotOf(fakeRoot(byte))),
      [NOW_SLOT + 1, undefined, undefined],
    );
  });

  it("keep the slot that was told first", () => {
    hear(19, 1);
    hear(3, 1);
    assert.equal(heads.slotOf(fakeRoot(1)), 19);
  });

  it("are forgotten, the oldest first", () => {
    hear(1, 1);
    for (let head = 0; head < KNOWN_HEADS_MAX; head++)
      hear(2, 0, `${fakeRoot(2).slice(0, -3)}${head.toString(16).padStart(3, "0")}` as ReturnType<typeof fakeRoot>);
    assert.equal(heads.slotOf(fakeRoot(1)), undefined);
  });
});
