import assert from "node:assert/strict";
import {InvalidValueError} from "@mote/core";
import {multiaddr} from "@multiformats/multiaddr";
import {formatPeerAddress, isPublicIp, parsePeerAddress, siteOf} from "../../src/peers/addresses.ts";
import {createConnectionGater} from "../../src/peers/connection-gater.ts";
import {PEERS} from "./peer-ids.ts";

const [peer = "", other = ""] = PEERS;

describe("parsePeerAddress", () => {
  it("reads a way to a peer, and writes it back", () => {
    for (const address of ["/ip4/1.2.3.4/tcp/9000", "/ip6/2a00::1/tcp/9000", "/dns4/node.example/tcp/443"]) {
      const parsed = parsePeerAddress(`${address}/p2p/${peer}`);
      assert.deepEqual(parsed, {peer, multiaddr: address});
      assert.equal(formatPeerAddress(parsed), `${address}/p2p/${peer}`);
    }
  });

  it("says what is missing from anything else", () => {
    const refused: readonly (readonly [string, RegExp])[] = [
      ["", /begin with/],
      ["1.2.3.4:9000", /malformed/],
      ["/ip4/1.2.3.4", /tcp port/],
      ["/ip4/1.2.3.4/udp/9000", /tcp port/],
      [`/ip4/1.2.3.4/tcp/0/p2p/${peer}`, /tcp port/],
      ["/ip4/1.2.3.4/tcp/9000", /end with/],
      [`/ip4/1.2.3.4/tcp/9000/p2p/${peer}/p2p-circuit`, /end with/],
      [`/p2p/${peer}`, /begin with/],
      [`/unix/x/tcp/1/p2p/${peer}`, /begin with|malformed/],
      [`/ip4/1.2.3.4/tcp/9000/p2p/nobody`, /malformed|none/],
      [`/dns4/${"a".repeat(300)}/tcp/1/p2p/${peer}`, /too long/],
    ];
    for (const [text, reason] of refused)
      assert.throws(
        () => parsePeerAddress(text),
        (error: unknown) => error instanceof InvalidValueError && reason.test(error.message),
        text,
      );
  });
});

describe("isPublicIp", () => {
  it("knows what cannot be reached from the internet", () => {
    const isPublic = ["1.1.1.1", "172.32.0.1", "223.255.255.255", "2a00:1450::1", "2606:4700::1111"];
    const isNot =
      "0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 169.254.1.1 172.16.0.1 172.31.255.255 192.168.1.1 198.18.0.1 203.0.113.9 224.0.0.1 255.255.255.255 " +
      ":: ::1 fe80::1 fd00::1 ff02::1 2001:db8::1 ::ffff:1.1.1.1 2002:7f00:1::1 name";
    for (const ip of isPublic) assert.ok(isPublicIp(ip), ip);
    for (const ip of isNot.split(" ")) assert.ok(!isPublicIp(ip), ip);
  });
});

describe("siteOf", () => {
  it("is the /64 of an IPv6 address however it is written, and an IPv4 address itself", () => {
    assert.equal(siteOf("9.9.9.9"), "9.9.9.9");
    assert.equal(siteOf("2a00:1:2:3::1"), siteOf("2a00:0001:2:3:ffff:1:2:3"));
    assert.equal(siteOf("2a00:1::1"), siteOf("2a00:1:0:0:5::"));
    assert.notEqual(siteOf("2a00:1:2:3::1"), siteOf("2a00:1:2:4::1"));
  });
});

describe("createConnectionGater", () => {
  const gater = (allowsPrivate: boolean) =>
    createConnectionGater(
      {allowsPrivate, direct: new Set([peer]), inboundMax: 2},
      {isBanned: (one) => one === other, inboundPeers: () => inbound},
    );
  let inbound: readonly string[] = [];
  const denies = (allowsPrivate: boolean, address: string) =>
    gater(allowsPrivate).denyDialMultiaddr?.(multiaddr(address)) as boolean;

  it("lets nobody be sent to private addresses, but on a network of one machine and where the operator said so", () => {
    assert.ok(denies(false, `/ip4/192.168.1.1/tcp/22/p2p/${other}`));
    assert.ok(denies(false, "/ip6/::1/tcp/22"));
    assert.ok(denies(false, "/dns4/localhost/tcp/22"));
    assert.ok(!denies(false, `/ip4/9.9.9.9/tcp/9000/p2p/${other}`));
    assert.ok(!denies(false, `/ip4/192.168.1.1/tcp/9000/p2p/${peer}`));
    assert.ok(!denies(true, `/ip4/127.0.0.1/tcp/9000/p2p/${other}`));
  });

  it("keeps the banned out both ways", () => {
    const {denyDialPeer, denyInboundEncryptedConnection} = gater(true);
    for (const deny of [denyDialPeer, denyInboundEncryptedConnection]) {
      assert.equal(deny?.({toString: () => other} as never, {} as never), true);
      assert.equal(deny?.({toString: () => peer} as never, {} as never), false);
    }
  });

  it("lets so many in and no more, but for those whom the operator named", () => {
    const refused = (...present: readonly string[]) => {
      inbound = present;
      const {denyInboundConnection, denyInboundUpgradedConnection: deny} = gater(true);
      return [
        denyInboundConnection?.({} as never),
        ...[other, peer].map((one) => deny?.({toString: () => one} as never, {} as never)),
      ];
    };
    assert.deepEqual(refused("a"), [false, false, false]);
    assert.deepEqual(refused("a", peer), [false, false, false]);
    assert.deepEqual(refused("a", "b"), [false, true, false]);
    assert.deepEqual(refused("a", "a", peer), [true, true, false]);
  });
});
