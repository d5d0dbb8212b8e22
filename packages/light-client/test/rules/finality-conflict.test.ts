import assert from "node:assert/strict";
import type {Root, Slot} from "@mote/core";
import {isFinalityConflict} from "../../src/rules/finality-conflict.ts";

const block = (slot: number, root: string, parentRoot: string) => ({
  slot: slot as Slot,
  root: root as Root,
  parentRoot: parentRoot as Root,
});

describe("isFinalityConflict", () => {
  const known = block(8, "0xa", "0x9");

  it("sees two blocks of one slot", () => {
    assert.equal(isFinalityConflict(known, known), false);
    assert.equal(isFinalityConflict(known, block(8, "0xb", "0x9")), true);
  });

  it("sees a block of the next slot with another parent, from either side", () => {
    const child = block(9, "0xc", "0xa");
    const stranger = block(9, "0xc", "0xd");
    assert.deepEqual([isFinalityConflict(known, child), isFinalityConflict(child, known)], [false, false]);
    assert.deepEqual([isFinalityConflict(known, stranger), isFinalityConflict(stranger, known)], [true, true]);
  });

  it("does not judge over a gap", () => {
    assert.equal(isFinalityConflict(known, block(16, "0xe", "0xf")), false);
  });
});
