import assert from "node:assert/strict";
import {randomBytes} from "node:crypto";
import {connect, type Socket} from "node:net";
import {setTimeout as sleep} from "node:timers/promises";
import {setFlagsFromString} from "node:v8";
import {runInNewContext} from "node:vm";
import type {RPC} from "@libp2p/gossipsub/message";
import {ssz} from "@lodestar/types";
import type {Epoch, Slot} from "@mote/core";
import snappy from "snappy";
import {digestBytes, ForkDigests} from "../../packages/networking/src/forks/fork-digests.ts";
import {
  exitMessage,
  fuluConfig,
  type Opened,
  openOnLoopback,
  until,
} from "../../packages/networking/test/host/open-networks.ts";
import {MUXERS, type Muxer} from "../../packages/networking/test/reqresp/support/hosts.ts";
import {payload} from "../../packages/networking/test/reqresp/support/raw.ts";
import {
  type Attacker,
  type AttackerInit,
  GOODBYE,
  GOSSIP,
  openAttacker,
  PING,
  STATUS,
  uvarint,
} from "./support/attacker.ts";
import {ScoreLog} from "./support/score-log.ts";

const KIND = "voluntary_exit";
/** What may stay behind of all attacks together, those of the attackers' own hosts among it. */
const LEFT_BEHIND_BYTES_MAX = 48 * 2 ** 20;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
function heapBytes(): number {
  collectGarbage();
  const {heapUsed, arrayBuffers} = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

type Attack = (attacker: Attacker) => Promise<void>;
interface Named {
  readonly what: string;
  readonly run: Attack;
  readonly changes?: Partial<AttackerInit>;
  readonly ends: "pays" | "is cut" | "is borne";
  readonly isGossip?: true;
}

/** From this index on the nodes call a message proven wrong. */
const FORGED = 1_000_000;

const config = fuluConfig();
const period = new ForkDigests(config).at(0 as Epoch);
const forkDigest = digestBytes(period);
const topic = `/eth2/${period.digest}/${KIND}/ssz_snappy`;
const control = (part: object) => ({ihave: [], iwant: [], graft: [], prune: [], idontwant: [], ...part});
const ping = payload(new Uint8Array(8));

/** Sends as long as it is let. */
const gossiping =
  (rpcs: () => Iterable<Partial<RPC>>): Attack =>
  async (attacker) => {
    const stream = await attacker.open(GOSSIP);
    for (const rpc of rpcs()) {
      if (stream.status !== "open") return;
      attacker.rpc(stream, rpc);
      await sleep(0);
    }
  };
const asking =
  (protocol: string, bytes: readonly Uint8Array[], closes = true): Attack =>
  async (attacker) => {
    for (const each of bytes) {
      const stream = await attacker.open(protocol);
      stream.send(each);
      if (closes) await stream.close().catch(() => {});
    }
  };
const flooding =
  (count: number): Attack =>
  async (attacker) => {
    const opening = Array.from({length: count}, async () => {
      const stream = await attacker.open(PING);
      stream.send(ping.subarray(0, 1));
    });
    await Promise.allSettled(opening);
  };
function forged(i: number): Uint8Array {
  const message = exitMessage();
  message.message.validatorIndex = FORGED + i;
  return snappy.compressSync(ssz.phase0.SignedVoluntaryExit.serialize(message));
}
const damaged = (bytes: Uint8Array) => ({messages: [{topic, data: bytes}]});

const ATTACKS: readonly Named[] = [
  {what: "a length without an end", run: asking(PING, [Buffer.alloc(12, 0x80)]), ends: "pays"},
  {what: "a length above the type's", run: asking(STATUS, [uvarint(2 ** 31)]), ends: "pays"},
  {
    what: "a bomb",
    run: asking(PING, [Buffer.concat([uvarint(8), payload(new Uint8Array(65_536)).subarray(3)])]),
    ends: "pays",
  },
  {what: "a wrong checksum", run: asking(PING, [Buffer.from(ping).fill(7, 15, 16)]), ends: "pays"},
  {what: "a status of another chain", run: asking(STATUS, [payload(new Uint8Array(92).fill(9))]), ends: "pays"},
  {what: "streams that are begun and left", run: flooding(20), ends: "pays"},
  {
    what: "snappy bombs in gossip",
    isGossip: true,
    run: gossiping(() => [damaged(snappy.compressSync(new Uint8Array(20 * 2 ** 20)))]),
    ends: "pays",
  },
  {
    what: "messages that are no SSZ",
    isGossip: true,
    run: gossiping(() => Array.from({length: 8}, () => damaged(randomBytes(150)))),
    ends: "pays",
  },
  {
    what: "sound SSZ that is proven wrong",
    isGossip: true,
    run: gossiping(() => Array.from({length: 4}, (_, i) => ({messages: [{topic, data: forged(i)}]}))),
    ends: "pays",
  },
  {
    what: "an RPC above the limit",
    run: async (attacker) => {
      const stream = await attacker.open(GOSSIP);
      stream.send(Buffer.concat([uvarint(12 * 2 ** 20), randomBytes(12 * 2 ** 20)]));
    },
    ends: "pays",
  },
  {
    what: "no end of topics",
    isGossip: true,
    run: gossiping(() => [
      {
        subscriptions: Array.from({length: 4_900}, (_, i) => ({
          subscribe: true,
          topic: `/eth2/00000000/t${i}/ssz_snappy`,
        })),
      },
      {subscriptions: Array.from({length: 60_000}, (_, i) => ({subscribe: true, topic: `${i}`}))},
    ]),
    ends: "is borne",
  },
  {
    what: "no end of GRAFTs and PRUNEs",
    isGossip: true,
    run: gossiping(() =>
      Array.from({length: 40}, (_, i) => ({
        subscriptions: [{subscribe: true, topic}],
        control: control({
          graft: Array.from({length: 500}, () => ({topicID: i % 2 === 0 ? topic : `${i}`})),
          prune: [{topicID: topic, peers: [], backoff: 2 ** 31}],
        }),
      })),
    ),
    ends: "is borne",
  },
  {
    what: "no end of IHAVEs and IWANTs",
    isGossip: true,
    run: gossiping(() =>
      Array.from({length: 40}, () => {
        const messageIDs = Array.from({length: 2_000}, () => randomBytes(20));
        return {control: control({ihave: [{topicID: topic, messageIDs}], iwant: [{messageIDs}]})};
      }),
    ),
    ends: "is borne",
  },
  {
    what: "no end of messages under another fork's digest",
    isGossip: true,
    run: gossiping(() =>
      Array.from({length: 20}, () => ({
        messages: Array.from({length: 500}, () => ({
          topic: "/eth2/deadbeef/beacon_block/ssz_snappy",
          data: randomBytes(64),
        })),
      })),
    ),
    ends: "is borne",
  },
  {
    what: "a name tag without an end",
    run: async () => sleep(50),
    changes: {protocols: Array.from({length: 200}, (_, i) => `/nonsense/${i}/${"x".repeat(100)}`)},
    ends: "is borne",
  },
  {
    what: "a goodbye, and then more",
    run: async (attacker) => {
      await asking(GOODBYE, [ping])(attacker);
      await until("the end", () => attacker.isCut());
    },
    ends: "is cut",
  },
];

describe("a whole node among hostile peers, on real sockets", function () {
  this.timeout(60_000);
  let node: Opened;
  let honest: Opened;
  let heapBefore: number;
  const scores = new ScoreLog();
  const honestScores = new ScoreLog();
  const attackers: Attacker[] = [];
  const heard = {node: new Set<number>(), honest: new Set<number>()};
  let number = 0;

  const address = () => node.network.multiaddrs()[0] as string;
  const hear = (who: keyof typeof heard, {network}: Opened) => {
    network.gossip.handle(KIND, ({value}) => {
      const {validatorIndex} = value.message;
      heard[who].add(validatorIndex);
      return validatorIndex >= FORGED ? "reject" : "accept";
    });
    network.gossip.subscribe(KIND);
  };
  const publish = ({network, slotClock}: Opened, validatorIndex: number) => {
    const message = exitMessage();
    message.message.validatorIndex = validatorIndex;
    return network.gossip.publish(KIND, message, {slot: slotClock.currentSlot() as Slot});
  };
  /** Both ways, while the attack may still go on. */
  async function servesTheHonest(): Promise<void> {
    const [there, back] = [++number, ++number];
    await publish(honest, there);
    await publish(node, back);
    await until("the honest peer's message", () => heard.node.has(there));
    await until("a message to the honest peer", () => heard.honest.has(back));
    assert.ok(node.network.peers.list().some(({peerId}) => peerId === honest.network.peerId));
  }
  async function attack({run, changes}: Named, muxer: Muxer): Promise<Attacker> {
    const attacker = await openAttacker({muxer, victim: address(), forkDigest, ...changes});
    attackers.push(attacker);
    await run(attacker).catch(() => {});
    return attacker;
  }
  const paid = ({peer}: Attacker) => scores.paid.has(peer);

  before(async () => {
    node = await openOnLoopback({config}, {log: scores});
    honest = await openOnLoopback({config, directPeers: [address()]}, {log: honestScores});
    hear("node", node);
    hear("honest", honest);
    await until("an honest peer", () => node.network.peers.list().length === 1);
    for (let i = 0; i < 50 && (await publish(honest, 0)).peers + (await publish(node, ++number)).peers < 2; i++)
      await sleep(50);
    await servesTheHonest();
    heapBefore = heapBytes();
  });

  after(async () => {
    await Promise.all([honest.network.stop(), ...attackers.map(({host}) => host.stop())]);
  });

  for (const muxer of MUXERS) {
    for (const named of ATTACKS) {
      // Gossip is the same over both.
      if (muxer === "mplex" && named.isGossip) continue;
      it(`bears ${named.what}, over ${muxer}`, async () => {
        const attacker = await attack(named, muxer);
        if (named.ends === "pays") await until("the score pays", () => paid(attacker));
        if (named.ends === "is cut") assert.ok(attacker.isCut());
        await servesTheHonest();
        await attacker.host.stop();
      });
    }
  }

  for (const [muxer, count] of [
    ["yamux", 300],
    ["mplex", 2_500],
  ] as const) {
    it(`cuts off who opens ${count} streams at once over ${muxer}`, async () => {
      const attacker = await attack({what: "", run: flooding(count), ends: "is cut"}, muxer);
      await until("the end", () => attacker.isCut());
      assert.ok(paid(attacker));
      await servesTheHonest();
    });
  }

  it("makes who never ends a request pay, or says a byte now and then", async () => {
    const run: Attack = async (attacker) => {
      const [open, slow] = [await attacker.open(PING), await attacker.open(STATUS)];
      open.send(ping);
      for (let i = 0; i < 12 && slow.status === "open"; i++) {
        slow.send(Uint8Array.of(i === 0 ? 92 : 0xff));
        await sleep(500);
      }
    };
    const attacker = await attack({what: "", run, ends: "pays"}, "yamux");
    await until("the score pays", () => paid(attacker));
    await servesTheHonest();
  });

  it("bears connections by the dozen that say nothing, or nonsense", async () => {
    const {port} = new URL(`tcp://${address().split("/")[2]}:${address().split("/")[4]}`);
    const sockets: Socket[] = Array.from({length: 80}, (_, i) => {
      const socket = connect(Number(port), "127.0.0.1");
      socket.on("error", () => {});
      if (i % 2 === 0) socket.write(randomBytes(300));
      return socket;
    });
    await servesTheHonest();
    for (const socket of sockets) socket.destroy();
  });

  it("has forwarded nothing but what was sound, has kept its memory, and stops cleanly", async () => {
    await Promise.all(attackers.map(({host}) => host.stop()));
    assert.ok([...heard.node].some((index) => index >= FORGED));
    assert.ok([...heard.honest].every((index) => index < FORGED));
    await until("attackers gone", () => node.network.peers.list().length === 1);
    const left = heapBytes() - heapBefore;
    assert.ok(left < LEFT_BEHIND_BYTES_MAX, `${(left / 2 ** 20).toFixed(1)} MiB left behind`);
    assert.deepEqual(
      node.log.lines.filter((line) => line.startsWith("error")),
      [],
    );
    assert.equal(honestScores.paid.size, 0, "who forwards what is wrong pays for it");
    await node.network.stop();
    await until("the honest peer is alone", () => honest.network.peers.list().length === 0);
  });
});
