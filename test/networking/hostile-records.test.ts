import assert from "node:assert/strict";
import {createServer, type Server} from "node:net";
import {setTimeout as sleep} from "node:timers/promises";
import {Discv5} from "@chainsafe/discv5";
import {ENR, SignableENR} from "@chainsafe/enr";
import {privateKeyFromRaw} from "@libp2p/crypto/keys";
import type {Epoch} from "@mote/core";
import {forkEntries} from "../../packages/networking/src/discovery/fork-id.ts";
import type {RecordEntries} from "../../packages/networking/src/discovery/local-record.ts";
import {PacketLimiter} from "../../packages/networking/src/discovery/packet-limiter.ts";
import {portBytes} from "../../packages/networking/src/discovery/port-bytes.ts";
import {bindUdp, UdpTransport} from "../../packages/networking/src/discovery/udp-transport.ts";
import {ForkDigests} from "../../packages/networking/src/forks/fork-digests.ts";
import {bytes, keyBytes, recordOf} from "../../packages/networking/test/discovery/records.ts";
import {fuluConfig, type Opened, openOnLoopback, until} from "../../packages/networking/test/host/open-networks.ts";
import {realClock} from "../../packages/networking/test/host/real-clock.ts";
import {ScoreLog} from "./support/score-log.ts";
import {SkippingClock} from "./support/skipping-clock.ts";

const config = fuluConfig();
const digests = new ForkDigests(config);
const {eth2} = forkEntries(0 as Epoch, {config, digests});
const otherForks = forkEntries(0 as Epoch, {
  config: fuluConfig({FULU_FORK_VERSION: Uint8Array.of(9, 9, 9, 9)}),
  digests: new ForkDigests(fuluConfig({FULU_FORK_VERSION: Uint8Array.of(9, 9, 9, 9)})),
});
const LOOPBACK = bytes("7f000001");
const HOSTILE_KEY = 3;
const HOSTILE_NODE = SignableENR.createV4(keyBytes(HOSTILE_KEY)).nodeId;
/** Of all nodes three in four are as far from one of them: others come up in few lookups. */
const DISTANCE_MIN = 255;
/** Discovery names no more in one answer. */
const ANSWER_RECORDS_MAX = 16;

const log2Distance = (a: string, b: string): number => (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2).length;

/** Numbers of keys whose nodes the hostile one is asked for often. */
function* farKeys(from: number): Generator<number, never> {
  for (let n = from; ; n++)
    if (log2Distance(SignableENR.createV4(keyBytes(n)).nodeId, HOSTILE_NODE) >= DISTANCE_MIN) yield n;
}
const nextOf = (keys: Generator<number, never>): number => keys.next().value;

/** What discovery reads of a record that it is to hand out. */
type Handed = Pick<ENR, "nodeId" | "encodeToValues">;

/** Records that all lead to `port` of this machine, as far as they lead anywhere. */
function nonsense(port: number): ReadonlyMap<string, Handed> {
  const tcp = portBytes(port);
  const good = {eth2, ip: LOOPBACK, tcp};
  const entries: Record<string, RecordEntries> = {
    "port 0": {...good, tcp: bytes("0000")},
    "a port above the range": {...good, tcp: Uint8Array.of(1, ...tcp)},
    "a port of one byte": {...good, tcp: tcp.subarray(0, 1)},
    "a udp port of one byte": {...good, udp: tcp.subarray(0, 1)},
    "an ip of 3 bytes": {...good, ip: LOOPBACK.subarray(0, 3)},
    "an ip of 20 bytes": {...good, ip: new Uint8Array(20).fill(127)},
    "an ip6 of 3 bytes": {...good, ip6: LOOPBACK.subarray(0, 3)},
    "no ip": {eth2, tcp},
    "eth2 of 15 bytes": {...good, eth2: eth2.subarray(0, 15)},
    "eth2 of 17 bytes": {...good, eth2: Uint8Array.of(...eth2, 0)},
    "no eth2": {ip: LOOPBACK, tcp},
    "another chain": {...good, eth2: otherForks.eth2},
    "a fork that nobody planned": {...good, eth2: Uint8Array.of(0xde, 0xad, 0xbe, 0xef, ...eth2.subarray(4))},
    "attnets of 9 bytes": {...good, attnets: new Uint8Array(9)},
    "attnets of none": {...good, attnets: new Uint8Array(0)},
    "syncnets of 2 bytes": {...good, syncnets: new Uint8Array(2)},
    "cgc of 9 bytes": {...good, cgc: new Uint8Array(9).fill(1)},
  };
  const records = new Map<string, Handed>();
  const keys = farKeys(40);
  for (const [what, of] of Object.entries(entries)) records.set(what, recordOf(nextOf(keys), of));
  const forged = recordOf(nextOf(keys), good);
  const [signature, ...rest] = forged.encodeToValues();
  const wrong = Uint8Array.from(signature as Uint8Array, (byte) => byte ^ 1);
  records.set("a wrong signature", {nodeId: forged.nodeId, encodeToValues: () => [wrong, ...rest]});
  // The library signs what it would not encode.
  const large = SignableENR.createV4(keyBytes(nextOf(keys)));
  for (const [key, value] of Object.entries({...good, x: new Uint8Array(300)})) large.set(key, value);
  records.set("301 bytes and more", {
    nodeId: large.nodeId,
    encodeToValues: () => large.encodeToValues() as Uint8Array[],
  });
  return records;
}

