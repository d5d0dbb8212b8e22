import assert from "node:assert/strict";
import {createServer} from "node:net";
import {noise} from "@chainsafe/libp2p-noise";
import {generateKeyPair, privateKeyFromRaw} from "@libp2p/crypto/keys";
import {identify} from "@libp2p/identify";
import type {Libp2p} from "@libp2p/interface";
import {mplex} from "@libp2p/mplex";
import {peerIdFromPrivateKey} from "@libp2p/peer-id";
import {tcp} from "@libp2p/tcp";
import {yamux} from "@libp2p/yamux";
import {multiaddr} from "@multiformats/multiaddr";
import {createLibp2p} from "libp2p";
import {createHost, type HostInit, startHost} from "../../src/host.ts";
import type {Identified, OpenConnection} from "../../src/peers/connections.ts";
import {Libp2pConnections} from "../../src/peers/libp2p-connections.ts";
import {keyBytes} from "../discovery/records.ts";
import {until} from "./open-networks.ts";
import {realClock} from "./real-clock.ts";

const LISTEN = {ip4: "127.0.0.1", ip6: null, tcpPort: 0, udpPort: null};

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const {port} = server.address() as {port: number};
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const strangers = (count: number): readonly string[] =>
  Array.from({length: count}, (_, i) => peerIdFromPrivateKey(privateKeyFromRaw(keyBytes(i))).toString());

