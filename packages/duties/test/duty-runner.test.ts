import assert from "node:assert/strict";
import type {CommitteeIndex, DutyKind, NetworkEvent} from "@mote/core";
import {blockRoot} from "../src/block/block-root.ts";
import type {IncludedVote} from "../src/network/included-votes.ts";
import {OTHERS} from "./support/blocks.ts";
import {attestationOf, echo, seenBlock} from "./support/network.ts";
import {assignEverything, type RunnerWorld, type RunnerWorldInit, runnerWorld} from "./support/runner-world.ts";
import {duty, epoch, head, pubkey, root, SLOT_MS, slot, validator} from "./support/world.ts";

describe("DutyRunner", () => {
  const setUp = (init: Partial<RunnerWorldInit> = {}) => runnerWorld({atSlot: 14, ...init});

  async function started(init: Partial<RunnerWorldInit> = {}) {
    const world = setUp(init);
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

  it("follows keys that come and go without waiting for the next slot", async () => {
    const {clock, dutiesSource, publisher, registry, runner, statuses} = await started();
    await clock.advance(100);
    const askedBefore = dutiesSource.asked.length;
    statuses.infos = [1, 2, 3].map((index) => validator(index));
    registry.remove([pubkey(1)]);
    registry.add([pubkey(3)]);
    runner.keysChanged();
    await clock.advance(10);
    assert(dutiesSource.asked.length > askedBefore, "asked in the slot in which they came");
    await clock.advance(8 * SLOT_MS);
    const voted = publisher.votes.flat().map(({attesterIndex, data}) => [attesterIndex, data.slot]);
    assert.deepEqual(voted, [
      [2, 14],
      [3, 15],
    ]);
    await runner.stop();
    runner.keysChanged();
    await runner.stop();
  });

  it("shows what the network shows to guards and records, and has the referee look at each vote", async () => {
    const heard: string[] = [];
    const guard = {
      onNetworkEvent: ({kind}: NetworkEvent) => void heard.push(kind),
      onIncludedVote: ({duty: {validatorIndex}}: IncludedVote) => void heard.push(`a vote of ${validatorIndex}`),
    };
    const {clock, slotClock, journal, network, publisher, referee, runner} = await started({withNetwork: true, guard});
    await clock.advance(SLOT_MS);
    const [vote] = publisher.votes.flat();
    assert.ok(vote !== undefined && vote.attesterIndex === 2);
    assert.deepEqual(
      referee.judged.map((data) => data.slot),
      [14],
    );
    network.show(echo("attestation", 2, 14, slotClock.nowMs()));
    assert.equal(journal.of(2, 14)?.reachedMs.echoed, slotClock.nowMs());
    referee.proven.add(root(1015));
    network.show(seenBlock(15, slotClock.nowMs(), {attestations: [attestationOf(vote.data, [0])]}));
    await clock.advance(2 * SLOT_MS);
    assert.deepEqual(heard, ["echo", "block", "a vote of 2"]);
    await runner.stop();
  });

  it("hears the network while validators are still being learnt: a proof of a slashing is told once", async () => {
    const heard: string[] = [];
    const guard = {onNetworkEvent: ({kind}: NetworkEvent) => void heard.push(kind)};
    const {network, runner} = setUp({withNetwork: true, guard});
    network.show({kind: "slashing", validatorIndices: [validator(1).index], receivedMs: 1});
    const starting = runner.start();
    network.show({kind: "slashing", validatorIndices: [validator(2).index], receivedMs: 2});
    await starting;
    network.show(seenBlock(14, 3));
    assert.deepEqual(heard, ["slashing", "slashing", "block"]);
    await runner.stop();
  });

  it("ends a vote with the veto when nobody says anything else", async () => {
    const {clock, journal, referee, network, publisher, runner} = await started({withNetwork: true});
    referee.verdictOf = () => ({kind: "veto", value: "source", evidence: "source (1, 0x…) but it is (0, 0x…)"});
    network.show(seenBlock(14, 1));
    await clock.advance(SLOT_MS);
    assert.deepEqual(publisher.votes, []);
    assert.match(
      journal.endOf(2, 14) ?? "",
      /^REFEREE_VETO: source \(1, 0x…\).*; on the network: the slot's block came/,
    );
    await runner.stop();
  });

  it("asks for a local payload where builders of Gloas would pay by the settings of before", async () => {
    const world = setUp({gloasEpoch: 0});
    const {chain, clock, publisher, runner, settings} = world;
    assignEverything(world);
    const builder = {isEnabled: true, boostFactor: 100n};
    settings.default = {...settings.default, builder};
    await runner.start();
    await clock.advance(2 * SLOT_MS);
    assert.deepEqual(
      publisher.preferences.flat().map(({message}) => message.proposalSlot),
      [17, 18],
    );
    settings.set(pubkey(1), {feeRecipient: OTHERS, builder});
    await clock.advance(3 * SLOT_MS);
    assert.deepEqual(
      chain.blockRequests.map(({slot: of, builderBoostFactor}) => [of, builderBoostFactor]),
      [
        [17, 0n],
        [18, 100n],
      ],
    );
    await runner.stop();
  });

  it("learns of a slashing in the slot after the one in which nobody answered", async () => {
    const {clock, registry, statuses, runner} = await started();
    await clock.advance(SLOT_MS + 10);
    statuses.infos = [validator(1, {status: "active_slashed", slashed: true}), validator(2)];
    statuses.failure = "down";
    // Late in the first slot of epoch 2, which asked in vain when its votes were over.
    await clock.advance(2 * SLOT_MS - 1_000);
    assert.equal(registry.refusalOf(validator(1).pubkey, "attest", epoch(2)), null);
    statuses.failure = null;
    await clock.advance(SLOT_MS);
    assert.notEqual(registry.refusalOf(validator(1).pubkey, "attest", epoch(2)), null);
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

  /** Slots in which a duty of validator 1 was published, and those in which one was opened. */
  function slotsOf({journal}: RunnerWorld, kind: DutyKind, {from, to}: {from: number; to: number}) {
    const slots = Array.from({length: to - from}, (_, place) => from + place);
    return {
      opened: slots.filter((at) => journal.of(1, at, kind) !== undefined),
      published: slots.filter((at) => journal.of(1, at, kind)?.reachedMs.published !== undefined),
    };
  }

  async function runAll(init: Partial<RunnerWorldInit>, slots: number): Promise<RunnerWorld> {
    const world = setUp(init);
    assignEverything(world);
    const start = world.runner.start();
    await world.clock.advance(slots * SLOT_MS - 10);
    await start;
    return world;
  }

  it("does every duty of two epochs, across the fork to Gloas", async () => {
    const world = await runAll({atSlot: 8, gloasEpoch: 2}, 16);
    const range = {from: 8, to: 24};
    const all = Array.from({length: 16}, (_, place) => 8 + place);
    const expected: Partial<Record<DutyKind, number[]>> = {
      attestation: [9, 17],
      proposal: [9, 17],
      payload_reveal: [17],
      payload_attestation: [17],
      sync_message: all,
    };
    for (const [kind, slots] of Object.entries(expected)) {
      assert.deepEqual(slotsOf(world, kind as DutyKind, range), {opened: slots, published: slots}, kind);
    }
    assert.deepEqual(
      world.publisher.blocks.map(({produced}) => [produced.kind, produced.block.slot]),
      [
        ["full", 9],
        ["full", 10],
        ["bid", 17],
        ["bid", 18],
      ],
    );
    assert.ok(world.publisher.preparations.length >= 2);
    assert.deepEqual(
      world.publisher.preferences.flat().map(({message}) => message.proposalSlot),
      [17, 18, 25, 26],
    );
    assert.deepEqual(
      world.log.lines.filter((line) => line.startsWith("error")),
      [],
    );
    await world.runner.stop();
  });

  it("waits for the genesis and misses nothing from slot 0 on, where nobody proposes", async () => {
    const world = setUp({atSlot: -20});
    assignEverything(world);
    world.dutiesSource.dutyOf = (of, index) => ({...duty(index, of * 8)});
    await world.runner.start();
    await world.clock.advance(22 * SLOT_MS - 10);
    const range = {from: 0, to: 2};
    assert.deepEqual(slotsOf(world, "attestation", range), {opened: [0], published: [0]});
    assert.deepEqual(slotsOf(world, "sync_message", range), {opened: [0, 1], published: [0, 1]});
    assert.deepEqual(slotsOf(world, "proposal", range), {opened: [1], published: [1]});
    await world.runner.stop();
  });

  it("gives a validator that becomes active while it runs all duties", async () => {
    const infos = [validator(1, {status: "pending_initialized"}), validator(2)];
    const world = await runAll({atSlot: 8, infos}, 6);
    assert.deepEqual(slotsOf(world, "attestation", {from: 8, to: 40}).opened, []);
    world.statuses.infos = [validator(1), validator(2)];
    await world.clock.advance(24 * SLOT_MS);
    const range = {from: 24, to: 32};
    for (const kind of ["attestation", "proposal"] as const)
      assert.deepEqual(slotsOf(world, kind, range), {opened: [25], published: [25]}, kind);
    assert.equal(slotsOf(world, "sync_message", range).published.length, 8);
    await world.runner.stop();
  });

  it("asks for the block before anything else of its slot", async () => {
    const asked: string[] = [];
    const guard = {
      onSlot: async (at: number) => {
        if (world.journal.of(1, at, "proposal")?.reachedMs.seen !== undefined) asked.push("begun");
      },
    };
    const world: RunnerWorld = setUp({atSlot: 8, guard});
    assignEverything(world);
    const {produce, answer} = world.chain;
    world.chain.produce = (request) => {
      asked.push("block");
      return produce(request);
    };
    world.chain.answer = (request) => {
      asked.push("vote");
      return answer(request);
    };
    await world.runner.start();
    // The head is announced before the slot begins by our clock: the vote could go at once.
    await world.clock.advance(SLOT_MS - 10);
    world.events.announce(head(9, world.slotClock.nowMs()));
    await world.clock.advance(20);
    assert.deepEqual(asked, ["begun", "block", "vote"]);
    await world.runner.stop();
  });

  it("votes on time though the block, the word on the keys' past and every other duty hang", async () => {
    const never = new Promise<never>(() => {});
    let runs = 0;
    const guard = {run: () => (runs++ === 0 ? Promise.resolve(false) : never), onSlot: () => never};
    const world = setUp({atSlot: 8, guard});
    assignEverything(world);
    const {dutiesSource, publisher, chain, clock, slotClock, runner} = world;
    chain.produce = () => null;
    chain.headOf = () => null;
    publisher.prepareProposers = () => never;
    dutiesSource.proposerDuties = () => never;
    await runner.start();
    await clock.advance(24 * SLOT_MS);
    const votes = publisher.votes.flat().filter(({attesterIndex}) => attesterIndex === 1);
    assert.deepEqual(
      votes.map(({data}) => data.slot),
      [9, 17, 25],
    );
    const record = world.journal.of(1, 25);
    assert.ok((record?.reachedMs.published ?? Number.POSITIVE_INFINITY) <= slotClock.startMs(slot(25)) + 2_000);
  });

  it("begins though beacon nodes cannot tell all duties", async () => {
    const world = setUp({atSlot: 8});
    assignEverything(world);
    for (const method of ["proposerDuties", "syncDuties"] as const) {
      world.dutiesSource[method] = async () => {
        throw new Error("404");
      };
    }
    await world.runner.start();
    await world.clock.advance(3 * SLOT_MS);
    assert.equal(world.publisher.votes.length, 2);
    await world.runner.stop();
  });

  it("logs what a service should not have thrown, and goes on", async () => {
    const guard = {
      run: () => Promise.reject(new Error("a bug")),
      lookAhead: () => Promise.reject(new Error("another")),
    };
    const world = await runAll({atSlot: 8, guard}, 3);
    assert.equal(world.publisher.votes.length, 2);
    assert.ok(world.log.lines.includes("error unexpected error in a duty"));
    await world.runner.stop();
  });

  it("looks ahead though a duty hangs, and never twice at once for a service that has not done", async () => {
    const never = new Promise<never>(() => {});
    let looks = 0;
    const guard = {
      onSlot: () => never,
      lookAhead: () => {
        looks++;
        return never;
      },
    };
    const world = setUp({atSlot: 8, guard});
    await world.runner.start();
    await world.clock.advance(3 * SLOT_MS);
    assert.equal(looks, 1);
    assert.deepEqual(
      world.dutiesSource.asked.map((call) => call.epoch),
      [1, 2],
    );
  });

  it("follows votes and blocks into the chain", async () => {
    const world = await runAll({atSlot: 8}, 3);
    const {chain, clock, config, events, inclusionSource, journal, publisher, slotClock} = world;
    const [first] = publisher.blocks;
    assert.ok(first !== undefined);
    const own = blockRoot(config, first.produced);
    const vote = chain.aggregate({
      slot: slot(9),
      attestationDataRoot: root(0),
      committeeIndex: 0 as CommitteeIndex,
      untilMs: 0,
    });
    assert.ok(vote !== null);
    inclusionSource.blocks.set(root(8), {slot: slot(8), parentRoot: root(7), attestations: []});
    inclusionSource.blocks.set(own, {slot: slot(9), parentRoot: root(8), attestations: []});
    inclusionSource.blocks.set(root(500), {slot: slot(10), parentRoot: own, attestations: [vote]});
    events.announce(head(10, slotClock.nowMs(), {blockRoot: root(500)}));
    await clock.advance(SLOT_MS);
    assert.ok(journal.of(1, 9)?.reachedMs.included);
    assert.ok(journal.of(1, 9, "proposal")?.reachedMs.included);
    assert.equal(journal.of(2, 10, "proposal")?.reachedMs.included, undefined);
    await world.runner.stop();
  });

  it("aggregates in the very slot in which it was started", async () => {
    const world = await runAll({atSlot: 9}, 1);
    assert.equal(world.journal.endOf(1, 9, "aggregation"), "done");
    await world.runner.stop();
  });

  it("weighs builders once they were told", async () => {
    const world = setUp({atSlot: 8});
    assignEverything(world);
    world.settings.default = {...world.settings.default, builder: {isEnabled: true, boostFactor: 90n}};
    await world.runner.start();
    await world.clock.advance(3 * SLOT_MS);
    assert.equal(world.publisher.registrations.flat().length, 2);
    assert.deepEqual(
      world.chain.blockRequests.map((request) => request.builderBoostFactor),
      [90n, 90n],
    );
    await world.runner.stop();
  });
});
