import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import type {Slot} from "@mote/core";
import type {Received} from "../../src/network.ts";
import {chain, slotOf} from "./support/chains.ts";
import {close, connectedNodes, type GossipNode, NOW_SLOT, until} from "./support/gossip-nodes.ts";
import {syncMessage, vote} from "./support/messages.ts";

const SLOT = NOW_SLOT as Slot;
const {digests} = chain();

interface Pubsub {
  readonly mesh: Map<string, Set<string>>;
  getTopics(): string[];
  getSubscribers(topic: string): unknown[];
}
const pubsubOf = ({host}: GossipNode) => (host.services as unknown as {pubsub: Pubsub}).pubsub;

describe("publishing between real hosts", () => {
  let nodes: readonly [GossipNode, GossipNode];
  let received: Received<"beacon_attestation">[];

  beforeEach(async () => {
    nodes = (await connectedNodes(2)) as unknown as [GossipNode, GossipNode];
    received = [];
    nodes[1].gossip.handle("beacon_attestation", (message) => {
      received.push(message);
      return "accept";
    });
    nodes[1].gossip.subscribe("beacon_attestation", 3);
    const [topic] = pubsubOf(nodes[1]).getTopics();
    await until("the subscription is known", () => pubsubOf(nodes[0]).getSubscribers(topic!).length === 1);
  });
  afterEach(async () => close(nodes));

  const publish = (attester: number, subnetId = 3, slot = SLOT) =>
    nodes[0].gossip.publish("beacon_attestation", vote(slot, attester), {slot, subnetId});

  it("reaches those who follow a topic that we do not, and joins nothing", async () => {
    assert.equal((await publish(5)).peers, 1);
    await until("the vote", () => received.length === 1);
    assert.equal(received[0]!.value.attesterIndex, 5);
    assert.deepEqual(pubsubOf(nodes[0]).getTopics(), []);
    assert.equal(pubsubOf(nodes[0]).mesh.size, 0);
  });

  it("says that nobody got it, and can be tried again", async () => {
    const message = syncMessage(SLOT, 1);
    const at = {slot: SLOT, subnetId: 2};
    assert.equal((await nodes[0].gossip.publish("sync_committee", message, at)).peers, 0);
    nodes[1].gossip.subscribe("sync_committee", 2);
    await until("the subscription is known", () =>
      pubsubOf(nodes[1])
        .getTopics()
        .every((topic) => pubsubOf(nodes[0]).getSubscribers(topic).length === 1),
    );
    assert.equal((await nodes[0].gossip.publish("sync_committee", message, at)).peers, 1);
  });

  it("takes what a peer sent first as gone out, and as an echo", async () => {
    nodes[0].gossip.handle("beacon_attestation", () => "accept");
    nodes[0].gossip.subscribe("beacon_attestation", 3);
    const echoes: string[] = [];
    nodes[0].gossip.onEcho(({messageId}) => echoes.push(messageId));
    const [topic] = pubsubOf(nodes[1]).getTopics();
    await until("the subscription is known", () => pubsubOf(nodes[1]).getSubscribers(topic!).length === 1);
    const first = await nodes[1].gossip.publish("beacon_attestation", vote(SLOT, 8), {slot: SLOT, subnetId: 3});
    await until("the vote came", () => seen(nodes[0], first.messageId));
    assert.deepEqual(echoes, []);
    const second = await publish(8);
    assert.deepEqual(second, {peers: 1, messageId: first.messageId});
    assert.deepEqual(echoes, [first.messageId]);
  });

  it("of the same message again is no second message and no echo", async () => {
    const echoes: string[] = [];
    nodes[0].gossip.onEcho(({messageId}) => echoes.push(messageId));
    assert.deepEqual(await publish(1), await publish(1));
    await publish(2);
    await until("both votes", () => received.length === 2);
    assert.deepEqual(echoes, []);
  });

  it("goes under the digest of the message's own epoch", async () => {
    // Epoch 10 began a new digest; the topics of the one before are followed until epoch 12.
    assert.deepEqual(
      pubsubOf(nodes[1])
        .getTopics()
        .map((name) => name.split("/")[2]),
      digests.periods.slice(0, 2).map(({digest}) => digest),
    );
    await publish(1, 3, slotOf(9, 7));
    await publish(2, 3, slotOf(10));
    await until("both votes", () => received.length === 2);
    assert.deepEqual(
      received.map(({period}) => period.epoch).sort((a, b) => a - b),
      [0, 10],
    );
  });

  it("refuses kinds that the fork does not have, and never rejects", async () => {
    const envelope = ssz.gloas.SignedExecutionPayloadEnvelope.defaultValue();
    const refused = [
      await nodes[0].gossip.publish("execution_payload", envelope, {slot: SLOT}),
      await nodes[0].gossip.publish("beacon_attestation", vote(SLOT, 1), {slot: SLOT}),
      await nodes[0].gossip.publish("beacon_attestation", vote(SLOT, 1), {slot: SLOT, subnetId: 64}),
      await nodes[0].gossip.publish("beacon_attestation", {} as never, {slot: SLOT, subnetId: 3}),
    ];
    assert.ok(refused.every(({peers}) => peers === 0));
    assert.equal(nodes[0].log.lines.length, 4);
  });
});

const seen = ({host}: GossipNode, messageId: string): boolean =>
  (host.services as unknown as {pubsub: {seenCache: {has(id: string): boolean}}}).pubsub.seenCache.has(messageId);
