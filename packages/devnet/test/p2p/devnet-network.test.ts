import {strict as assert} from "node:assert";
import type {electra} from "@lodestar/types";
import type {Slot} from "@mote/core";
import type {Network} from "@mote/networking";
import {MESSAGE_RULES} from "../../src/p2p/message-rules.ts";
import {broken} from "../support/test-validators.ts";
import {joinAsGuest, type PlayedNetwork, playedNetwork, until} from "./support.ts";

describe("DevnetNetwork", function () {
  this.timeout(20_000);
  let played: PlayedNetwork;
  let guest: Network;

  before(async () => {
    played = await playedNetwork(["bn0", "bn1"]);
    guest = await joinAsGuest(played, played.network.multiaddrs);
    await until("the guest has both peers", () => guest.peers.list().length === 2);
  });
  after(async () => {
    await guest?.stop();
    await played?.network.stop();
  });

  const peerIds = () => played.network.multiaddrs.map((address) => address.split("/p2p/")[1]!);
  const open = (slot: number): electra.SingleAttestation[] => {
    played.player.open(slot as Slot);
    return played.player.voters.singles(slot as Slot);
  };
  const subnetOf = (vote: electra.SingleAttestation): number =>
    MESSAGE_RULES.beacon_attestation.subnets!(vote, played.chain)[0]!;
  const publishVote = (vote: electra.SingleAttestation) =>
    guest.gossip.publish("beacon_attestation", vote, {slot: vote.data.slot as Slot, subnetId: subnetOf(vote)});
  const published = () => played.chain.ledger.slot(played.chain.currentSlot)?.published;

  it("names one address for each beacon node, in their order", () => {
    assert.equal(played.network.multiaddrs.length, 2);
    for (const address of played.network.multiaddrs) assert.match(address, /^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//);
    for (const {status} of guest.peers.list()) {
      assert.equal(status?.headRoot, played.chain.head.root);
      assert.equal(status?.earliestAvailableSlot, 0);
    }
  });

  it("serves blocks and light-client data from its chain", async () => {
    const {chain} = played;
    const [bn0] = peerIds();
    const slots: number[] = [];
    for await (const block of guest.requests.blocksByRange(bn0!, {startSlot: 1 as Slot, count: 8})) {
      slots.push(block.message.slot);
    }
    assert.deepEqual(slots, [1, 2, 3]);
    const bootstrap = await guest.requests.lightClientBootstrap(bn0!, chain.genesis.blockRoot);
    assert.equal(bootstrap.header.beacon.slot, 0);
    const update = await guest.requests.lightClientOptimisticUpdate(bn0!);
    assert.equal(update.attestedHeader.beacon.slot, 2);
    assert.equal((await guest.requests.lightClientUpdates(bn0!, 0, 4)).length, 1);
    await assert.rejects(guest.requests.lightClientFinalityUpdate(bn0!));
  });

  it("takes a vote from gossip into the chain, and tells by which path votes came", async () => {
    const [vote, other] = open(4);
    await until("both follow the subnet", () => guest.peers.list().length === 2);
    const sent = await publishVote(vote!);
    assert(sent.peers > 0);
    await until("the vote is in the chain", () => published() === 1);
    assert.deepEqual(played.network.votePaths(), {both: 0, apiOnly: 0, gossipOnly: 1});
    played.network.published("bn0", {kind: "beacon_attestation", value: other!});
    played.network.published("bn0", {kind: "beacon_attestation", value: vote!});
    assert.deepEqual(played.network.votePaths(), {both: 1, apiOnly: 1, gossipOnly: 0});
  });

  it("refuses a forged vote, and goes on", async () => {
    const [vote, other] = open(5);
    const before = played.network.votePaths();
    await publishVote({...vote!, signature: broken(vote!.signature)});
    await publishVote(other!);
    await until("the true vote is in the chain", () => published() === 1);
    assert.equal(played.network.votePaths().gossipOnly, before.gossipOnly + 1);
  });

  it("sends what came by an API, and what light clients are to know, to whoever listens", async () => {
    const heard: string[] = [];
    for (const kind of ["light_client_optimistic_update", "beacon_block"] as const) {
      guest.gossip.handle(kind, () => {
        heard.push(kind);
        return "accept";
      });
      guest.gossip.subscribe(kind);
    }
    const vote = played.player.voters.singles(played.chain.currentSlot)[0]!;
    guest.gossip.handle("beacon_attestation", ({value}) => {
      heard.push(`vote of ${value.attesterIndex}`);
      return "ignore";
    });
    guest.gossip.subscribe("beacon_attestation", subnetOf(vote));
    const news = played.lightClient.announcements();
    await until("it is heard", () => {
      played.network.announce(news);
      played.network.published("bn1", {kind: "beacon_attestation", value: vote});
      return heard.includes("light_client_optimistic_update") && heard.includes(`vote of ${vote.attesterIndex}`);
    });
    open(6);
    await until("the block is heard", () => heard.includes("beacon_block"));
  });

  it("takes a block from gossip", async () => {
    const {chain, player} = played;
    chain.onSlot(7 as Slot);
    const {block} = player.validators.produce(7 as Slot);
    await guest.gossip.publish("beacon_block", player.validators.block(block), {slot: 7 as Slot});
    await until("the block is the head", () => chain.head.slot === 7);
    const root = chain.head.root;
    const type = chain.config.getForkTypes(7).BeaconBlock;
    assert.equal(Buffer.from(type.hashTreeRoot(block as never)).toString("hex"), root.slice(2));
  });
});