describe("createHost", () => {
  const started: Libp2p[] = [];

  async function make(changes: Partial<HostInit> = {}, banned = new Set<string>()): Promise<Libp2p> {
    const init: HostInit = {
      privateKey: await generateKeyPair("secp256k1"),
      listen: LISTEN,
      announced: {},
      agent: "mote-test/1",
      targetPeers: 4,
      directPeers: new Set(),
      allowsPrivate: true,
      ...changes,
    };
    const host = await createHost(init, {services: {}, isBanned: (peer) => banned.has(peer)});
    started.push(host);
    await startHost(host, init.listen);
    return host;
  }

  /** A peer of another make, with one muxer alone. */
  async function makePeer(muxer: typeof yamux | typeof mplex): Promise<Libp2p> {
    const peer = await createLibp2p({
      addresses: {listen: ["/ip4/127.0.0.1/tcp/0"]},
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [muxer()],
      services: {identify: identify()},
    });
    started.push(peer);
    return peer;
  }

  const addressOf = (host: Libp2p): string => String(host.getMultiaddrs()[0]).replace(/\/p2p\/.*/, "");
  const idOf = (host: Libp2p): string => host.peerId.toString();

  afterEach(() => Promise.all(started.splice(0).map((host) => host.stop())));

  for (const [name, muxer] of [
    ["yamux", yamux],
    ["mplex", mplex],
  ] as const)
    it(`talks to a peer that has ${name} alone, both ways`, async () => {
      const host = await make();
      const [first, second] = [await makePeer(muxer), await makePeer(muxer)];
      await new Libp2pConnections({host, clock: realClock}).dial(idOf(first), [addressOf(first)]);
      await new Libp2pConnections({host: second, clock: realClock}).dial(idOf(host), [addressOf(host)]);
      await until("both connections", () => host.getConnections().length === 2);
      const muxers = host.getConnections().map(({multiplexer}) => multiplexer);
      assert.ok(
        muxers.every((one) => one?.includes(name)),
        `${muxers}`,
      );
    });

  it("listens on IPv6 too", async () => {
    const host = await make({listen: {...LISTEN, ip6: "::1"}});
    const peer = await make();
    const ip6 = host
      .getMultiaddrs()
      .map(String)
      .find((address) => address.startsWith("/ip6/"));
    assert.ok(ip6 !== undefined);
    await new Libp2pConnections({host: peer, clock: realClock}).dial(idOf(host), [ip6.replace(/\/p2p\/.*/, "")]);
    assert.equal(peer.getConnections().length, 1);
  });

  it("announces what it was told to, beside what it listens on", async () => {
    const host = await make({announced: {ip4: "9.9.9.9", ip6: "2a00::1", tcpPort: 30_000}});
    const addresses = host.getMultiaddrs().map(String).join(" ");
    assert.match(addresses, /\/ip4\/9\.9\.9\.9\/tcp\/30000\/p2p\//);
    assert.match(addresses, /\/ip6\/2a00::1\/tcp\/30000\/p2p\//);
    assert.match(addresses, /\/ip4\/127\.0\.0\.1\/tcp\//);
  });

  it("lets the banned neither in nor be dialled", async () => {
    const banned = new Set<string>();
    const host = await make({}, banned);
    const peer = await make();
    banned.add(idOf(peer));
    await assert.rejects(new Libp2pConnections({host, clock: realClock}).dial(idOf(peer), [addressOf(peer)]));
    const connections = new Libp2pConnections({host: peer, clock: realClock});
    await connections.dial(idOf(host), [addressOf(host)]).catch(() => {});
    await until("the door to be shut", () => peer.getConnections().length === 0);
    assert.equal(host.getConnections().length, 0);
  });

  it("dials no private address on a public network", async () => {
    const peer = await make();
    const host = await make({allowsPrivate: false});
    await assert.rejects(new Libp2pConnections({host, clock: realClock}).dial(idOf(peer), [addressOf(peer)]));
    const named = await make({allowsPrivate: false, directPeers: new Set([idOf(peer)])});
    await new Libp2pConnections({host: named, clock: realClock}).dial(idOf(peer), [addressOf(peer)]);
  });

  it("takes nobody for another", async () => {
    const [host, peer, other] = [await make(), await make(), await make()];
    await assert.rejects(new Libp2pConnections({host, clock: realClock}).dial(idOf(other), [addressOf(peer)]));
  });

  it("has a bounded number of connections", async () => {
    const host = await make({targetPeers: 1});
    const peers = await Promise.all(Array.from({length: 14}, () => makePeer(yamux)));
    for (const peer of peers)
      await new Libp2pConnections({host: peer, clock: realClock}).dial(idOf(host), [addressOf(host)]).catch(() => {});
    assert.ok(host.getConnections().length <= 11, `${host.getConnections().length}`);
  });

  it("has room for those whom it dials, and for those whom the operator named, however many come in", async () => {
    const named = await makePeer(yamux);
    const host = await make({targetPeers: 4, directPeers: new Set([idOf(named)])});
    const crowd = await Promise.all(Array.from({length: 18}, () => makePeer(yamux)));
    const door = multiaddr(addressOf(host));
    await Promise.allSettled(crowd.map((peer) => peer.dial(door)));
    const inbound = () => host.getConnections().filter(({direction}) => direction === "inbound").length;
    await until("all that may come in", () => inbound() === 10);

    const others = await Promise.all(Array.from({length: 5}, () => makePeer(yamux)));
    for (const peer of others)
      await new Libp2pConnections({host, clock: realClock}).dial(idOf(peer), [addressOf(peer)]);
    await named.dial(door);
    await until("the named one", () => inbound() === 11);
    assert.deepEqual(
      others.map((peer) => host.getConnections(peer.peerId).length),
      [1, 1, 1, 1, 1],
    );
  });

  describe("Libp2pConnections", () => {
    it("leaves no trace of all the peers that could not be reached", async () => {
      const host = await make();
      const connections = new Libp2pConnections({host, clock: realClock});
      const port = await unusedPort();
      for (const peer of strangers(240)) await assert.rejects(connections.dial(peer, [`/ip4/127.0.0.1/tcp/${port}`]));
      const known = await host.peerStore.all();
      assert.ok(known.length > 0 && known.length <= 201, `${known.length}`);
    });

    it("tells of peers that come, say who they are, and go; also of those that were there", async () => {
      const [host, peer] = [await make(), await make({agent: "peer/\u0007é1"})];
      const record = () => {
        const opened: OpenConnection[] = [];
        const closed: string[] = [];
        const known = new Map<string, Identified>();
        return {opened, closed, known};
      };
      const listen = (into: ReturnType<typeof record>) =>
        new Libp2pConnections({host, clock: realClock}).subscribe({
          onOpen: (connection) => into.opened.push(connection),
          onClose: (one) => into.closed.push(one),
          onIdentified: (one, identified) => into.known.set(one, identified),
          onFlood: () => {},
        });
      const [early, late] = [record(), record()];
      const cancelEarly = listen(early);
      await new Libp2pConnections({host: peer, clock: realClock}).dial(idOf(host), [addressOf(host)]);
      await until("identify", () => early.known.size === 1);
      const cancelLate = listen(late);
      await until("identify of before", () => late.known.size === 1);
      for (const {opened, known} of [early, late]) {
        assert.equal(opened[0]?.peer, idOf(peer));
        assert.equal(opened[0]?.direction, "inbound");
        assert.match(opened[0]?.multiaddr ?? "", /^\/ip4\/127\.0\.0\.1\/tcp\/\d+$/);
        assert.equal(known.get(idOf(peer))?.agent, "peer/1");
      }
      await new Libp2pConnections({host, clock: realClock}).close(idOf(peer));
      assert.deepEqual([early.closed, late.closed], [[idOf(peer)], [idOf(peer)]]);
      cancelEarly();
      cancelLate();
    });
  });
});
