import assert from "node:assert/strict";
import type {Libp2p} from "@libp2p/interface";
import {ssz} from "@lodestar/types";
import type {Clock, Epoch} from "@mote/core";
import {type Multiaddr, multiaddr} from "@multiformats/multiaddr";
import {digestBytes, ForkDigests} from "../../src/forks/fork-digests.ts";
import {fuluConfig, type Opened, openOnLoopback, until} from "../host/open-networks.ts";
import {realClock} from "../host/real-clock.ts";
import {openHost} from "../reqresp/support/hosts.ts";
import {chunk} from "../reqresp/support/raw.ts";

const TARGET_PEERS = 4;
const CROWD = 14;
const KNOCK_INTERVAL_MS = 400;
/** More if by then none of the crowd was ever seen among the peers, for that would show nothing. */
const ROUNDS = 8;

/** Of peers, their heartbeats above all. */
const SPEED = 10;
const startMs = realClock.nowMs();
const fastClock: Clock = {
  nowMs: () => startMs + (realClock.nowMs() - startMs) * SPEED,
  after: (delayMs, run) => realClock.after(delayMs / SPEED, run),
};

/** One of a crowd: it says what makes others keep it, and that it is on all subnets. */
async function openIntruder(): Promise<Libp2p> {
  const host = await openHost("yamux");
  const forkDigest = digestBytes(new ForkDigests(fuluConfig()).at(0 as Epoch));
  const metadata = ssz.fulu.Metadata.defaultValue();
  for (let subnetId = 0; subnetId < 64; subnetId++) metadata.attnets.set(subnetId, true);
  for (let subnetId = 0; subnetId < 4; subnetId++) metadata.syncnets.set(subnetId, true);
  for (const [protocol, answer] of [
    ["status/2", ssz.fulu.Status.serialize({...ssz.fulu.Status.defaultValue(), forkDigest})],
    ["metadata/3", ssz.fulu.Metadata.serialize(metadata)],
    ["ping/1", ssz.phase0.Ping.serialize(0n)],
  ] as const)
    await host.handle(`/eth2/beacon_chain/req/${protocol}/ssz_snappy`, (stream) => {
      stream.send(chunk(0, answer));
      void stream.close().catch(() => {});
    });
  return host;
}

describe("a crowd that comes in", () => {
  const opened: Opened[] = [];
  const crowd: Libp2p[] = [];
  const open: typeof openOnLoopback = async (...args) => {
    const one = await openOnLoopback(...args);
    opened.push(one);
    return one;
  };
  const listen = {ip4: "127.0.0.1", ip6: null, tcpPort: 0, udpPort: null};
  const addressOf = ({network}: Opened): string => network.multiaddrs()[0] ?? "";
  const knockAll = (door: Multiaddr) => Promise.allSettled(crowd.map((host) => host.dial(door)));

  afterEach(async () => {
    await Promise.all(crowd.splice(0).map((host) => host.stop()));
    await Promise.all(opened.splice(0).map(({network}) => network.stop()));
  });

  it("pushes out nobody whom the node dialled", async () => {
    const own = await Promise.all(Array.from({length: TARGET_PEERS}, () => open({listen})));
    const node = await open({listen, targetPeers: TARGET_PEERS, bootNodes: own.map(addressOf)}, {clock: fastClock});
    const dialled = () => node.network.peers.list().filter(({direction}) => direction === "outbound").length;
    await until("all that it knows of", () => dialled() === TARGET_PEERS);

    crowd.push(...(await Promise.all(Array.from({length: CROWD}, openIntruder))));
    let rounds = 0;
    let isIn = false;
    while (rounds < ROUNDS || !isIn) {
      await knockAll(multiaddr(addressOf(node)));
      const untilMs = realClock.nowMs() + KNOCK_INTERVAL_MS;
      while (realClock.nowMs() < untilMs) {
        assert.equal(dialled(), TARGET_PEERS);
        isIn ||= node.network.peers.list().some(({attnets}) => attnets.length === 64);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      rounds++;
    }
  }).timeout(30_000);
});
