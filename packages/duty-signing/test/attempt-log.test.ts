import assert from "node:assert/strict";
import type {Slot} from "@mote/core";
import {AttemptLog} from "../src/attempt-log.ts";
import {pubkey} from "./gate-fixture.ts";

describe("AttemptLog", () => {
  it("lets each key begin once a slot", () => {
    const log = new AttemptLog();
    assert.equal(log.begin(5 as Slot, pubkey(1)), true);
    assert.equal(log.begin(5 as Slot, pubkey(1)), false);
    assert.equal(log.begin(5 as Slot, pubkey(2)), true);
    assert.equal(log.begin(6 as Slot, pubkey(1)), true);
  });

  it("keeps no more slots than it is told to", () => {
    const log = new AttemptLog();
    for (let slot = 0; slot < 1000; slot++) {
      log.forgetBefore((slot - 15) as Slot);
      log.begin(slot as Slot, pubkey(1));
      assert(log.slotCount <= 16);
    }
    assert.equal(log.begin(984 as Slot, pubkey(1)), false, "what is recent is kept");
    assert.equal(log.begin(983 as Slot, pubkey(1)), true);
  });
});
