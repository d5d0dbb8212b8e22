import assert from "node:assert/strict";
import {createServer} from "node:net";
import type {Slot} from "@mote/core";
import {ListenError} from "../../src/listen-error.ts";
import type {Received} from "../../src/network.ts";
import {MemoryFiles} from "../peers/memory-files.ts";
import {exitMessage, fuluConfig, type Opened, openOnLoopback, until} from "./open-networks.ts";

describe("openNetwork", () => {
  const opened: Opened[] = [];
  const open: typeof openOnLoopback = async (...args) => {
    const one = await openOnLoopback(...args);
    opened.push(one);
    return one;
  };
  const addressOf = ({network}: Opened): string => network.multiaddrs()[0] ?? "";

  afterEach(() => Promise.all(opened.splice(0).map(({network}) => network.stop())));

  it("has three nodes find each other, say what chain they are on, and gossip", async () => {
    const first = await open({role: "full"});
    const enr = first.network.enr();
    assert.ok(enr !== null);
    const second = await open({directPeers: [addressOf(first)], bootNodes: [enr]});
    await until("a direct peer", () => first.network.peers.list().length === 1);
    const third = await open({bootNodes: [enr]});
    await until("all know all", () => opened.every(({network}) => network.peers.list().length === 2), 20_000);

    const views = third.network.peers.list();
    assert.deepEqual(views.map(({peerId}) => peerId).sort(), [first, second].map(({network}) => network.peerId).sort());
    for (const {status, agent, protocols} of views) {
      assert.equal(status?.headRoot, `0x${"aa".repeat(32)}`);
      assert.equal(agent, "mote-test/1");
      assert.ok(protocols.includes("/eth2/beacon_chain/req/status/2/ssz_snappy"));
    }

    const received: Received<"voluntary_exit">[] = [];
    for (const {network} of opened) {
      network.gossip.handle("voluntary_exit", (one) => {
        received.push(one);
        return "accept";
      });
      network.gossip.subscribe("voluntary_exit");
    }
    const slot = third.slotClock.currentSlot() as Slot;
    const message = exitMessage();
    // Subscriptions travel too.
    let peers = 0;
    for (let i = 0; i < 50 && peers < 2; i++) {
      message.message.validatorIndex = i;
      ({peers} = await third.network.gossip.publish("voluntary_exit", message, {slot}));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const last = () => received.filter(({value}) => value.message.validatorIndex === message.message.validatorIndex);
    await until("the message at both", () => last().length === 2);
  }).timeout(30_000);

  it("keeps its name and its record over a restart", async () => {
    const files = new MemoryFiles();
    const before = await open({}, {files});
    const {peerId} = before.network;
    const seq = files.text("p2p-enr");
    await before.network.stop();
    const after = await open({}, {files});
    assert.equal(after.network.peerId, peerId);
    assert.ok(seq.startsWith("enr:"));
    assert.notEqual(after.network.enr(), seq, "the port is another, so the record must be");
  });

  it("says which port is in use, for both kinds, and leaves nothing open", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const {port} = server.address() as {port: number};
    try {
      for (const udpPort of [null, 0]) {
        const opening = openOnLoopback({listen: {ip4: "127.0.0.1", ip6: null, tcpPort: port, udpPort}});
        await assert.rejects(opening, (error: unknown) => {
          assert.ok(error instanceof ListenError);
          assert.match(error.message, new RegExp(`${port}: the port is in use; choose another port`));
          return true;
        });
      }
    } finally {
      server.close();
    }
  });

  it("works without discovery, and says so", async () => {
    const first = await open({listen: {ip4: "127.0.0.1", ip6: null, tcpPort: 0, udpPort: null}});
    assert.equal(first.network.enr(), null);
    const second = await open({directPeers: [addressOf(first)]});
    await until("a direct peer", () => second.network.peers.list().length === 1);
  });

  it("lists nobody of another chain, and says why it left", async () => {
    const first = await open();
    const second = await open({
      config: fuluConfig({FULU_FORK_VERSION: Uint8Array.of(9, 9, 9, 9)}),
      directPeers: [addressOf(first)],
    });
    await until("the offence", () => second.log.lines.some((line) => line.includes("score pays")));
    assert.deepEqual(first.network.peers.list(), []);
    assert.deepEqual(second.network.peers.list(), []);
  });

  it("refuses what is no boot node or no direct peer, by name", async () => {
    await assert.rejects(openOnLoopback({bootNodes: ["enr:-abc"]}), /boot node: not a signed record/);
    await assert.rejects(openOnLoopback({directPeers: ["10.0.0.1:9000"]}), /not a peer's multiaddr/);
  });
});