/** Counts who knocks, and says nothing. */
class Door {
  knocks = 0;
  readonly #server: Server = createServer((socket) => {
    this.knocks++;
    socket.destroy();
  });

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return (this.#server.address() as {port: number}).port;
  }

  close(): void {
    this.#server.close();
  }
}

/** A node of discovery that hands out what it was told to, whatever it is asked for. */
async function openHostile(records: readonly Handed[]) {
  const sockets = await bindUdp({ip4: "127.0.0.1", ip6: null, udpPort: 0});
  const enr = SignableENR.createV4(keyBytes(HOSTILE_KEY));
  enr.ip = "127.0.0.1";
  enr.udp = sockets.ip4?.address().port ?? 0;
  const limiter = new PacketLimiter({clock: realClock});
  const transport = new UdpTransport({nodeId: enr.nodeId}, {sockets, limiter});
  const discv5 = Discv5.create({
    enr,
    privateKey: privateKeyFromRaw(keyBytes(HOSTILE_KEY)) as never,
    bindAddrs: {ip4: transport.bindAddrs[0] as never},
    transport,
  });
  const handed = new Map<Handed, number>(records.map((record) => [record, 0]));
  const table: {valuesOfDistance: (distance: number) => readonly Handed[]} = Reflect.get(discv5, "kbuckets");
  table.valuesOfDistance = (distance) => {
    // What is at another distance than was asked for is not even read.
    const asked = records.filter(({nodeId}) => log2Distance(nodeId, enr.nodeId) === distance);
    const [first, ...more] = asked.sort((a, b) => (handed.get(a) ?? 0) - (handed.get(b) ?? 0));
    // One that is none takes with it what is in the same packet.
    const isAlone = !(first instanceof ENR);
    const rarest = first === undefined ? [] : isAlone ? [first] : [first, ...more.filter((one) => one instanceof ENR)];
    rarest.splice(ANSWER_RECORDS_MAX);
    for (const record of rarest) handed.set(record, (handed.get(record) ?? 0) + 1);
    return rarest;
  };
  await discv5.start();
  return {
    enr: enr.encodeTxt(),
    timesHanded: (record: Handed) => handed.get(record) ?? 0,
    stop: () => discv5.stop(),
  };
}

describe("a whole node that is handed records of nonsense", function () {
  this.timeout(60_000);
  const [bad, good] = [new Door(), new Door()];
  const log = new ScoreLog();
  let records: readonly Handed[];
  let sound: ENR;
  let hostile: Awaited<ReturnType<typeof openHostile>>;
  let clock: SkippingClock;
  let node: Opened | null = null;

  before(async () => {
    records = [...nonsense(await bad.open()).values()];
    sound = recordOf(nextOf(farKeys(1_000)), {eth2, ip: LOOPBACK, tcp: portBytes(await good.open())});
    hostile = await openHostile([...records, sound]);
  });
  beforeEach(() => {
    clock = new SkippingClock();
  });
  afterEach(async () => {
    await node?.network.stop();
    assert.deepEqual(
      log.lines.filter((line) => /^(error|warn)/.test(line)),
      [],
    );
  });
  after(async () => {
    await hostile.stop();
    for (const door of [bad, good]) door.close();
  });

  /** All of them, so many times from now on. */
  async function handed(times: number): Promise<void> {
    const all = [...records, sound];
    const before = all.map(hostile.timesHanded);
    await until(
      "every record to be handed out",
      () => {
        // The pauses between lookups.
        clock.skip(500);
        return all.every((record, i) => hostile.timesHanded(record) >= (before[i] ?? 0) + times);
      },
      30_000,
    );
  }

  /** What was found is dialled at a beat. */
  async function beats(): Promise<void> {
    for (let i = 0; i < 10; i++) {
      clock.skip(1_000);
      await sleep(50);
    }
  }

  it("dials none of them, and one that is sound", async () => {
    node = await openOnLoopback({config, bootNodes: [hostile.enr]}, {log, clock});
    await handed(2);
    await until(
      "the sound one",
      () => {
        clock.skip(100);
        return good.knocks > 0;
      },
      30_000,
    );
    await beats();
    assert.equal(bad.knocks, 0);
    assert.deepEqual(node.network.peers.list(), []);
  });

  it("dials none within its own network when it is of the internet", async () => {
    const knocks = good.knocks;
    const nowhere = SignableENR.createV4(keyBytes(5)).encodeTxt();
    const listen = {ip4: "0.0.0.0", ip6: null, tcpPort: 0, udpPort: 0};
    node = await openOnLoopback({config, listen, bootNodes: [hostile.enr, nowhere]}, {log, clock});
    await handed(3);
    await beats();
    assert.deepEqual([bad.knocks, good.knocks], [0, knocks]);
  });
});
