import assert from "node:assert/strict";
import type {Slot} from "@mote/core";
import type {Validation} from "../../src/network.ts";
import {close, connectedNodes, type GossipNode, NOW_SLOT, until} from "./support/gossip-nodes.ts";
import {vote} from "./support/messages.ts";

const SLOT = NOW_SLOT as Slot;
const VOTES = 200;

interface Peers {
  readonly verdict: Validation;
  /** Whether they are given each vote themselves at that moment, as beacon nodes are by their API. */
  readonly publishToo: boolean;
}

interface Echoed {
  readonly echoes: number;
  /** How many votes each peer got from others. */
  readonly perPeer: number[];
  /** To how many peers each vote went. */
  readonly peersOfVotes: number[];
}

/** How many votes of the last node came back to it. */
async function echoRate({verdict, publishToo}: Peers): Promise<Echoed> {
  const nodes = await connectedNodes(4);
  try {
    const received = nodes.map(() => 0);
    for (const [i, {gossip}] of nodes.entries()) {
      gossip.handle("beacon_attestation", () => {
        received[i]!++;
        return verdict;
      });
      gossip.subscribe("beacon_attestation", 7);
    }
    const us = nodes[3] as GossipNode;
    await until("all meshes are formed", () => nodes.every((node) => meshSize(node) === 3));
    const heard = new Map<string, number>();
    us.gossip.onEcho(({messageId}) => heard.set(messageId, (heard.get(messageId) ?? 0) + 1));
    const peersOfVotes: number[] = [];
    for (let i = 0; i < VOTES; i++) {
      const publishers = publishToo ? [us, ...nodes.slice(0, 3)] : [us];
      const [published] = await Promise.all(
        publishers.map(({gossip}) => gossip.publish("beacon_attestation", vote(SLOT, i), {slot: SLOT, subnetId: 7})),
      );
      peersOfVotes.push(published?.peers ?? 0);
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const deliveries = publishToo ? 0 : (verdict === "accept" ? 3 : 2) * VOTES;
    await until("deliveries", () => received.slice(0, 3).reduce((sum, n) => sum + n) >= deliveries);
    if (verdict === "accept") await until("echoes", () => heard.size === VOTES).catch(() => {});
    assert.ok(
      [...heard.values()].every((times) => times === 1),
      "an echo was told twice",
    );
    return {echoes: heard.size, perPeer: received.slice(0, 3), peersOfVotes};
  } finally {
    await close(nodes);
  }
}

function meshSize({host}: GossipNode): number {
  const {pubsub} = host.services as {pubsub: {mesh: Map<string, Set<string>>}};
  return [...pubsub.mesh.values()][0]?.size ?? 0;
}

describe("echoes between real hosts", () => {
  it("come for 99% of votes, of which every peer gets each", async () => {
    const {echoes, perPeer, peersOfVotes} = await echoRate({verdict: "accept", publishToo: false});
    assert.ok(echoes >= VOTES * 0.99, `${echoes} of ${VOTES}`);
    assert.deepEqual(perPeer, [VOTES, VOTES, VOTES]);
    assert.ok(
      peersOfVotes.every((peers) => peers === 2),
      "one peer of three is held back",
    );
  });

  it("come when the same votes reach the peers by their beacon APIs too", async () => {
    const {echoes} = await echoRate({verdict: "accept", publishToo: true});
    assert.ok(echoes >= VOTES * 0.99, `${echoes} of ${VOTES}`);
  });

  it("do not come from peers that hand nothing on", async () => {
    const {echoes, perPeer} = await echoRate({verdict: "ignore", publishToo: false});
    assert.equal(echoes, 0);
    assert.equal(
      perPeer.reduce((sum, count) => sum + count),
      2 * VOTES,
      "the one held back got nothing",
    );
  });
});
