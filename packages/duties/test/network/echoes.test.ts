import assert from "node:assert/strict";
import type {ValidatorInfo} from "@mote/core";
import {FakeDutyJournal} from "@mote/testing";
import {dutyKey} from "../../src/duty-key.ts";
import {Echoes} from "../../src/network/echoes.ts";
import {echo, seenBlock} from "../support/network.ts";
import {duty, validator} from "../support/world.ts";

describe("Echoes", () => {
  function setUp() {
    const journal = new FakeDutyJournal();
    const ours: readonly ValidatorInfo[] = [validator(1), validator(2)];
    const registry = {validatorAt: (at: number) => ours.find(({index}) => index === at) ?? null};
    for (const kind of ["attestation", "proposal", "sync_message"] as const)
      for (const {index} of ours) journal.open(dutyKey(kind, duty(index, 9)), 0);
    return {journal, echoes: new Echoes({registry, journal})};
  }

  it("are written into the record of the message that came back, with the first time", () => {
    const {journal, echoes} = setUp();
    echoes.onNetworkEvent(echo("attestation", 1, 9, 500));
    echoes.onNetworkEvent(echo("attestation", 1, 9, 600));
    echoes.onNetworkEvent(echo("proposal", 2, 9, 300));
    echoes.onNetworkEvent(seenBlock(9, 100));
    assert.equal(journal.of(1, 9)?.reachedMs.echoed, 500);
    assert.equal(journal.of(2, 9)?.reachedMs.echoed, undefined);
    assert.equal(journal.of(2, 9, "proposal")?.reachedMs.echoed, 300);
  });

  it("count after the vote was included, too, and are dropped when the record has ended or is nobody's", () => {
    const {journal, echoes} = setUp();
    journal.reached(dutyKey("attestation", duty(1, 9)), "included", 100);
    echoes.onNetworkEvent(echo("attestation", 1, 9, 500));
    assert.equal(journal.of(1, 9)?.reachedMs.echoed, 500);
    journal.close(dutyKey("sync_message", duty(1, 9)));
    for (const index of [1, 7]) echoes.onNetworkEvent(echo("sync_message", index, 9, 500));
    echoes.onNetworkEvent(echo("sync_contribution", 1, 9, 500));
    assert.equal(journal.of(1, 9, "sync_message")?.reachedMs.echoed, undefined);
  });
});
