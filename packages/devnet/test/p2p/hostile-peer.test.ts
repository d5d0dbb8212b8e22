import {strict as assert} from "node:assert";
import {type electra, type LightClientOptimisticUpdate, type SignedBeaconBlock, ssz} from "@lodestar/types";
import {rootToHex, type Slot} from "@mote/core";
import type {Network} from "@mote/networking";
import type {PeerFaultKind} from "../../src/faults/fault-spec.ts";
import {payload, snappyBlock, snappyBomb, uvarint} from "../../src/p2p/hostile/wire-bytes.ts";
import {joinAsGuest, type PlayedNetwork, playedNetwork, until} from "./support.ts";

describe("the hostile peer", function () {
  this.timeout(20_000);
  let played: PlayedNetwork;
  let guest: Network;
  let bn0: string;
  let hostile: string;

  beforeEach(async () => {
    played = await playedNetwork(["bn0"], {withHostilePeer: true});
    const {multiaddrs} = played.network;
    [bn0, hostile] = multiaddrs.map((address) => address.split("/p2p/")[1]!) as [string, string];
  });
  afterEach(async () => {
    await guest?.stop();
    await played?.network.stop();
  });

  const act = (...faults: PeerFaultKind[]) => played.network.onSlot(4 as Slot, new Set(faults));
  const has = (peer: string) => guest.peers.list().some(({peerId}) => peerId === peer);
  const join = async () => {
    guest = await joinAsGuest(played, played.network.multiaddrs);
    await until("the guest has bn0", () => has(bn0));
  };
  const isWell = async () => {
    assert.equal(has(bn0), true);
    const update = await guest.requests.lightClientOptimisticUpdate(bn0);
    assert.equal(update.attestedHeader.beacon.slot, 2);
  };

  it("is a peer like others while it has no fault", async () => {
    await join();
    await until("the guest has both", () => has(hostile));
    await isWell();
  });

  it("lie: sends forged blocks, votes and updates, which nobody of the devnet takes or hands on", async () => {
    await join();
    await until("the guest has both", () => has(hostile));
    const blocks: [string, SignedBeaconBlock][] = [];
    const updates: [string, LightClientOptimisticUpdate][] = [];
    const votes: [string, electra.SingleAttestation][] = [];
    guest.gossip.handle("beacon_block", ({peer, value}) => {
      blocks.push([peer, value]);
      return "ignore";
    });
    guest.gossip.handle("light_client_optimistic_update", ({peer, value}) => {
      updates.push([peer, value]);
      return "ignore";
    });
    guest.gossip.handle("beacon_attestation", ({peer, value}) => {
      votes.push([peer, value]);
      return "ignore";
    });
    guest.gossip.subscribe("beacon_block");
    guest.gossip.subscribe("light_client_optimistic_update");
    for (let subnetId = 0; subnetId < 64; subnetId++) guest.gossip.subscribe("beacon_attestation", subnetId);
    played.chain.onSlot(4 as Slot);
    // What the guest follows has to get around: the same message is not sent twice.
    await new Promise((resolve) => setTimeout(resolve, 500));
    act("lie");
    await until("all sorts came", () => blocks.length > 0 && updates.length > 0 && votes.length > 0);
    for (const [peer] of [...blocks, ...updates, ...votes]) assert.equal(peer, hostile);
    assert.equal(blocks[0]![1].message.slot, 4);
    assert.equal(rootToHex(blocks[0]![1].message.parentRoot), played.chain.head.root);
    const {beacon} = updates[0]![1].attestedHeader;
    assert.notEqual(
      rootToHex(ssz.phase0.BeaconBlockHeader.hashTreeRoot(beacon)),
      played.chain.block(played.chain.head.root)!.parentRoot,
    );
    assert.equal(played.chain.head.slot, 3);
    assert.deepEqual(played.network.votePaths(), {both: 0, apiOnly: 0, gossipOnly: 0});
    await isWell();
  });

  it("lie: answers with updates that nobody signed", async () => {
    await join();
    await until("the guest has both", () => has(hostile));
    act("lie");
    const truth = await guest.requests.lightClientOptimisticUpdate(bn0);
    const lie = await guest.requests.lightClientOptimisticUpdate(hostile);
    assert.equal(lie.attestedHeader.beacon.proposerIndex, truth.attestedHeader.beacon.proposerIndex + 1);
  });

  it("stall: answers nothing", async () => {
    await join();
    await until("the guest has both", () => has(hostile));
    act("stall");
    let settled = false;
    const request = guest.requests.lightClientOptimisticUpdate(hostile).finally(() => {
      settled = true;
    });
    request.catch(() => {});
    await isWell();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(settled, false);
  });

  it("bombs: answers that inflate beyond what is allowed are refused, and cost the peer", async () => {
    await join();
    await until("the guest has both", () => has(hostile));
    act("bombs");
    await assert.rejects(guest.requests.lightClientOptimisticUpdate(hostile));
    await until("the guest lets it go, or thinks less of it", () =>
      guest.peers.list().every(({peerId, score}) => peerId !== hostile || score < 0),
    );
    await isWell();
  });

  it("fork: is not of this chain by its status, and is not kept", async () => {
    act("fork");
    await join();
    await isWell();
    assert.equal(has(hostile), false);
  });

  it("flood: streams and messages without end leave the others well", async () => {
    await join();
    await until("the guest has both", () => has(hostile));
    act("flood");
    await new Promise((resolve) => setTimeout(resolve, 700));
    await isWell();
    assert.deepEqual(played.network.votePaths(), {both: 0, apiOnly: 0, gossipOnly: 0});
  });
});

describe("bytes made by hand", () => {
  it("inflate to what they should", () => {
    assert.deepEqual([...uvarint(300)], [0xac, 0x02]);
    assert.deepEqual([...snappyBlock(Uint8Array.of(7, 8))], [2, 1 << 2, 7, 8]);
    const bomb = snappyBomb(64_000);
    assert(bomb.length < 64_000 / 20);
    // Ten bytes of identifier, eight of head, after a length of one byte.
    assert.equal(payload(Uint8Array.of(1, 2, 3)).length, 1 + 10 + 8 + 3);
  });
});
