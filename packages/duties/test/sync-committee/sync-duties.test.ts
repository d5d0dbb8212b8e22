import assert from "node:assert/strict";
import type {ValidatorStatus} from "@mote/core";
import {FakeDutiesSource, FakeLog, FakeValidatorStatuses} from "@mote/testing";
import {SyncDuties} from "../../src/sync-committee/sync-duties.ts";
import {ValidatorRegistry} from "../../src/validators/validator-registry.ts";
import {syncDuty} from "../support/sync-world.ts";
import {fakeTime, pubkey, root, slot, validator} from "../support/world.ts";

describe("SyncDuties", () => {
  for (const status of ["active_exiting", "exited_unslashed", "withdrawal_done"] satisfies ValidatorStatus[]) {
    it(`asks for the seats of a validator that is ${status}: a committee keeps its members to the period's end`, async () => {
      const {slotClock} = fakeTime(9);
      const log = new FakeLog();
      const statuses = new FakeValidatorStatuses({infos: [validator(1, {status}), validator(2)]});
      const registry = new ValidatorRegistry({pubkeys: [pubkey(1), pubkey(2)]}, {statuses, log});
      const dutiesSource = new FakeDutiesSource({dutyOf: () => null, dependentRootOf: () => root(1)});
      dutiesSource.seatsOf = (_, index) => syncDuty(index, [index]);
      const duties = new SyncDuties({onReplaced: () => {}}, {dutiesSource, registry, slotClock, log});
      assert.equal(await duties.ensureThisSlot(), true);
      assert.deepEqual(duties.dutiesAt(slot(9)), [], "the chain has not told yet who is who");
      await registry.refresh();
      await duties.ensureThisSlot();
      assert.deepEqual(duties.dutiesAt(slot(9)), [syncDuty(1, [1]), syncDuty(2, [2])]);
    });
  }
});
