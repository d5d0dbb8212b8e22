import assert from "node:assert/strict";
import {bootNodesOf, KNOWN_NETWORK_NAMES} from "@mote/consensus";
import {InvalidValueError} from "@mote/core";
import {arePrivate, parseBootNodes} from "../../src/discovery/boot-nodes.ts";
import {PEERS} from "../peers/peer-ids.ts";
import {bytes, recordOf} from "./records.ts";

const [peer = ""] = PEERS;

describe("parseBootNodes", () => {
  for (const name of KNOWN_NETWORK_NAMES)
    it(`reads all that are published for ${name}, none of them in a private network`, () => {
      const published = bootNodesOf(name);
      const {records, peers} = parseBootNodes(published);
      assert.equal(records.length, published.length);
      assert.deepEqual(peers, []);
      for (const record of records) assert.ok(record.udp !== undefined || record.udp6 !== undefined);
      assert.ok(!arePrivate({records, peers}));
    });

  it("takes a multiaddr for a node to dial", () => {
    const {records, peers} = parseBootNodes([`/ip4/9.9.9.9/tcp/9000/p2p/${peer}`]);
    assert.deepEqual(records, []);
    assert.deepEqual(peers, [{peer, multiaddr: "/ip4/9.9.9.9/tcp/9000"}]);
  });

  it("refuses the first that is neither", () => {
    const good = bootNodesOf("hoodi")[0] ?? "";
    for (const bad of [
      "",
      "enr:",
      `${good.slice(0, -1)}A`,
      `${good}AAAA`,
      good.slice(4),
      `enr:${"a".repeat(100_000)}`,
      `/ip4/9.9.9.9/udp/1/p2p/${peer}`,
    ])
      assert.throws(() => parseBootNodes([good, bad]), InvalidValueError, bad.slice(0, 20));
  });
});

describe("arePrivate", () => {
  const record = (n: number, ip: string) => recordOf(n, {ip: bytes(ip), udp: bytes("2328")});
  const of = (...records: ReturnType<typeof record>[]) => arePrivate({records, peers: []});

  it("holds when all stand in private networks", () => {
    assert.ok(of(record(1, "7f000001"), record(2, "c0a80101")));
    assert.ok(!of(record(1, "7f000001"), record(2, "09090909")));
    assert.ok(!of());
    assert.ok(arePrivate(parseBootNodes([`/ip4/10.1.2.3/tcp/9000/p2p/${peer}`])));
    assert.ok(!arePrivate(parseBootNodes([`/dns4/node.example/tcp/9000/p2p/${peer}`])));
  });
});
