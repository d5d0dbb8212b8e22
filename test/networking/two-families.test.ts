import assert from "node:assert/strict";
import {type Opened, openOnLoopback, until} from "../../packages/networking/test/host/open-networks.ts";

describe("nodes on addresses of their own", () => {
  const opened: Opened[] = [];
  const open: typeof openOnLoopback = async (...args) => {
    const one = await openOnLoopback(...args);
    opened.push(one);
    return one;
  };
  afterEach(() => Promise.all(opened.splice(0).map(({network}) => network.stop())));

  const addressOf = ({network}: Opened, family: "ip4" | "ip6"): string =>
    network.multiaddrs().find((address) => address.startsWith(`/${family}/`)) ?? "";

  it("find each other over IPv4 and over IPv6, by a node that has both", async () => {
    const both = await open({listen: {ip4: "127.0.0.1", ip6: "::1", tcpPort: 0, udpPort: 0}});
    assert.match(addressOf(both, "ip4"), /^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//);
    assert.match(addressOf(both, "ip6"), /^\/ip6\/::1\/tcp\/\d+\/p2p\//);
    const ip4 = await open({
      listen: {ip4: "127.0.0.2", ip6: null, tcpPort: 0, udpPort: null},
      directPeers: [addressOf(both, "ip4")],
    });
    const ip6 = await open({
      listen: {ip4: null, ip6: "::1", tcpPort: 0, udpPort: null},
      directPeers: [addressOf(both, "ip6")],
    });
    await until("both", () => both.network.peers.list().length === 2);
    for (const [{network}, family] of [
      [ip4, "ip4"],
      [ip6, "ip6"],
    ] as const) {
      await until("a status", () => network.peers.list().length === 1);
      const [peer] = network.peers.list();
      assert.equal(peer?.peerId, both.network.peerId);
      assert.ok(peer?.multiaddr.startsWith(`/${family}/`));
    }
  });
}).timeout(20_000);
