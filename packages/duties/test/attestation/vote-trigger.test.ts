import assert from "node:assert/strict";
import type {Root} from "@mote/core";
import {VoteTriggers} from "../../src/attestation/vote-trigger.ts";
import {DUE_MS, fakeTime, head, root, SLOT_MS, slot} from "../support/world.ts";

describe("VoteTriggers", () => {
  function setUp() {
    const {clock, slotClock} = fakeTime(9);
    const triggers = new VoteTriggers({slotClock});
    const {signal} = new AbortController();
    const announce = (of: number, blockRoot: Root, beaconNode = "bn0") =>
      triggers.onChainEvent(head(of, slotClock.nowMs(), {blockRoot, beaconNode}));
    /** The head that is handed out next; null when there is only the due time to wait for. */
    const next = async (of: number): Promise<Root | null> => {
      const dueMs = slotClock.nowMs() + DUE_MS;
      const trigger = triggers.next(slot(of), dueMs, signal);
      await clock.advance(DUE_MS);
      const reached = await trigger;
      return reached.kind === "head" ? reached.blockRoot : null;
    };
    return {announce, clock, next};
  }

  it("hands out the newest head first, and each head once however many nodes announce it", async () => {
    const {announce, next} = setUp();
    announce(9, root(1), "bn0");
    announce(9, root(2), "bn1");
    announce(9, root(2), "bn2");
    assert.deepEqual([await next(9), await next(9), await next(9)], [root(2), root(1), null]);
  });

  it("keeps an honest node's head whatever another one announces, and of that one the last word alone", async () => {
    const {announce, next} = setUp();
    announce(9, root(1), "honest");
    for (let lie = 2; lie < 1000; lie++) announce(9, root(lie), "liar");
    assert.deepEqual([await next(9), await next(9), await next(9)], [root(999), root(1), null]);
  });

  it("remembers the slots around the clock's alone", async () => {
    for (const [of, isKept] of [
      [5, true],
      [4, false],
      [10, true],
      [11, false],
    ] as const) {
      const {announce, clock, next} = setUp();
      announce(of, root(1));
      clock.jump((of - 9) * SLOT_MS);
      assert.equal(await next(of), isKept ? root(1) : null, `slot ${of}`);
    }
  });
});
