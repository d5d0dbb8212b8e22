import assert from "node:assert/strict";
import {randomBytes} from "node:crypto";
import {setTimeout as sleep} from "node:timers/promises";
import {generateKeyPair} from "@libp2p/crypto/keys";
import type {RPC} from "@libp2p/gossipsub/message";
import type {PrivateKey, Stream} from "@libp2p/interface";
import type {Epoch, Slot} from "@mote/core";
import {digestBytes, ForkDigests} from "../../packages/networking/src/forks/fork-digests.ts";
import {BAN_DURATION_MS} from "../../packages/networking/src/peers/peer-score.ts";
import {GOODBYE} from "../../packages/networking/src/peers/peer-wire.ts";
import {INBOUND_STREAMS_MAX} from "../../packages/networking/src/peers/stream-floods.ts";
import {
  exitMessage,
  fuluConfig,
  type Opened,
  openOnLoopback,
  until,
} from "../../packages/networking/test/host/open-networks.ts";
import {realClock} from "../../packages/networking/test/host/real-clock.ts";
import {MUXERS, type Muxer} from "../../packages/networking/test/reqresp/support/hosts.ts";
import {type Attacker, GOSSIP, openAttacker, PING, uvarint} from "./support/attacker.ts";
import {ScoreLog} from "./support/score-log.ts";
import {SkippingClock} from "./support/skipping-clock.ts";

const KIND = "voluntary_exit";
/** A peer that offers what it does not send has 3 s for it at the least. */
const SLOT_DURATION_MS = 1_000;
/** For that, some heartbeats of 0.7 s, and a beat of the peer manager, which are 5 s apart. */
const LEFT_WITHIN_MS = 25_000;

/** A little above the limit. */
const RPC_BYTES = 12 * 2 ** 20;

const config = fuluConfig();
const period = new ForkDigests(config).at(0 as Epoch);
const topic = `/eth2/${period.digest}/${KIND}/ssz_snappy`;
const control = (part: object): Partial<RPC> => ({
  control: {ihave: [], iwant: [], graft: [], prune: [], idontwant: [], ...part},
});

