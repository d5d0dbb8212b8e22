import assert from "node:assert/strict";
import type {AttesterDuty, Root, ValidatorInfo} from "@mote/core";
import {FakeDutiesSource, FakeDutyJournal, FakeLog, FakeValidatorStatuses} from "@mote/testing";
import {AttestationDuties} from "../../src/attestation/attestation-duties.ts";
import {ValidatorRegistry} from "../../src/validators/validator-registry.ts";
import {DUE_MS, duty, epoch, fakeTime, head, root, SLOT_MS, slot, validator} from "../support/world.ts";

describe("AttestationDuties", () => {
  async function setUp({infos = [validator(1)], atSlot = 8}: {infos?: ValidatorInfo[]; atSlot?: number} = {}) {
    const {clock, slotClock} = fakeTime(atSlot);
    const [journal, log] = [new FakeDutyJournal(), new FakeLog()];
    const registry = new ValidatorRegistry(
      {pubkeys: [validator(1).pubkey, validator(2).pubkey]},
      {statuses: new FakeValidatorStatuses({infos}), log},
    );
    await registry.refresh();
    const chain = {
      roots: new Map<number, Root>([
        [1, root(10)],
        [2, root(11)],
      ]),
      offset: 1,
    };
    const replaced: AttesterDuty[][] = [];
    const source = new FakeDutiesSource({
      dutyOf: (of, index) => duty(index, of * 8 + chain.offset),
      dependentRootOf: (of) => chain.roots.get(of) ?? root(0),
    });
    const duties = new AttestationDuties(
      {attestationDueMs: () => DUE_MS, onReplaced: (all) => replaced.push([...all])},
      {source, registry, journal, slotClock, log},
    );
    return {clock, slotClock, journal, log, registry, infos, source, asked: source.asked, chain, replaced, duties};
  }

  it("asks for this and the next epoch once, and opens a record for each duty", async () => {
    const {duties, asked, journal} = await setUp();
    assert.equal(await duties.ensureCurrent(), true);
    assert.equal(await duties.ensureCurrent(), true);
    assert.deepEqual(
      asked.map((call) => call.epoch),
      [1, 2],
    );
    assert.deepEqual(
      duties.dutiesAt(slot(9)).map(({validatorIndex}) => validatorIndex),
      [1],
    );
    assert.ok(journal.of(1, 9) && journal.of(1, 17));
  });

  it("asks for epoch 0 alone however long before genesis, and for epoch 1 once it runs", async () => {
    const {duties, asked, clock} = await setUp({atSlot: -50});
    assert.equal(await duties.ensureCurrent(), true);
    await clock.advance(50 * SLOT_MS);
    assert.equal(await duties.ensureCurrent(), true);
    assert.deepEqual(
      asked.map((call) => call.epoch),
      [0, 1],
    );
  });

  it("asks again for the epoch whose dependent root the head contradicts, and withdraws what no longer stands", async () => {
    const {duties, asked, chain, journal, clock, replaced, slotClock} = await setUp();
    await duties.ensureCurrent();
    chain.roots.set(2, root(99));
    chain.offset = 3;
    duties.onChainEvent(head(9, slotClock.nowMs(), {nextEpochDependentRoot: root(99)}));
    await clock.advance(0);
    assert.deepEqual(
      asked.map((call) => call.epoch),
      [1, 2, 2],
    );
    assert.deepEqual(
      journal.withdrawn.map((key) => key.slot),
      [17],
    );
    assert.equal(duties.dutiesAt(slot(17)).length, 0);
    assert.equal(duties.dutiesAt(slot(19)).length, 1);
    assert.equal(replaced.length, 3);
  });

  it("is not kept busy by a node that announces a root nobody else has", async () => {
    const {duties, asked, clock, slotClock} = await setUp();
    await duties.ensureCurrent();
    for (let i = 0; i < 5; i++) {
      duties.onChainEvent(head(9, slotClock.nowMs(), {nextEpochDependentRoot: root(66)}));
      await clock.advance(0);
    }
    assert.equal(asked.length, 3);
  });

  it("asks again when a node's events stand again, and for keys that became validators", async () => {
    const {duties, asked, clock, infos, registry} = await setUp();
    await duties.ensureCurrent();
    duties.onChainEvent({kind: "connected", beaconNode: "bn0"});
    await clock.advance(0);
    assert.equal(asked.length, 4);
    infos.push(validator(2, {status: "pending_queued"}));
    await registry.refresh();
    await duties.ensureCurrent();
    assert.deepEqual(
      asked.slice(4).map((call) => [call.epoch, ...call.indices]),
      [
        [1, 1, 2],
        [2, 1, 2],
      ],
    );
  });

  it("complains of what repeats once", async () => {
    const {duties, source, log} = await setUp();
    source.failure = "down";
    for (let i = 0; i < 3; i++) await duties.ensureCurrent();
    assert.deepEqual(log.lines, ["warn attester duties not read"]);
  });

  it("keeps what it has when nobody answers, and says that it is not complete", async () => {
    const {duties, source, clock, slotClock} = await setUp();
    await duties.ensureCurrent();
    source.failure = "down";
    await clock.advance(8 * 6_000);
    assert.equal(slotClock.currentEpoch(), epoch(2));
    assert.equal(await duties.ensureCurrent(), false);
    assert.equal(duties.dutiesAt(slot(17)).length, 1);
  });
});

describe("ValidatorRegistry", () => {
  const setUp = (infos: ValidatorInfo[]) => {
    const log = new FakeLog();
    const registry = new ValidatorRegistry(
      {pubkeys: infos.map((info) => info.pubkey)},
      {statuses: new FakeValidatorStatuses({infos}), log},
    );
    return {registry, log};
  };

  it("lets no exited, slashed or unknown key sign", async () => {
    const infos = [
      validator(1),
      validator(2, {status: "exited_unslashed", exitEpoch: epoch(3)}),
      validator(3, {status: "active_slashed", slashed: true}),
      validator(4, {status: "active_exiting", exitEpoch: epoch(6)}),
      validator(5, {status: "withdrawal_done", exitEpoch: epoch(1)}),
    ];
    const {registry} = setUp(infos);
    assert.equal(registry.mayAttest(validator(1).pubkey, epoch(5)), false, "not before the chain was asked");
    await registry.refresh();
    const may = [1, 2, 3, 4, 5, 9].map((index) => registry.mayAttest(validator(index).pubkey, epoch(5)));
    assert.deepEqual(may, [true, false, false, true, false, false]);
    assert.equal(registry.mayAttest(validator(4).pubkey, epoch(6)), false, "not from its exit epoch on");
    assert.deepEqual(registry.indicesWithDuties(), [1, 4]);
  });

  it("never unlearns a slashing, whatever a lagging node says", async () => {
    const infos = [validator(1, {slashed: true, status: "active_slashed"})];
    const {registry} = setUp(infos);
    await registry.refresh();
    infos[0] = validator(1);
    await registry.refresh();
    assert.equal(registry.mayAttest(validator(1).pubkey, epoch(5)), false);
    assert.deepEqual(registry.indicesWithDuties(), []);
  });

  it("takes no validator that it did not ask for", async () => {
    const log = new FakeLog();
    const registry = new ValidatorRegistry(
      {pubkeys: [validator(1).pubkey]},
      {statuses: {validators: async () => [validator(1), validator(2)]}, log},
    );
    await registry.refresh();
    assert.deepEqual(registry.indicesWithDuties(), [1]);
  });
});
