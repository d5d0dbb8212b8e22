import assert from "node:assert/strict";
import {randomBytes} from "node:crypto";
import {ssz} from "@mote/consensus";
import type {Slot} from "@mote/core";
import {close, type GossipNode, NOW_SLOT, openNode, until} from "./support/gossip-nodes.ts";

const TRANSACTION_SIZE_BYTES = 1_048_576;
/** What is random does not get smaller: 9 MiB on the wire, of the 10 that a message may have. */
const TRANSACTIONS = 9;

describe("a message close to MAX_PAYLOAD_SIZE, between real hosts", () => {
  let nodes: readonly [GossipNode, GossipNode, GossipNode];
  const received: number[][] = [[], [], []];

  before(async () => {
    nodes = [await openNode(), await openNode(), await openNode()];
    for (const [nth, {gossip}] of nodes.entries()) {
      gossip.handle("beacon_block", ({value}) => {
        received[nth]?.push(sizeOf(value));
        return "accept";
      });
      gossip.subscribe("beacon_block");
    }
    const [first, middle, last] = nodes;
    await middle.host.dial(first.host.getMultiaddrs());
    await middle.host.dial(last.host.getMultiaddrs());
    await until("the meshes", () => [first, last].every((node) => meshSize(node) === 1) && meshSize(middle) === 2);
  });
  after(() => close(nodes));

  it("is sent, and handed on", async () => {
    const block = ssz.fulu.SignedBeaconBlock.defaultValue();
    block.message.slot = NOW_SLOT;
    block.message.body.executionPayload.transactions = Array.from({length: TRANSACTIONS}, () =>
      randomBytes(TRANSACTION_SIZE_BYTES),
    );
    const {peers} = await nodes[0].gossip.publish("beacon_block", block, {slot: NOW_SLOT as Slot});
    assert.equal(peers, 1);
    await until("the block at the far end", () => received[2]?.length === 1);
    assert.deepEqual(received, [[], [sizeOf(block)], [sizeOf(block)]]);
  });
});

function sizeOf(block: unknown): number {
  const {body} = (block as {message: {body: {executionPayload: {transactions: Uint8Array[]}}}}).message;
  return body.executionPayload.transactions.reduce((total, {length}) => total + length, 0);
}

function meshSize({host}: GossipNode): number {
  const {pubsub} = host.services as unknown as {pubsub: {mesh: Map<string, Set<string>>}};
  return [...pubsub.mesh.values()][0]?.size ?? 0;
}
