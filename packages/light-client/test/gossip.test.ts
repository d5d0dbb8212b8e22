import assert from "node:assert/strict";
import {SLOTS_PER_EPOCH, SYNC_COMMITTEE_SIZE} from "@lodestar/params";
import type {LightClientFinalityUpdate, LightClientOptimisticUpdate} from "@lodestar/types";
import {syncMessageDueMs} from "@mote/consensus";
import type {Slot} from "@mote/core";
import type {LightClient} from "../src/light-client.ts";
import {CommitteeKeys} from "./support/committee-keys.ts";
import {flip, headerAt, MadeChain, SLOTS_PER_PERIOD, type UpdateInit} from "./support/made-chain.ts";
import {MadeWorld} from "./support/made-light-client.ts";

const TRUSTED = 4 * SLOTS_PER_EPOCH;
/** In the middle of an epoch, so that nothing new is finalized for a while. */
const NOW = 7 * SLOTS_PER_EPOCH + 4;
const FEW = Math.floor(SYNC_COMMITTEE_SIZE * 0.6);

describe("light-client news by gossip", () => {
  let world: MadeWorld;
  let client: LightClient;

  /** It has begun, knows finality of its time, and nobody but gossip brings more. */
  beforeEach(async () => {
    world = new MadeWorld({slot: NOW});
    client = world.client({trustedSlot: TRUSTED});
    client.start();
    await world.settle();
    world.updates.list = [];
    world.events.length = 0;
  });

  afterEach(() => world.close());

  const gossipOptimistic = (update: LightClientOptimisticUpdate) =>
    world.updates.gossip({kind: "optimistic_update", update});
  const gossipFinality = (update: LightClientFinalityUpdate) => world.updates.gossip({kind: "finality_update", update});
  const optimistic = (init: Partial<UpdateInit> = {}) =>
    world.chain.optimisticUpdate({attestedSlot: world.peer.headSlot(), ...init});
  const finality = (init: Partial<UpdateInit> = {}) =>
    world.chain.finalityUpdate({attestedSlot: world.peer.headSlot(), ...init});
  /** To where the finalized checkpoint has moved on. */
  const toNextFinality = () => world.slots(SLOTS_PER_EPOCH - 1);

  it("travels on once, and moves what is known", async () => {
    await world.slots(1);
    assert.equal(await gossipOptimistic(optimistic()), "accept");
    assert.equal(client.optimistic()?.header.slot, NOW);
    assert.equal(await gossipOptimistic(optimistic()), "ignore");
    await toNextFinality();
    assert.equal(await gossipFinality(finality()), "accept");
    assert.equal(client.finalized()?.slot, 6 * SLOTS_PER_EPOCH);
    assert.equal(await gossipFinality(finality()), "ignore");
  });

  it("is rejected when it is forged, of another committee or another chain", async () => {
    await world.slots(1);
    const forged = optimistic();
    flip(forged.syncAggregate.syncCommitteeSignature, 7);
    assert.equal(await gossipOptimistic(forged), "reject");
    assert.equal(await gossipOptimistic(optimistic({keys: new CommitteeKeys(88)})), "reject");
    const wrongBranch = finality();
    flip(wrongBranch.finalityBranch[0], 0);
    assert.equal(await gossipFinality(wrongBranch), "reject");
    assert.equal(client.optimistic()?.header.slot, NOW - 1);
  });

  it("is ignored when it cannot be judged", async () => {
    const ahead = {attestedSlot: NOW + SLOTS_PER_PERIOD * 2};
    assert.equal(await gossipOptimistic(optimistic(ahead)), "ignore");
    await world.slots(2 * SLOTS_PER_PERIOD + 4);
    assert.equal(await gossipOptimistic(optimistic(ahead)), "ignore");
  });

  it("does not travel before it is due, less what clocks may differ", async () => {
    const {config, clock, slotClock} = world;
    const signatureSlot = (NOW + 2) as Slot;
    const dueMs = slotClock.startMs(signatureSlot) + syncMessageDueMs(config, signatureSlot);
    const update = optimistic({attestedSlot: NOW + 1, signatureSlot});
    await clock.advance(dueMs - config.MAXIMUM_GOSSIP_CLOCK_DISPARITY - 1 - clock.nowMs());
    // It is sound, and taken for ourselves.
    assert.equal(await gossipOptimistic(update), "ignore");
    assert.equal(client.optimistic()?.header.slot, NOW + 1);
    await clock.advance(config.SLOT_DURATION_MS + 1);
    const next = optimistic({attestedSlot: NOW + 2, signatureSlot: signatureSlot + 1});
    assert.equal(await gossipOptimistic(next), "accept");
  });

  it("lets a supermajority follow the same finality that fewer signed", async () => {
    await toNextFinality();
    assert.equal(await gossipFinality(finality({signed: FEW})), "ignore");
    assert.equal(client.finalized()?.slot, 5 * SLOTS_PER_EPOCH);
    assert.equal(await gossipFinality(finality()), "accept");
    assert.equal(client.finalized()?.slot, 6 * SLOTS_PER_EPOCH);
  });

  it("lets an optimistic update travel that says what the finality update said", async () => {
    await toNextFinality();
    assert.equal(await gossipFinality(finality()), "accept");
    const verified = world.verifier.verified;
    assert.equal(await gossipOptimistic(optimistic()), "accept");
    assert.equal(await gossipOptimistic(optimistic()), "ignore");
    assert.equal(world.verifier.verified, verified);
  });

  it("lets none travel unverified that differs from what the finality update said", async () => {
    await toNextFinality();
    const update = optimistic();
    assert.equal(await gossipFinality(finality()), "accept");
    const forged = optimistic();
    flip(forged.syncAggregate.syncCommitteeSignature, 7);
    assert.equal(await gossipOptimistic(forged), "reject");
    const {slot, proposerIndex, parentRoot, stateRoot, bodyRoot} = update.attestedHeader.beacon;
    const beacon = {slot, proposerIndex: proposerIndex + 1, parentRoot, stateRoot, bodyRoot};
    const attestedHeader = {...update.attestedHeader, beacon};
    assert.equal(await gossipOptimistic({...update, attestedHeader} as typeof update), "reject");
    await world.slots(1);
    // Its signatures hold at the slot after, too, and it says nothing new.
    assert.equal(await gossipOptimistic({...update, signatureSlot: update.signatureSlot + 1}), "ignore");
    assert.equal(await gossipOptimistic(update), "accept");
  });

  it("is not verified again when older finality comes after newer", async () => {
    const older = finality();
    await toNextFinality();
    assert.equal(await gossipFinality(finality()), "accept");
    const verified = world.verifier.verified;
    assert.equal(await gossipFinality(older), "ignore");
    assert.equal(world.verifier.verified, verified);
  });

  it("tells what few have signed apart from what is proven", async () => {
    await world.slots(1);
    assert.equal(await gossipOptimistic(optimistic({signed: FEW})), "accept");
    assert.equal(await gossipOptimistic(optimistic()), "ignore");
    const told = world.events.map((event) => event.kind === "optimistic" && event.participation.isSupermajority);
    assert.deepEqual(told, [false, true]);
    assert.equal(client.optimistic()?.participation?.isSupermajority, true);
    // Late, and overtaken by one that fewer have signed: it is proven all the same.
    await world.slots(2);
    await gossipOptimistic(optimistic({signed: FEW}));
    await gossipOptimistic(optimistic({attestedSlot: world.peer.headSlot() - 1}));
    const last = world.events.at(-1);
    assert.ok(last?.kind === "optimistic" && last.participation.isSupermajority);
    assert.equal(last.header.slot, world.peer.headSlot() - 1);
    assert.equal(client.optimistic()?.header.slot, world.peer.headSlot());
  });

  it("raises the alarm over conflicting finality once, and keeps to what it knew", async () => {
    const other = new MadeChain({config: world.config, salt: 3});
    const root = client.finalized()?.root;
    for (let slot = 0; slot < 3; slot++) {
      await world.slots(1);
      const update = other.finalityUpdate({attestedSlot: world.peer.headSlot()});
      assert.equal(await gossipFinality(update), "ignore");
    }
    const conflicts = world.events.filter(({kind}) => kind === "finality_conflict");
    assert.equal(conflicts.length, 1);
    const [conflict] = conflicts;
    assert.ok(conflict?.kind === "finality_conflict");
    assert.equal(conflict.known.root, root);
    assert.equal(conflict.other.root, other.root(5 * SLOTS_PER_EPOCH));
    assert.equal(client.finalized()?.root, root);
  });

  it("raises no alarm over finality that fewer than 2/3 signed", async () => {
    await world.slots(1);
    const other = new MadeChain({config: world.config, salt: 3});
    await gossipFinality(other.finalityUpdate({attestedSlot: world.peer.headSlot(), signed: FEW}));
    assert.deepEqual(
      world.events.filter(({kind}) => kind === "finality_conflict"),
      [],
    );
  });

  it("with any slots is neither taken nor thrown at", async () => {
    const slots = [0, 1, NOW, 2 ** 53, 2 ** 64, Number.POSITIVE_INFINITY];
    const update = finality();
    for (const attested of slots)
      for (const finalized of slots)
        for (const signatureSlot of slots) {
          const attestedHeader = headerAt(update.attestedHeader, attested);
          const finalizedHeader = headerAt(update.finalizedHeader, finalized);
          const lie = {...update, attestedHeader, finalizedHeader, signatureSlot} as LightClientFinalityUpdate;
          assert.notEqual(await gossipFinality(lie), "accept");
          assert.notEqual(await gossipOptimistic(lie), "accept");
        }
    assert.deepEqual(world.events, []);
    assert.equal(world.log.lines.filter((line) => /could not be judged/.test(line)).length, 0);
  });

  it("is not looked at while a flood waits for its verdict", async () => {
    await world.slots(1);
    const forged = optimistic();
    flip(forged.syncAggregate.syncCommitteeSignature, 7);
    const verified = world.verifier.verified;
    const verdicts = await Promise.all(Array.from({length: 100}, () => gossipOptimistic(forged)));
    assert.equal(verdicts.filter((verdict) => verdict === "reject").length, 16);
    assert.equal(verdicts.filter((verdict) => verdict === "ignore").length, 84);
    assert.equal(world.verifier.verified - verified, 16);
    assert.equal(await gossipOptimistic(optimistic()), "accept");
  });
});
