import assert from "node:assert/strict";
import {
  FakeChainEvents,
  FakeDutiesSource,
  FakeInclusionSource,
  FakeLog,
  FakeValidatorLiveness,
  FakeValidatorStatuses,
  MemorySlashingProtection,
} from "@mote/testing";
import {DutyRunner} from "../src/duty-runner.ts";
import {StaleBackupCheck} from "../src/safety/stale-backup.ts";
import {ValidatorRegistry} from "../src/validators/validator-registry.ts";
import {AGGREGATE_DUE_MS, DUE_MS, duty, epoch, fakePorts, root, SLOT_MS, validator} from "./support/world.ts";

describe("DutyRunner", () => {
  function setUp() {
    const {chain, ...ports} = fakePorts(14);
    const log = new FakeLog();
    const statuses = new FakeValidatorStatuses({infos: [validator(1), validator(2)]});
    const pubkeys = [validator(1).pubkey, validator(2).pubkey];
    const registry = new ValidatorRegistry({pubkeys}, {statuses, log});
    const [liveness, protection] = [new FakeValidatorLiveness(), new MemorySlashingProtection()];
    const {slotClock} = ports;
    const noWitnesses = {witnessThreshold: 1, witnesses: () => []};
    const staleBackup = new StaleBackupCheck({registry, protection, liveness, chain: noWitnesses, log, slotClock});
    const runner = new DutyRunner(
      {attestationDueMs: () => DUE_MS, aggregateDueMs: () => AGGREGATE_DUE_MS, indexNamesPayload: () => false},
      {
        ...ports,
        registry,
        protection,
        staleBackup,
        log,
        chainData: chain,
        chainEvents: new FakeChainEvents(),
        inclusionSource: new FakeInclusionSource({committeeLengths: () => [4]}),
        dutiesSource: new FakeDutiesSource({
          dutyOf: (of, index) => duty(index, of * 8 + index + 4),
          dependentRootOf: () => root(1),
        }),
      },
    );
    return {...ports, log, registry, statuses, liveness, staleBackup, runner};
  }

  async function started() {
    const world = setUp();
    await world.runner.start();
    return world;
  }

  it("votes once an epoch for each validator, and begins nothing after it was stopped", async () => {
    const {clock, publisher, runner} = await started();
    await clock.advance(8 * SLOT_MS);
    const voted = publisher.votes.flat().map(({attesterIndex, data}) => [attesterIndex, data.slot]);
    assert.deepEqual(voted, [
      [2, 14],
      [1, 21],
    ]);
    await runner.stop();
    await clock.advance(16 * SLOT_MS);
    assert.equal(publisher.votes.length, 2);
  });

  it("learns of a slashing in the slot after the one in which nobody answered", async () => {
    const {clock, registry, statuses, runner} = await started();
    await clock.advance(SLOT_MS + 10);
    statuses.infos = [validator(1, {status: "active_slashed", slashed: true}), validator(2)];
    statuses.failure = "down";
    // Late in the first slot of epoch 2, which asked in vain when its votes were over.
    await clock.advance(2 * SLOT_MS - 1_000);
    assert.equal(registry.mayAttest(validator(1).pubkey, epoch(2)), true);
    statuses.failure = null;
    await clock.advance(SLOT_MS);
    assert.equal(registry.mayAttest(validator(1).pubkey, epoch(2)), false);
    await runner.stop();
  });

  it("knows of every key whether it may sign before it begins", async () => {
    const {liveness, staleBackup, runner} = await started();
    assert.deepEqual(
      liveness.asked.map((one) => one.epoch),
      [0, 1],
    );
    for (const index of [1, 2]) assert.equal(staleBackup.refusalOf(validator(index).pubkey), null);
    await runner.stop();
  });

  it("begins without an answer after two seconds, asks in each slot, and makes up for the selection proofs", async () => {
    const {clock, liveness, signer, staleBackup, log, runner} = setUp();
    const {pubkey} = validator(1);
    signer.refusals.set(pubkey, "LIVENESS_UNKNOWN");
    let answer = () => {};
    liveness.failure = "too few beacon nodes answered";
    liveness.until = new Promise((resolve) => {
      answer = resolve;
    });
    let isReady = false;
    const start = runner.start().then(() => {
      isReady = true;
    });
    await clock.advance(1_999);
    assert.equal(isReady, false);
    await clock.advance(1);
    await start;
    assert.equal(staleBackup.refusalOf(pubkey)?.reason, "LIVENESS_UNKNOWN");
    answer();
    await clock.advance(SLOT_MS);
    assert.equal(liveness.asked.length, 4);
    assert.deepEqual(
      signer.selectionProofs.map((proof) => proof.pubkey).filter((key) => key === pubkey),
      [],
    );
    signer.refusals.delete(pubkey);
    liveness.failure = null;
    await clock.advance(SLOT_MS);
    assert.equal(staleBackup.refusalOf(pubkey), null);
    assert.notDeepEqual(
      signer.selectionProofs.map((proof) => proof.pubkey).filter((key) => key === pubkey),
      [],
    );
    assert.deepEqual(
      log.lines.filter((line) => line.includes("selection proof")),
      [],
    );
    await runner.stop();
  });
});
