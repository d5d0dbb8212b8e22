import {strict as assert} from "node:assert";
import {LightclientSpec, validateLightClientBootstrap} from "@lodestar/state-transition/light-client";
import {type LightClientFinalityUpdate, type LightClientUpdate, ssz} from "@lodestar/types";
import {type Epoch, hexToBytes, type Root, rootToHex} from "@mote/core";
import type {DevnetChain} from "../../src/chain.ts";
import {type LightClientNews, LightClientServer} from "../../src/light-client/light-client-server.ts";
import {SlotPlayer, testChain} from "../chain/support.ts";

/** A light client of another make, which judges all that it is given. */
function follower(chain: DevnetChain, server: LightClientServer, root: Root): LightclientSpec {
  const bootstrap = server.bootstrap(root);
  assert(bootstrap !== null);
  validateLightClientBootstrap(chain.config, hexToBytes(root), bootstrap);
  return new LightclientSpec(chain.config, {allowForcedUpdates: false}, bootstrap);
}

function tell(client: LightclientSpec, slot: number, {kind, update}: LightClientNews): void {
  if (kind === "light_client_finality_update") client.onFinalityUpdate(slot, update as never);
  else client.onOptimisticUpdate(slot, update as never);
}

/** The bits are a class of the SSZ library, and no clone has its methods. */
function copyOf(chain: DevnetChain, update: LightClientUpdate): LightClientUpdate {
  const type = chain.config.getPostAltairForkTypes(update.attestedHeader.beacon.slot).LightClientUpdate;
  return type.deserialize(type.serialize(update as never)) as LightClientUpdate;
}