describe("a whole node under floods, on real sockets", function () {
  this.timeout(60_000);
  let node: Opened;
  const clock = new SkippingClock();
  const log = new ScoreLog();
  const attackers: Attacker[] = [];
  let offering: Promise<Attacker>;
  let grafting: Promise<Attacker>;

  before(async () => {
    node = await openOnLoopback({config}, {log, clock, slotDurationMs: SLOT_DURATION_MS});
    node.network.gossip.handle(KIND, () => "accept");
    node.network.gossip.subscribe(KIND);
    // These take the longest.
    offering = flood((one, stream) => {
      const messageIDs = Array.from({length: 300}, () => randomBytes(20));
      one.rpc(stream, control({ihave: [{topicID: topic, messageIDs}]}));
    }, 50);
    grafting = flood((one, stream) => {
      one.rpc(stream, control({prune: [{topicID: topic, peers: [], backoff: 60}], graft: []}));
      one.rpc(stream, control({graft: Array(10).fill({topicID: topic})}));
    }, 300);
    for (const one of [offering, grafting]) one.catch(() => {});
  });
  after(async () => {
    await Promise.all(attackers.map(({host}) => host.stop()));
    await node.network.stop();
    assert.deepEqual(
      node.log.lines.filter((line) => line.startsWith("error")),
      [],
    );
  });

  const victim = () => node.network.multiaddrs()[0] as string;
  const isPeer = ({peer}: Attacker) => node.network.peers.list().some(({peerId}) => peerId === peer);
  async function attacker(muxer: Muxer, privateKey?: PrivateKey): Promise<Attacker> {
    const init = {muxer, victim: victim(), forkDigest: digestBytes(period)};
    const one = await openAttacker(privateKey === undefined ? init : {...init, privateKey});
    attackers.push(one);
    return one;
  }
  async function peer(muxer: Muxer, privateKey?: PrivateKey): Promise<Attacker> {
    const one = await attacker(muxer, privateKey);
    await until("a peer like any other", () => isPeer(one));
    return one;
  }
  /** Does it every now and then until it is thrown out. */
  async function flood(send: (attacker: Attacker, stream: Stream) => void, pauseMs: number): Promise<Attacker> {
    const one = await peer("yamux");
    const stream = await one.open(GOSSIP);
    one.rpc(stream, {subscriptions: [{subscribe: true, topic}], ...control({graft: [{topicID: topic}]})});
    await sleep(100);
    const endMs = realClock.nowMs() + LEFT_WITHIN_MS;
    while (!one.isCut() && realClock.nowMs() < endMs) {
      if (stream.status === "open") send(one, stream);
      await sleep(pauseMs);
    }
    assert.ok(one.isCut(), "it is still there");
    return one;
  }

  /** It was told why, and once; what its score paid for by then was nothing else. */
  const assertLeft = ({peer}: Attacker, reasons: readonly number[], offences: readonly string[]): void => {
    const [reason, ...more] = log.reasonsToLeave(peer);
    assert.ok(reasons.includes(Number(reason)), `goodbye ${reason}`);
    assert.deepEqual(more, []);
    assert.deepEqual([...new Set(log.offencesOf(peer))], offences);
  };

  /** The dialler hears of it only when it knows who answers, and may take the connection for made until it ends. */
  async function assertRefused(dials: readonly Promise<Attacker>[]): Promise<void> {
    for (const dialled of await Promise.allSettled(dials)) {
      if (dialled.status === "rejected") continue;
      const {value: one} = dialled;
      await assert.rejects(one.open(PING));
      await until("the end", () => one.isCut());
      assert.equal(one.timesAsked(), 0);
    }
  }

  for (const muxer of MUXERS) {
    it(`leaves who opens more streams than a connection may have, and bans who goes on, over ${muxer}`, async () => {
      const privateKey = await generateKeyPair("secp256k1");
      const one = await peer(muxer, privateKey);
      await one.openSilently(INBOUND_STREAMS_MAX + 8);
      await until("the end", () => one.isCut());
      assertLeft(one, [GOODBYE.badScore], ["rate_limit"]);
      const back = await peer(muxer, privateKey);
      await back.openSilently(INBOUND_STREAMS_MAX + 8);
      await until("the end", () => back.isCut());
      await assertRefused([attacker(muxer, privateKey)]);
    });

    it(`makes who sends one RPC above the limit pay, and who goes on is left, over ${muxer}`, async () => {
      const one = await peer(muxer);
      for (let times = 1; times <= 3; times++) {
        const stream = await one.open(GOSSIP);
        stream.send(Buffer.concat([uvarint(RPC_BYTES), randomBytes(RPC_BYTES)]));
        await until("the score pays", () => log.offencesOf(one.peer).length === times);
        await until("the end of the stream", () => stream.status !== "open");
      }
      await until("the end", () => one.isCut());
      assertLeft(one, [GOODBYE.badScore], ["invalid_frame"]);
    });
  }

  describe("of gossip", () => {
    it("leaves who offers thousands of messages and sends none", async () =>
      assertLeft(await offering, [GOODBYE.badScore], []));

    it("leaves who GRAFTs in back-off, again and again", async () =>
      assertLeft(await grafting, [GOODBYE.badScore], []));

    it("leaves who asks for one message again and again", async () => {
      const message = exitMessage();
      const slot = node.slotClock.currentSlot() as Slot;
      const {messageId} = await node.network.gossip.publish(KIND, message, {slot});
      const wish = {messageIDs: [Buffer.from(messageId, "hex")]};
      const asking = await flood((one, stream) => one.rpc(stream, control({iwant: [wish]})), 5);
      assertLeft(asking, [GOODBYE.badScore, GOODBYE.banned], ["rate_limit"]);
    });
  });

  describe("of the banned", () => {
    const DIALS = 15;

    it("speaks no protocol with who is banned, however often it dials and from wherever, until the ban is over", async () => {
      const privateKey = await generateKeyPair("secp256k1");
      const one = await peer("yamux", privateKey);
      await one.openSilently(3 * INBOUND_STREAMS_MAX);
      await until("the end", () => one.isCut());
      const paid = log.offencesOf(one.peer).length;

      // Each is a host of its own, on a port of its own.
      const dials = () => Array.from({length: DIALS}, () => attacker("yamux", privateKey));
      await assertRefused(dials());
      // The node takes so many from one address in a second, of anyone.
      await sleep(1_100);
      assert.ok(await peer("yamux"), "others come in from there");
      clock.skip(BAN_DURATION_MS - 60_000);
      await sleep(1_100);
      await assertRefused(dials());
      assert.equal(log.offencesOf(one.peer).length, paid);
      assert.equal(isPeer(one), false);

      clock.skip(60_000);
      await sleep(1_100);
      const back = await peer("yamux", privateKey);
      assert.equal(back.peer, one.peer);
    });
  });
});
