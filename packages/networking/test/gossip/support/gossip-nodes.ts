import {noise} from "@chainsafe/libp2p-noise";
import {identify} from "@libp2p/identify";
import type {Libp2p} from "@libp2p/interface";
import {tcp} from "@libp2p/tcp";
import {yamux} from "@libp2p/yamux";
import type {Clock, Log} from "@mote/core";
import {FakeLog} from "@mote/testing";
import {createLibp2p} from "libp2p";
import {Libp2pGossip} from "../../../src/gossip/gossip.ts";
import type {Offence} from "../../../src/network.ts";
import {chain, slotClockAt} from "./chains.ts";

const REAL_CLOCK: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface GossipNode {
  readonly gossip: Libp2pGossip;
  readonly host: Libp2p;
  readonly peer: string;
  readonly log: FakeLog;
  readonly offences: {readonly peer: string; readonly offence: Offence; readonly detail: string}[];
}

/** The slot that the nodes' clocks begin in. */
export const NOW_SLOT = 80;

/** Real hosts on loopback, connected each to each. */
export async function connectedNodes(count: number): Promise<readonly GossipNode[]> {
  const nodes = await Promise.all(Array.from({length: count}, openNode));
  for (const [i, {host}] of nodes.entries()) {
    await Promise.all(nodes.slice(i + 1).map((other) => host.dial(other.host.getMultiaddrs())));
  }
  return nodes;
}

export async function openNode(): Promise<GossipNode> {
  const log = new FakeLog();
  const offences: GossipNode["offences"] = [];
  const gossip = openGossip(log, offences);
  const host = await openHost({pubsub: gossip.service});
  gossip.start();
  return {gossip, host, peer: host.peerId.toString(), log, offences};
}

function openGossip(log: Log, offences: GossipNode["offences"]): Libp2pGossip {
  const {config, digests} = chain();
  return new Libp2pGossip(
    {config, digests},
    {
      slotClock: slotClockAt(REAL_CLOCK, NOW_SLOT),
      random: {next: Math.random},
      log,
      onOffence: (peer, offence, detail) => offences.push({peer, offence, detail}),
      appScore: () => 0,
    },
  );
}

export async function openHost(services: Record<string, unknown> = {}): Promise<Libp2p> {
  return createLibp2p({
    addresses: {listen: ["/ip4/127.0.0.1/tcp/0"]},
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: {inboundConnectionThreshold: 1_000},
    connectionMonitor: {enabled: false},
    services: {identify: identify(), ...(services as object)},
  });
}

export async function close(nodes: readonly {readonly gossip?: Libp2pGossip; readonly host: Libp2p}[]): Promise<void> {
  for (const {gossip} of nodes) gossip?.stop();
  await Promise.all(nodes.map(({host}) => host.stop()));
}

/** @throws {Error} when it did not come true within 5 s */
export async function until(what: string, isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 250; turn++) {
    if (isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not within 5 s: ${what}`);
}
