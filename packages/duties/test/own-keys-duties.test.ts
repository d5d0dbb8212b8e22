import assert from "node:assert/strict";
import type {PtcDuty, SyncDuty, ValidatorIndex} from "@mote/core";
import {FakeDutiesSource} from "@mote/testing";
import {ownKeysDuties} from "../src/own-keys-duties.ts";
import {duty, epoch, pubkey, root, validator} from "./support/world.ts";

describe("ownKeysDuties", () => {
  /** Beacon nodes name validator 1 by this key. */
  function setUp(named: number) {
    const source = new FakeDutiesSource({
      dutyOf: (of, index) => ({...duty(index, of * 8), pubkey: pubkey(named)}),
      dependentRootOf: () => root(1),
    });
    source.seatsOf = (_epoch, index): SyncDuty => ({...duty(index, 0), pubkey: pubkey(named), seats: [0]});
    source.ptcOf = (of, index): PtcDuty[] => [{...duty(index, of * 8), pubkey: pubkey(named)}];
    const ours = [1, 2].map((index) => validator(index));
    const registry = {validatorAt: (index: ValidatorIndex) => ours.find((one) => one.index === index) ?? null};
    const duties = ownKeysDuties(source, {registry});
    const indices = [1 as ValidatorIndex];
    return [
      async () => (await duties.attesterDuties(epoch(1), indices)).duties,
      () => duties.syncDuties(epoch(1), indices),
      async () => (await duties.ptcDuties(epoch(1), indices)).duties,
    ];
  }

  it("takes duties that name our validators by their keys", async () => {
    for (const ask of setUp(1)) assert.equal((await ask()).length, 1);
  });

  it("refuses an answer that names one of them by another key, also one of ours", async () => {
    for (const named of [2, 3])
      for (const ask of setUp(named)) await assert.rejects(ask, /duty of validator 1 names key 0x0+[23], which is not/);
  });
});
