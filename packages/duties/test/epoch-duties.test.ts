import assert from "node:assert/strict";
import type {AttesterDuty, Epoch, Root, ValidatorInfo} from "@mote/core";
import {FakeDutiesSource, FakeDutyJournal, FakeLog, FakeValidatorStatuses} from "@mote/testing";
import {dutyKey} from "../src/duty-key.ts";
import {EpochDuties} from "../src/epoch-duties.ts";
import {ValidatorRegistry} from "../src/validators/validator-registry.ts";
import {DUE_MS, duty, epoch, fakeTime, head, root, SLOT_MS, slot, validator} from "./support/world.ts";

interface SetUp {
  readonly infos?: ValidatorInfo[];
  readonly atSlot?: number;
  readonly forkEpochs?: readonly number[];
  readonly firstEpoch?: number;
  readonly settledFrom?: number;
  /** How many epochs before the duties' own the epoch lies that they rest on. */
  readonly restsBefore?: number;
}

describe("EpochDuties", () => {
  async function setUp({
    infos = [validator(1)],
    atSlot = 8,
    forkEpochs = [],
    firstEpoch,
    settledFrom = 0,
    restsBefore = 1,
  }: SetUp = {}) {
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
      /** What the answers wait for. */
      until: Promise.resolve(),
    };
    const replaced: (readonly AttesterDuty[])[] = [];
    const source = new FakeDutiesSource({
      dutyOf: (of, index) => duty(index, of * 8 + chain.offset),
      dependentRootOf: (of) => chain.roots.get(of) ?? root(0),
    });
    const duties = new EpochDuties<AttesterDuty>(
      {
        what: "attester duties",
        ask: async (of, indices) => {
          const answer = await source.attesterDuties(of, indices);
          await chain.until;
          return {...answer, dependentEpoch: (of - restsBefore) as Epoch};
        },
        keyOf: (each) => dutyKey("attestation", each),
        dueMs: () => DUE_MS,
        forkEpochs: forkEpochs.map(epoch),
        settledFrom: epoch(settledFrom),
        ...(firstEpoch === undefined ? {} : {firstEpoch: epoch(firstEpoch)}),
        onReplaced: (all) => replaced.push(all),
      },
      {registry, journal, slotClock, log},
    );
    const askedFor = () => source.asked.map((call) => call.epoch);
    return {clock, slotClock, journal, log, registry, infos, source, askedFor, chain, replaced, duties};
  }

  it("asks for this and the next epoch once, and opens a record for each duty", async () => {
    const {duties, askedFor, journal} = await setUp();
    assert.equal(await duties.ensureCurrent(), true);
    assert.equal(await duties.ensureCurrent(), true);
    assert.deepEqual(askedFor(), [1, 2]);
    assert.deepEqual(
      duties.dutiesAt(slot(9)).map(({validatorIndex}) => validatorIndex),
      [1],
    );
    assert.deepEqual(duties.dutiesOf(epoch(2))?.dependentRoot, root(11));
    assert.ok(journal.of(1, 9) && journal.of(1, 17));
  });

  it("asks for this epoch alone when the next can wait", async () => {
    const {duties, askedFor} = await setUp();
    assert.equal(await duties.ensureThisEpoch(), true);
    assert.deepEqual(askedFor(), [1]);
  });

  it("asks again, once, when an epoch begins whose duties were not certain before", async () => {
    const {duties, askedFor, clock} = await setUp({settledFrom: 3});
    await duties.ensureCurrent();
    await clock.advance(8 * SLOT_MS);
    await duties.ensureThisEpoch();
    await duties.ensureCurrent();
    await clock.advance(8 * SLOT_MS);
    await duties.ensureThisEpoch();
    assert.deepEqual(askedFor(), [1, 2, 2, 3]);
  });

  it("asks for epoch 0 alone however long before genesis, and for epoch 1 once it runs", async () => {
    const {duties, askedFor, clock} = await setUp({atSlot: -50});
    assert.equal(await duties.ensureCurrent(), true);
    await clock.advance(50 * SLOT_MS);
    assert.equal(await duties.ensureCurrent(), true);
    assert.deepEqual(askedFor(), [0, 1]);
  });

  it("asks again for the epoch whose dependent root the head contradicts, and withdraws what no longer stands", async () => {
    const {duties, askedFor, chain, journal, clock, replaced, slotClock} = await setUp();
    await duties.ensureCurrent();
    chain.roots.set(2, root(99));
    chain.offset = 3;
    duties.onChainEvent(head(9, slotClock.nowMs(), {nextEpochDependentRoot: root(99)}));
    await clock.advance(0);
    assert.deepEqual(askedFor(), [1, 2, 2]);
    assert.deepEqual(
      journal.withdrawn.map((key) => key.slot),
      [17],
    );
    assert.equal(duties.dutiesAt(slot(17)).length, 0);
    assert.equal(duties.dutiesAt(slot(19)).length, 1);
    assert.equal(replaced.length, 3);
  });

  it("leaves the records alone when another root brings the same duties", async () => {
    const {duties, askedFor, chain, journal, clock, replaced, slotClock} = await setUp();
    await duties.ensureCurrent();
    let changes = 0;
    journal.subscribe(() => changes++);
    chain.roots.set(2, root(99));
    duties.onChainEvent(head(9, slotClock.nowMs(), {nextEpochDependentRoot: root(99)}));
    await clock.advance(0);
    assert.deepEqual(askedFor(), [1, 2, 2]);
    assert.equal(duties.dutiesOf(epoch(2))?.dependentRoot, root(99));
    assert.deepEqual([changes, replaced.length], [0, 2]);
  });

  it("asks once more when the chain changed while the answer was on its way", async () => {
    const {duties, askedFor, chain, clock, slotClock} = await setUp();
    await duties.ensureCurrent();
    let answer = () => {};
    chain.until = new Promise((resolve) => {
      answer = resolve;
    });
    duties.onChainEvent({kind: "connected", beaconNode: "bn0"});
    await clock.advance(0);
    chain.roots.set(2, root(99));
    duties.onChainEvent(head(9, slotClock.nowMs(), {nextEpochDependentRoot: root(99)}));
    answer();
    await clock.advance(0);
    assert.deepEqual(askedFor(), [1, 2, 1, 2, 2]);
    assert.equal(duties.dutiesOf(epoch(2))?.dependentRoot, root(99));
  });

  it("is not kept busy by a node that announces roots nobody else has", async () => {
    const {duties, askedFor, clock, slotClock} = await setUp();
    await duties.ensureCurrent();
    for (let i = 0; i < 5; i++) {
      duties.onChainEvent(head(9, slotClock.nowMs(), {nextEpochDependentRoot: root(66)}));
      await clock.advance(0);
    }
    assert.equal(askedFor().length, 3);
    for (let i = 0; i < 50; i++) {
      duties.onChainEvent(head(9, slotClock.nowMs(), {nextEpochDependentRoot: root(100 + i)}));
      await clock.advance(0);
    }
    assert.equal(askedFor().length, 6);
  });

  it("asks after an announcement again in the next slot, when the node that was asked lagged", async () => {
    const {duties, askedFor, chain, clock, slotClock} = await setUp();
    await duties.ensureCurrent();
    const announce = async () => {
      duties.onChainEvent(head(9, slotClock.nowMs(), {nextEpochDependentRoot: root(99)}));
      await clock.advance(0);
    };
    await announce();
    chain.roots.set(2, root(99));
    await clock.advance(SLOT_MS);
    await announce();
    assert.deepEqual(askedFor(), [1, 2, 2, 2]);
    await clock.advance(SLOT_MS);
    await announce();
    assert.equal(askedFor().length, 4);
  });

  it("asks after a root that the answers keep contradicting with growing pauses, and says nothing while the duties stand", async () => {
    const {duties, askedFor, chain, clock, slotClock, log} = await setUp();
    await duties.ensureCurrent();
    const slotsAsked: number[] = [];
    for (let i = 0; i < 8; i++) {
      const before = askedFor().length;
      duties.onChainEvent(head(8 + i, slotClock.nowMs(), {nextEpochDependentRoot: root(99)}));
      await clock.advance(0);
      if (askedFor().length > before) slotsAsked.push(8 + i);
      await clock.advance(SLOT_MS);
    }
    assert.deepEqual(slotsAsked, [8, 9, 11, 15]);
    assert.equal(log.lines.filter((line) => line.endsWith("the chain has other duties")).length, 0);
    chain.roots.set(2, root(77));
    chain.offset = 3;
    duties.onChainEvent(head(15, slotClock.nowMs(), {nextEpochDependentRoot: root(77)}));
    await clock.advance(0);
    assert.equal(duties.dutiesOf(epoch(2))?.dependentRoot, root(77));
    assert.equal(log.lines.filter((line) => line.endsWith("the chain has other duties")).length, 1);
  });

  it("asks again when a node's events stand again, and for keys that became validators", async () => {
    const {duties, source, clock, infos, registry} = await setUp();
    await duties.ensureCurrent();
    duties.onChainEvent({kind: "connected", beaconNode: "bn0"});
    await clock.advance(0);
    assert.equal(source.asked.length, 4);
    infos.push(validator(2, {status: "pending_queued"}));
    await registry.refresh();
    await duties.ensureCurrent();
    assert.deepEqual(
      source.asked.slice(4).map((call) => [call.epoch, ...call.indices]),
      [
        [1, 1, 2],
        [2, 1, 2],
      ],
    );
  });

  it("takes duties that rest on their own epoch's start for a forecast until it is there", async () => {
    const {duties, askedFor, clock, slotClock, chain} = await setUp({restsBefore: 0});
    await duties.ensureCurrent();
    // The head names the root for epoch 1's duties as the one that epoch 2's attesters rest on.
    chain.roots.set(1, root(98));
    duties.onChainEvent(head(9, slotClock.nowMs(), {nextEpochDependentRoot: root(98)}));
    await clock.advance(0);
    assert.deepEqual(askedFor(), [1, 2, 1]);
    await clock.advance(8 * SLOT_MS);
    await duties.ensureThisEpoch();
    assert.deepEqual(askedFor(), [1, 2, 1, 2]);
    await duties.ensureThisEpoch();
    assert.equal(askedFor().length, 4);
  });

  it("asks again at a fork, once", async () => {
    const {duties, askedFor, clock} = await setUp({forkEpochs: [0, 2]});
    await duties.ensureCurrent();
    await clock.advance(8 * SLOT_MS);
    await duties.ensureCurrent();
    await duties.ensureCurrent();
    assert.deepEqual(askedFor(), [1, 2, 2, 3]);
  });

  it("asks nobody before the first epoch that has such duties", async () => {
    const {duties, askedFor, clock} = await setUp({firstEpoch: 2});
    assert.equal(await duties.ensureCurrent(), true);
    assert.equal(await duties.ensureThisEpoch(), true);
    assert.deepEqual(askedFor(), []);
    await clock.advance(8 * SLOT_MS);
    await duties.ensureThisEpoch();
    assert.deepEqual(askedFor(), [2]);
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
    await clock.advance(8 * SLOT_MS);
    assert.equal(slotClock.currentEpoch(), epoch(2));
    assert.equal(await duties.ensureThisEpoch(), true);
    assert.equal(await duties.ensureCurrent(), false);
    assert.equal(duties.dutiesAt(slot(17)).length, 1);
  });

  it("asks no more about an epoch that is over, and forgets those before it", async () => {
    const {duties, askedFor, clock, slotClock} = await setUp();
    await duties.ensureCurrent();
    await clock.advance(8 * SLOT_MS);
    duties.onChainEvent(head(15, slotClock.nowMs(), {currentEpochDependentRoot: root(66)}));
    await clock.advance(0);
    assert.deepEqual(askedFor(), [1, 2]);
    await duties.ensureCurrent();
    assert.notEqual(duties.dutiesOf(epoch(1)), null, "its last votes may be under way");
    await clock.advance(8 * SLOT_MS);
    await duties.ensureCurrent();
    assert.equal(duties.dutiesOf(epoch(1)), null);
    assert.deepEqual(
      duties.allDuties().map((each) => each.slot),
      [17, 25, 33],
    );
  });

  it("opens no record for a slot that was over when it learnt of it", async () => {
    const {duties, journal} = await setUp({atSlot: 10});
    await duties.ensureCurrent();
    assert.equal(journal.of(1, 9), undefined);
    const {duties: inTime, journal: other} = await setUp({atSlot: 9});
    await inTime.ensureCurrent();
    assert.ok(other.of(1, 9));
  });
});
