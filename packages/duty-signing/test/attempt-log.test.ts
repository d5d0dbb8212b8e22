import assert from "node:assert/strict";
import type {Slot} from "@mote/core";
import {type AttemptKind, AttemptLog} from "../src/attempt-log.ts";
import {pubkey} from "./gate-fixture.ts";

const [A, B] = [pubkey(1), pubkey(2)];
const slot = (number: number): Slot => number as Slot;

describe("AttemptLog", () => {
  it("lets each key begin each kind once a slot", () => {
    const log = new AttemptLog({slotsKeptMax: 8});
    const kinds: AttemptKind[] = ["vote", "block", "envelope", "sync_message", "payload_attestation"];
    for (const kind of kinds) {
      assert.equal(log.begin(kind, slot(5), A), true, kind);
      assert.equal(log.begin(kind, slot(5), B), true, kind);
      assert.equal(log.begin(kind, slot(6), A), true, kind);
      assert.equal(log.begin(kind, slot(5), A), false, kind);
    }
  });

  it("keeps so many slots of a kind and no more", () => {
    const log = new AttemptLog({slotsKeptMax: 3});
    for (let number = 0; number < 10; number++) log.begin("vote", slot(number), A);
    assert.equal(log.slotCount("vote"), 3);
    assert.equal(log.slotCount("block"), 0);
    for (const number of [7, 8, 9]) assert.equal(log.begin("vote", slot(number), A), false);
    assert.equal(log.begin("vote", slot(6), A), true);
  });

  it("remembers the present when the clock was far ahead for a moment", () => {
    const log = new AttemptLog({slotsKeptMax: 3});
    log.begin("vote", slot(5), A);
    log.begin("vote", slot(1_000_000), A);
    assert.equal(log.begin("vote", slot(5), A), false);
    assert.equal(log.begin("vote", slot(6), A), true);
  });
});
