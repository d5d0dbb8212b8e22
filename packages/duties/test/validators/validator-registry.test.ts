import assert from "node:assert/strict";
import type {Epoch, ValidatorInfo} from "@mote/core";
import {FakeLog, FakeValidatorStatuses} from "@mote/testing";
import {ValidatorRegistry} from "../../src/validators/validator-registry.ts";
import {epoch, pubkey, validator} from "../support/world.ts";

describe("ValidatorRegistry", () => {
  const setUp = (infos: readonly ValidatorInfo[], indices = infos.map(({index}) => Number(index))) => {
    const log = new FakeLog();
    const statuses = new FakeValidatorStatuses({infos});
    const registry = new ValidatorRegistry({pubkeys: indices.map(pubkey)}, {statuses, log});
    const refused = (purpose: Parameters<typeof registry.refusalOf>[1], of: number) =>
      [1, 2, 3, 4, 5, 6, 9].filter((index) => registry.refusalOf(pubkey(index), purpose, epoch(of)) !== null);
    return {registry, log, statuses, refused};
  };
  const FAR = Number.POSITIVE_INFINITY as Epoch;
  const ALL = [
    validator(1),
    validator(2, {status: "exited_unslashed", exitEpoch: epoch(3)}),
    validator(3, {status: "exited_slashed", slashed: true, exitEpoch: epoch(3)}),
    validator(4, {status: "active_exiting", exitEpoch: epoch(6)}),
    validator(5, {status: "pending_queued", activationEpoch: epoch(7)}),
    validator(6, {status: "pending_initialized", activationEpoch: FAR}),
  ];

  it("knows of no key that it may sign a duty before the chain was asked", () => {
    const {refused} = setUp(ALL);
    for (const purpose of ["attest", "propose", "sync"] as const) {
      assert.deepEqual(refused(purpose, 5), [1, 2, 3, 4, 5, 6, 9]);
    }
    assert.deepEqual(refused("administer", 5), [9]);
  });

  it("refuses by what the signature is for", async () => {
    const {registry, refused} = setUp(ALL);
    await registry.refresh();
    for (const purpose of ["attest", "propose"] as const) {
      assert.deepEqual(refused(purpose, 5), [2, 3, 5, 6, 9], purpose);
      assert.deepEqual(
        refused(purpose, 6),
        [2, 3, 4, 6, 9],
        "from the epoch before the activation, up to the exit epoch",
      );
    }
    assert.deepEqual(refused("sync", 5), [9], "a committee keeps its members");
    assert.deepEqual(refused("administer", 5), [9]);
    assert.equal(registry.refusalOf(pubkey(3), "attest", epoch(5))?.reason, "KEY_NOT_ACTIVE");
    assert.match(registry.refusalOf(pubkey(2), "attest", epoch(5))?.detail ?? "", /validator 2 is exited_unslashed/);
  });

  it("asks duties for who has them or will have them soon, and seats for all that are known", async () => {
    const {registry} = setUp(ALL);
    await registry.refresh();
    assert.deepEqual(registry.indicesWithDuties(), [1, 4, 5]);
    assert.deepEqual(registry.indicesForSyncDuties(), [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(registry.counts(), {total: 6, known: 6, withDuties: 3});
  });

  it("lets the first validators sign ahead of the genesis", async () => {
    const {registry} = setUp([validator(1)]);
    await registry.refresh();
    assert.equal(registry.refusalOf(pubkey(1), "attest", epoch(-50)), null);
  });

  it("gives duties to a key that becomes active", async () => {
    const {registry, statuses} = setUp([validator(1, {status: "pending_initialized", activationEpoch: FAR})]);
    await registry.refresh();
    assert.deepEqual(registry.indicesWithDuties(), []);
    statuses.infos = [validator(1, {status: "pending_queued", activationEpoch: epoch(7)})];
    await registry.refresh();
    assert.deepEqual(registry.indicesWithDuties(), [1]);
  });

  it("takes in keys that are added while it is used, and asks again when nobody answered", async () => {
    const {registry, statuses} = setUp([validator(1), validator(2), validator(3)], [1]);
    await registry.refresh();
    registry.add([pubkey(1), pubkey(2)]);
    assert.deepEqual(registry.indicesWithDuties(), [1]);
    assert.equal(await registry.readAdded(), true);
    assert.deepEqual(registry.indicesWithDuties(), [1, 2]);
    statuses.failure = "down";
    registry.add([pubkey(3)]);
    assert.equal(await registry.readAdded(), false);
    assert.deepEqual(registry.indicesWithDuties(), [1, 2]);
    statuses.failure = null;
    assert.equal(await registry.readAdded(), true);
    assert.deepEqual(registry.indicesWithDuties(), [1, 2, 3]);
  });

  it("forgets keys that are taken away, also with an answer under way", async () => {
    const {registry, refused} = setUp([validator(1), validator(2)]);
    const refreshing = registry.refresh();
    registry.remove([pubkey(2)]);
    await refreshing;
    assert.deepEqual(registry.indicesForSyncDuties(), [1]);
    assert.deepEqual(refused("administer", 5), [2, 3, 4, 5, 6, 9]);
    registry.remove([pubkey(1)]);
    assert.equal(registry.validatorAt(validator(1).index), null);
    assert.deepEqual(registry.counts(), {total: 0, known: 0, withDuties: 0});
  });

  it("keeps what it knows when nobody answers, and complains once", async () => {
    const {registry, statuses, log} = setUp([validator(1)]);
    assert.equal(await registry.refresh(), true);
    statuses.failure = "down";
    for (let at = 0; at < 3; at++) assert.equal(await registry.refresh(), false);
    assert.deepEqual(registry.indicesWithDuties(), [1]);
    assert.deepEqual(log.lines, ["warn validator statuses not read"]);
  });

  it("never unlearns a slashing, whatever a lagging node says, and tells of it once", async () => {
    const {registry, statuses} = setUp([validator(1)]);
    const told: (readonly number[])[] = [];
    registry.onSlashed((slashed) => told.push(slashed.map(({index}) => index)));
    await registry.refresh();
    for (const slashed of [true, false, true]) {
      statuses.infos = [validator(1, slashed ? {slashed, status: "active_slashed"} : {})];
      await registry.refresh();
      assert.equal(registry.refusalOf(pubkey(1), "attest", epoch(5))?.reason, "KEY_NOT_ACTIVE");
      assert.deepEqual(registry.indicesWithDuties(), []);
    }
    assert.deepEqual(told, [[1]]);
  });

  it("tells of a slashing that it was there for, however late it is told", async () => {
    const {registry, statuses} = setUp([validator(1)]);
    let count = 0;
    registry.onSlashed(() => count++);
    await registry.refresh();
    statuses.infos = [validator(1, {slashed: true, status: "withdrawal_done"})];
    await registry.refresh();
    assert.equal(count, 1);
  });

  it("takes no validator that it did not ask for", async () => {
    const statuses = {validators: async () => [validator(1), validator(2)]};
    const registry = new ValidatorRegistry({pubkeys: [pubkey(1)]}, {statuses, log: new FakeLog()});
    await registry.refresh();
    assert.deepEqual(registry.indicesForSyncDuties(), [1]);
  });
});