describe("LightClientServer", function () {
  this.timeout(60_000);
  const forkSlot = 40;
  const lastSlot = 68;
  let chain: DevnetChain;
  let server: LightClientServer;
  let player: SlotPlayer;
  const news: {readonly slot: number; readonly news: LightClientNews}[] = [];

  before(() => {
    chain = testChain({gloasEpoch: 5 as Epoch}, 16);
    server = new LightClientServer({chain});
    player = new SlotPlayer(chain);
    for (let slot = 0; slot <= lastSlot; slot++) {
      player.playTo(slot, {skip: [21, 22]});
      for (const one of server.announcements()) news.push({slot, news: one});
    }
  });

  it("tells a light client all it needs to follow the chain across a fork and a change of committees", () => {
    const client = follower(chain, server, chain.genesis.blockRoot);
    for (const update of server.updates(0, 128)) client.onUpdate(lastSlot, copyOf(chain, update));
    const finality = server.finalityUpdate();
    assert(finality !== null);
    client.onFinalityUpdate(lastSlot, copyOfFinality(chain, finality) as never);
    assert.equal(rootOf(client.store.finalizedHeader.beacon), chain.finalized.root);
    const {root, slot} = chain.head;
    const optimistic = server.optimisticUpdate();
    assert(optimistic !== null);
    assert.equal(optimistic.signatureSlot, slot);
    assert.equal(rootOf(optimistic.attestedHeader.beacon), chain.block(root)?.parentRoot);
  });

  it("announces what is sound and new, finality with each epoch", () => {
    const client = follower(chain, server, chain.genesis.blockRoot);
    const [first, second] = server.updates(0, 2);
    assert(first !== undefined && second !== undefined);
    let finalized = 0;
    let isSecondPeriod = false;
    for (const {slot, news: one} of news) {
      if (!isSecondPeriod && one.update.signatureSlot >= 64) {
        client.onUpdate(slot, copyOf(chain, first));
        isSecondPeriod = true;
      }
      tell(client, slot, cloned(chain, one));
      if (one.kind !== "light_client_finality_update") continue;
      assert(one.update.finalizedHeader.beacon.slot > finalized);
      finalized = one.update.finalizedHeader.beacon.slot;
    }
    const optimistic = news.filter(({news: one}) => one.kind === "light_client_optimistic_update");
    // Each block signs the one before; those of 21 and 22 are missing.
    assert.equal(optimistic.length, lastSlot - 2);
    assert.equal(rootOf(client.store.finalizedHeader.beacon), chain.finalized.root);
  });

  it("has the best update of each period, in the shape of its fork", () => {
    const updates = server.updates(0, 128);
    assert.equal(updates.length, 2);
    assert.deepEqual(server.updates(2, 1), []);
    assert.deepEqual(server.updates(1, 128), [updates[1]]);
    const [first] = updates;
    assert(first !== undefined && first.signatureSlot < 64);
    for (const one of updates) {
      const isGloas = one.attestedHeader.beacon.slot >= forkSlot;
      assert.equal("executionBlockHash" in one.attestedHeader, isGloas);
      assert.equal(one.finalityBranch.length, isGloas ? 9 : 7);
    }
  });

  it("upgrades a finalized header of the fork before", () => {
    const crossed = news.find(({news: {kind, update}}) => {
      const {attestedHeader} = update;
      return kind === "light_client_finality_update" && attestedHeader.beacon.slot >= forkSlot;
    });
    const update = crossed?.news.update as LightClientFinalityUpdate;
    assert(update.finalizedHeader.beacon.slot < forkSlot);
    assert("executionBlockHash" in update.finalizedHeader);
  });

  it("keeps the bootstrap of each finalized block, and makes those of recent ones", () => {
    const finalized = player.events.flatMap((event) => (event.kind === "finalized_checkpoint" ? [event.block] : []));
    assert(finalized.length >= 5);
    for (const root of [...finalized, chain.head.root]) follower(chain, server, root);
    assert.equal(server.bootstrap(rootToHex(new Uint8Array(32).fill(7))), null);
  });

  it("is caught when it lies: a changed field, a branch of another state, a signature of others", () => {
    const [update] = server.updates(0, 1);
    assert(update !== undefined);
    const changes: ((copy: LightClientUpdate) => void)[] = [
      (copy) => copy.attestedHeader.beacon.proposerIndex++,
      (copy) => copy.nextSyncCommittee.pubkeys.reverse(),
      (copy) => copy.finalityBranch.reverse(),
      (copy) => copy.finalizedHeader.beacon.slot++,
      (copy) => copy.syncAggregate.syncCommitteeBits.set(0, !copy.syncAggregate.syncCommitteeBits.get(0)),
      (copy) => copy.signatureSlot--,
    ];
    for (const change of changes) {
      const copy = copyOf(chain, update);
      change(copy);
      const client = follower(chain, server, chain.genesis.blockRoot);
      assert.throws(() => client.onUpdate(lastSlot, copy), String(change));
    }
  });

  it("says nothing before there is something to say", () => {
    const young = testChain("gloas", 16);
    const fresh = new LightClientServer({chain: young});
    const slots = new SlotPlayer(young);
    slots.playTo(0);
    assert.equal(fresh.optimisticUpdate(), null);
    assert.equal(fresh.finalityUpdate(), null);
    assert.deepEqual(fresh.updates(0, 1), []);
    assert.deepEqual(fresh.announcements(), []);
    slots.playTo(1);
    assert.equal(fresh.optimisticUpdate()?.attestedHeader.beacon.slot, 0);
    assert.equal(fresh.announcements().length, 1);
    assert.deepEqual(fresh.announcements(), []);
  });
});

const rootOf = (header: LightClientUpdate["attestedHeader"]["beacon"]): Root =>
  rootToHex(ssz.phase0.BeaconBlockHeader.hashTreeRoot(header));

function copyOfFinality(chain: DevnetChain, update: LightClientFinalityUpdate): LightClientFinalityUpdate {
  const type = chain.config.getPostAltairForkTypes(update.attestedHeader.beacon.slot).LightClientFinalityUpdate;
  return type.deserialize(type.serialize(update as never)) as LightClientFinalityUpdate;
}

function cloned(chain: DevnetChain, {kind, update}: LightClientNews): LightClientNews {
  const types = chain.config.getPostAltairForkTypes(update.attestedHeader.beacon.slot);
  const type =
    kind === "light_client_finality_update" ? types.LightClientFinalityUpdate : types.LightClientOptimisticUpdate;
  return {kind, update: type.deserialize(type.serialize(update as never))} as LightClientNews;
}
