// A beacon node and the peers of a network, in a process of their own: what they do must not be counted as Mote's. All that they send is sound.
import {setTimeout as sleep} from "node:timers/promises";
import {setFastHasher} from "@mote/consensus";
import type {Slot} from "@mote/core";
import type {GossipKind, GossipTypes, Network} from "@mote/networking";
import {BenchNode} from "../chain/bench-node.ts";
import type {BenchChainInit} from "../chain/chain-init.ts";
import {networkAnswer} from "./network-answers.ts";
import {openPeer} from "./peer.ts";
import {SignedChain} from "./signed-chain.ts";

const PEERS = 8;
/** Of a slot: sync messages are due at a third of it, and come within a second. */
const SYNC_SHARE = 1 / 3;
const SYNC_SPREAD_MS = 1_000;
const SYNC_MESSAGES_AT_ONCE = 8;
const SYNC_SUBNETS = 4;
/** The block is to travel before this process has other work. */
const SETTLING_MS = 1_000;

await setFastHasher();
const init = JSON.parse(process.argv[2] ?? "") as BenchChainInit;
const say = (event: object) => console.log(JSON.stringify(event));
const chain = new SignedChain(init);
const unixMsOf = (slot: number): number => init.genesisTimeSec * 1000 + slot * init.slotMs;
const first = Math.ceil((Date.now() - unixMsOf(0)) / init.slotMs);
// All that is past, and what the light client is shown of it.
chain.block(first);
chain.advance(first - 1);

const node = new BenchNode({
  chain,
  onVotes: () => {},
  onBlock: say,
  ownAnswer: (route, request) => networkAnswer(chain, route, request),
});
await node.listen();
const peers: Network[] = [];
for (let at = 0; at < PEERS; at++) {
  const others = peers.map((peer) => peer.multiaddrs()[0] as string);
  peers.push(await openPeer(chain, others));
}
const multiaddrs = peers.map((peer) => peer.multiaddrs()[0] as string);
say({event: "listening", urls: [node.url], multiaddrs});

let turn = 0;
/** Each message enters the network at the next of the peers. */
function send<Kind extends GossipKind>(kind: Kind, value: GossipTypes[Kind], slot: number, subnetId?: number): void {
  const {gossip} = peers[turn++ % PEERS] as Network;
  void gossip.publish(kind, value, subnetId === undefined ? {slot: slot as Slot} : {slot: slot as Slot, subnetId});
}

interface SyncMessage {
  readonly value: GossipTypes["sync_committee"];
  readonly subnetId: number;
}

/** Of all members, those of different subnets at once. They are signed before they are due, so that they come as fast as they should. */
function syncMessages(slot: number): readonly SyncMessage[] {
  const seatsPerSubnet = chain.committee.committee.pubkeys.length / SYNC_SUBNETS;
  return chain.committee.committee.pubkeys.map((_, nth) => {
    const subnetId = nth % SYNC_SUBNETS;
    return {subnetId, value: chain.syncMessage(slot, subnetId * seatsPerSubnet + Math.floor(nth / SYNC_SUBNETS))};
  });
}

async function sendSyncMessages(slot: number, messages: readonly SyncMessage[]): Promise<void> {
  const startMs = unixMsOf(slot) + init.slotMs * SYNC_SHARE;
  for (const [at, {value, subnetId}] of messages.entries()) {
    if (at % SYNC_MESSAGES_AT_ONCE === 0)
      await sleep(Math.max(0, startMs + (at * SYNC_SPREAD_MS) / messages.length - Date.now()));
    send("sync_committee", value, slot, subnetId);
  }
}

/** The optimistic update first: what a finality update has told already is no news. */
function sendLightClientNews(slot: number): void {
  const update = chain.finalityUpdate(slot - 1);
  const {attestedHeader, syncAggregate, signatureSlot} = update;
  const optimistic = {attestedHeader, syncAggregate, signatureSlot};
  send("light_client_optimistic_update", optimistic as GossipTypes["light_client_optimistic_update"], slot - 1);
  send("light_client_finality_update", update, slot - 1);
}

for (let slot = first; ; slot++) {
  chain.block(slot);
  await sleep(Math.max(0, unixMsOf(slot) + init.headDelayMs - Date.now()));
  chain.advance(slot);
  send("beacon_block", chain.block(slot).signed, slot);
  node.emitHead();
  say({event: "head", slot});
  await sleep(SETTLING_MS);
  const messages = syncMessages(slot);
  await sleep(Math.max(0, unixMsOf(slot) + init.slotMs * SYNC_SHARE - Date.now()));
  sendLightClientNews(slot);
  await sendSyncMessages(slot, messages);
}
