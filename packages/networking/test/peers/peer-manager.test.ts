import assert from "node:assert/strict";
import type {Epoch, Slot} from "@mote/core";
import {BAN_DURATION_MS} from "../../src/peers/peer-score.ts";
import {GOODBYE} from "../../src/peers/peer-wire.ts";
import {FakeWorld, rootOf} from "./fake-world.ts";
import {PEERS} from "./peer-ids.ts";

const [a = "", b = "", c = ""] = PEERS;
const MINUTE_MS = 60_000;

describe("PeerManager", () => {
  let world: FakeWorld;
  const start = async (init: ConstructorParameters<typeof FakeWorld>[0] = {targetPeers: 20}) => {
    world = new FakeWorld(init);
    await world.manager.start();
  };
  const listed = () => world.manager.list().map(({peerId}) => peerId);

  afterEach(() => world.manager.stop());

  describe("meeting peers", () => {
    it("dials who is found, and lists who is of our chain", async () => {
      await start();
      world.find(a, [3, 9]);
      await world.clock.advance(500);
      const [view] = world.manager.list();
      assert.equal(view?.peerId, a);
      assert.equal(view.direction, "outbound");
      assert.equal(view.status?.headSlot, 320);
      assert.deepEqual(view.attnets, [3, 9]);
      assert.equal(view.score, 0);
    });

    it("asks those who come in just the same", async () => {
      await start();
      world.add(a);
      world.open(a, "inbound");
      await world.clock.advance(1);
      assert.deepEqual(listed(), [a]);
      assert.equal(world.peers.get(a)?.statusRequests, 1);
    });

    it("searches while there are fewer than the target, and not after", async () => {
      await start({targetPeers: 2});
      await world.clock.advance(10_000);
      assert.ok(world.searches >= 2);
      for (const peer of [a, b]) world.find(peer);
      await world.clock.advance(10_000);
      const before = world.searches;
      await world.clock.advance(30_000);
      assert.equal(world.searches, before);
      assert.equal(listed().length, 2);
    });

    it("stops at the target", async () => {
      await start({targetPeers: 5});
      for (const peer of PEERS.slice(0, 30)) world.find(peer);
      await world.clock.advance(MINUTE_MS);
      assert.equal(listed().length, 5);
    });

    it("leaves who does not answer", async () => {
      await start();
      world.find(a).isSilent = true;
      await world.clock.advance(500);
      assert.deepEqual(listed(), []);
      assert.ok(!world.connected.has(a));
    });
  });

  describe("chains", () => {
    for (const [what, status] of [
      ["another finalized root at our epoch", {finalizedRoot: rootOf("66")}],
      ["a finalized epoch that has not begun", {finalizedEpoch: 900 as Epoch}],
      ["a head from the future", {headSlot: 400 as Slot}],
    ] as const)
      it(`says "irrelevant network" to a peer with ${what}, and stays away for a while`, async () => {
        await start();
        world.add(a).status = {...world.status(), ...status};
        world.find(a);
        await world.clock.advance(20_000);
        assert.deepEqual(world.goodbyesTo(a), [GOODBYE.irrelevantNetwork]);
        assert.deepEqual(listed(), []);
        assert.equal(world.peers.get(a)?.dials, 1);
      });

    it("takes a peer that is behind, or ahead in finality, for one of ours", async () => {
      await start();
      world.add(a).status = {
        ...world.status(),
        finalizedEpoch: 7 as Epoch,
        finalizedRoot: rootOf("f7"),
        headSlot: 250 as Slot,
      };
      world.add(b).status = {...world.status(), finalizedEpoch: 9 as Epoch, finalizedRoot: rootOf("f9")};
      for (const peer of [a, b]) world.find(peer);
      await world.clock.advance(10_000);
      assert.deepEqual(listed().sort(), [a, b].sort());
    });

    it("leaves a peer that turns to another chain later", async () => {
      await start();
      const fake = world.find(a);
      await world.clock.advance(MINUTE_MS);
      fake.status = {...world.status(), finalizedRoot: rootOf("66")};
      await world.clock.advance(7 * MINUTE_MS);
      assert.ok(world.goodbyesTo(a).includes(GOODBYE.irrelevantNetwork));
    });
  });

  describe("keeping in touch", () => {
    it("asks each peer again every few minutes, not all in one moment", async () => {
      await start();
      for (const peer of PEERS.slice(0, 10)) world.find(peer);
      await world.clock.advance(MINUTE_MS);
      const asked = new Map(PEERS.slice(0, 10).map((peer) => [peer, 0]));
      const moments = new Set<number>();
      for (let at = 0; at < 8 * MINUTE_MS; at += 5_000) {
        await world.clock.advance(5_000);
        for (const [peer, before] of asked) {
          const now = world.peers.get(peer)?.statusRequests ?? 0;
          if (before > 0 && now > before) moments.add(at);
          asked.set(peer, now);
        }
      }
      assert.ok(
        [...asked.values()].every((count) => count >= 2 && count <= 3),
        `${[...asked.values()]}`,
      );
      assert.ok(moments.size >= 5, `${[...moments]}`);
    });

    it("reads the metadata of a peer again when its number has gone up", async () => {
      await start();
      const fake = world.find(a, [1]);
      await world.clock.advance(MINUTE_MS);
      fake.metadata = {...fake.metadata, attnets: [2]};
      await world.clock.advance(7 * MINUTE_MS);
      assert.deepEqual(world.manager.list()[0]?.attnets, [1]);
      fake.metadata = {...fake.metadata, seqNumber: 2n};
      world.manager.news.ping(a, 2n);
      await world.clock.advance(5_000);
      assert.deepEqual(world.manager.list()[0]?.attnets, [2]);
    });

    it("leaves a peer that has died, at the second time", async () => {
      await start();
      const fake = world.find(a);
      await world.clock.advance(MINUTE_MS);
      fake.isSilent = true;
      await world.clock.advance(6.5 * MINUTE_MS);
      assert.ok(world.connected.has(a));
      await world.clock.advance(7 * MINUTE_MS);
      assert.ok(!world.connected.has(a));
    });

    it("lets go who says goodbye", async () => {
      await start();
      world.find(a);
      await world.clock.advance(500);
      world.manager.news.goodbye(a, 129n);
      await world.clock.advance(1);
      assert.ok(!world.connected.has(a));
    });
  });

  describe("offences", () => {
    it("leaves a peer at the first limit, bans it at the second, and takes it back in the end", async () => {
      await start();
      world.find(a);
      await world.clock.advance(500);
      world.report(a, "invalid_frame", 2);
      await world.clock.advance(1);
      assert.deepEqual(world.goodbyesTo(a), [GOODBYE.badScore]);
      world.report(a, "invalid_frame", 3);
      assert.ok(world.manager.isBanned(a));

      world.open(a, "inbound");
      await world.clock.advance(1);
      assert.deepEqual(world.goodbyesTo(a), [GOODBYE.badScore, GOODBYE.banned]);
      world.find(a);
      await world.clock.advance(BAN_DURATION_MS - 2 * MINUTE_MS);
      assert.equal(world.peers.get(a)?.dials, 1);
      await world.clock.advance(3 * MINUTE_MS);
      assert.deepEqual(listed(), [a]);
    });

    it("never bans a direct peer, and counts its offences all the same", async () => {
      await start({targetPeers: 1, directPeers: [{peer: a, multiaddr: "/ip4/127.0.0.1/tcp/9000"}]});
      await world.clock.advance(1);
      world.add(a);
      await world.clock.advance(2 * MINUTE_MS);
      world.report(a, "invalid_frame", 10);
      await world.clock.advance(1);
      assert.deepEqual(listed(), [a]);
      assert.ok((world.manager.list()[0]?.score ?? 0) < -99);
    });
  });

  describe("pruning", () => {
    it("leaves who gossip does not listen to any more, and prunes by gossip's score", async () => {
      await start({targetPeers: 2});
      for (const peer of [a, b, c]) {
        world.add(peer);
        world.open(peer, "inbound");
      }
      world.gossipScores.set(a, -20_000);
      await world.clock.advance(5_000);
      assert.deepEqual(world.goodbyesTo(a), [GOODBYE.badScore]);
      world.add(PEERS[5] ?? "");
      world.open(PEERS[5] ?? "", "inbound");
      world.gossipScores.set(b, -10);
      await world.clock.advance(5_000);
      assert.deepEqual(world.goodbyesTo(b), [GOODBYE.tooManyPeers]);
    });

    it("says 'too many peers' to those above the target, not to direct ones", async () => {
      await start({targetPeers: 2, directPeers: [{peer: a, multiaddr: "/ip4/127.0.0.1/tcp/9000"}]});
      for (const peer of PEERS.slice(0, 6)) {
        world.add(peer);
        world.open(peer, "inbound");
      }
      await world.clock.advance(5_000);
      assert.equal(listed().length, 2);
      assert.ok(listed().includes(a));
      const gone = PEERS.slice(1, 6).filter((peer) => !world.connected.has(peer));
      for (const peer of gone) assert.deepEqual(world.goodbyesTo(peer), [GOODBYE.tooManyPeers]);
    });

    it("finds and keeps peers on a wanted subnet until its slot is over", async () => {
      await start({targetPeers: 4});
      for (const peer of PEERS.slice(0, 20)) world.find(peer);
      await world.clock.advance(MINUTE_MS);
      world.manager.wantSubnets([{kind: "attnets", subnetId: 7, untilSlot: 335 as Slot}]);
      for (const peer of PEERS.slice(20, 25)) world.find(peer, [7]);
      await world.clock.advance(15_000);
      const onSubnet = () => world.manager.list().filter(({attnets}) => attnets.includes(7)).length;
      assert.ok(onSubnet() >= 1, `${onSubnet()}`);
      await world.clock.advance(MINUTE_MS);
      assert.equal(onSubnet(), 3);
      assert.ok(listed().length <= 5);
    });
  });

  describe("company of its own choice", () => {
    const all = (count: number) => Array.from({length: count}, (_, i) => i);
    const open = (peers: readonly string[]) => {
      for (const peer of peers) {
        const fake = world.peers.get(peer) ?? world.add(peer);
        fake.metadata = {...fake.metadata, attnets: all(64), syncnets: all(4)};
        if (!world.connected.has(peer)) world.open(peer, "inbound");
      }
    };
    const isWith = (peers: readonly string[]) => peers.filter((peer) => world.connected.has(peer)).length;

    it("stays in a crowd that comes in again after each heartbeat, and claims all subnets", async () => {
      await start({targetPeers: 10});
      const [own, crowd] = [PEERS.slice(0, 10), PEERS.slice(10, 30)];
      for (const peer of own) world.find(peer, [1]);
      await world.clock.advance(2 * MINUTE_MS);
      assert.equal(isWith(own), 10);
      world.manager.wantSubnets([{kind: "attnets", subnetId: 7, untilSlot: 400 as Slot}]);
      for (let beat = 0; beat < 20; beat++) {
        open(crowd);
        await world.clock.advance(5_000);
        // Three of the crowd say that they are on the subnet that nobody else is on.
        assert.ok(isWith(own) >= 7, `${isWith(own)} after ${beat}`);
      }
    });

    it("is looked for among strangers who fill all places, and takes half of them once it has settled", async () => {
      await start({targetPeers: 10});
      const [own, crowd, later] = [PEERS.slice(0, 10), PEERS.slice(10, 20), PEERS.slice(20, 30)];
      open(crowd);
      await world.clock.advance(2 * MINUTE_MS);
      assert.equal(isWith(crowd), 10);
      assert.ok(world.searches > 0);
      for (const peer of own) world.find(peer);
      // Whoever else comes in meanwhile.
      for (let beat = 0; beat < 11; beat++) {
        open(later);
        await world.clock.advance(5_000);
        assert.deepEqual([isWith(own), isWith(crowd)], [5, 10]);
      }
      await world.clock.advance(15_000);
      assert.deepEqual([isWith(own), isWith(crowd), isWith(later)], [5, 5, 0]);
    });

    it("costs nobody settled his place when it does not stay", async () => {
      await start({targetPeers: 10});
      const [fickle, others] = [PEERS.slice(0, 30), PEERS.slice(30, 40)];
      open(others);
      await world.clock.advance(2 * MINUTE_MS);
      for (const peer of fickle) world.find(peer);
      for (let second = 0; second < 10 * 60; second += 15) {
        await world.clock.advance(15_000);
        for (const peer of fickle) world.close(peer);
        assert.equal(isWith(others), 10);
      }
      const dials = fickle.map((peer) => world.peers.get(peer)?.dials ?? 0);
      assert.ok(Math.max(...dials) <= 6, `${dials}`);
    });

    it("is done without where there is nobody to dial", async () => {
      await start({targetPeers: 3, directPeers: [{peer: a, multiaddr: "/ip4/127.0.0.1/tcp/9000"}]});
      open([a, b, c]);
      await world.clock.advance(10 * MINUTE_MS);
      assert.deepEqual(listed().sort(), [a, b, c].sort());
      assert.equal(world.peers.get(a)?.dials, 0);
      assert.ok([a, b, c].every((peer) => world.goodbyesTo(peer).length === 0));
    });

    it("may fill all places where nobody comes in", async () => {
      await start({targetPeers: 10});
      const own = PEERS.slice(0, 12);
      for (const peer of own) world.find(peer);
      await world.clock.advance(10 * MINUTE_MS);
      assert.equal(isWith(own), 10);
      assert.ok(own.every((peer) => world.goodbyesTo(peer).length === 0));
    });
  });

  describe("going and coming back", () => {
    it("keeps dialling direct peers, at least once in a minute or so", async () => {
      await start({targetPeers: 1, directPeers: [{peer: a, multiaddr: "/ip4/127.0.0.1/tcp/9000"}]});
      const fake = world.add(a);
      fake.isUp = false;
      await world.clock.advance(30 * MINUTE_MS);
      assert.ok(fake.dials >= 20 && fake.dials <= 40, `${fake.dials}`);
      fake.isUp = true;
      await world.clock.advance(2 * MINUTE_MS);
      assert.deepEqual(listed(), [a]);
    });

    it("dials who cannot be reached more and more seldom", async () => {
      await start();
      const fake = world.find(a);
      fake.isUp = false;
      await world.clock.advance(30 * MINUTE_MS);
      assert.ok(fake.dials >= 4 && fake.dials <= 8, `${fake.dials}`);
    });

    it("says goodbye to all when it stops, and begins with the good ones when it starts again", async () => {
      await start();
      for (const peer of [a, b]) world.find(peer);
      world.find(c).status = {...world.status(), finalizedRoot: rootOf("66")};
      await world.clock.advance(MINUTE_MS);
      await world.manager.stop();
      for (const peer of [a, b]) assert.deepEqual(world.goodbyesTo(peer), [GOODBYE.clientShutdown]);
      assert.equal(world.connected.size, 0);

      const {files} = world;
      await start({targetPeers: 20, files});
      for (const peer of [a, b, c]) world.add(peer);
      await world.clock.advance(MINUTE_MS);
      assert.deepEqual(listed().sort(), [a, b].sort());
    });

    it("stops in time though a peer holds the goodbye up", async () => {
      await start();
      world.find(a).hearsNoGoodbye = true;
      await world.clock.advance(500);
      let isStopped = false;
      void world.manager.stop().then(() => {
        isStopped = true;
      });
      await world.clock.advance(500);
      assert.ok(!isStopped);
      await world.clock.advance(1_000);
      assert.ok(isStopped);
    });
  });
});
