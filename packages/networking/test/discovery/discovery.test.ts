import assert from "node:assert/strict";
import {createSocket} from "node:dgram";
import {Discv5} from "@chainsafe/discv5";
import {ENR, SignableENR} from "@chainsafe/enr";
import {privateKeyFromRaw} from "@libp2p/crypto/keys";
import type {Secp256k1PrivateKey} from "@libp2p/interface";
import {type Epoch, SlotClock} from "@mote/core";
import {FakeClock, FakeLog} from "@mote/testing";
import {Discovery, type DiscoveryInit} from "../../src/discovery/discovery.ts";
import {forkEntries} from "../../src/discovery/fork-id.ts";
import {LocalRecord, type RecordEntries} from "../../src/discovery/local-record.ts";
import {PacketLimiter} from "../../src/discovery/packet-limiter.ts";
import {portBytes} from "../../src/discovery/port-bytes.ts";
import {bindUdp, UdpTransport} from "../../src/discovery/udp-transport.ts";
import {ForkDigests} from "../../src/forks/fork-digests.ts";
import {ListenError} from "../../src/listen-error.ts";
import type {Candidate} from "../../src/peers/dial-plan.ts";
import {fuluConfig, until} from "../host/open-networks.ts";
import {MemoryFiles} from "../peers/memory-files.ts";
import {PEERS} from "../peers/peer-ids.ts";
import {bytes, keyBytes, recordOf} from "./records.ts";

const config = fuluConfig({BLOB_SCHEDULE: [{EPOCH: 10, MAX_BLOBS_PER_BLOCK: 12}]});
const digests = new ForkDigests(config);
const NO_BOOT_NODES = {records: [], peers: []};
const LOOPBACK = bytes("7f000001");

describe("Discovery", () => {
  const started: Discovery[] = [];
  /** Of lookups and packets. Epochs have their own: here time is pushed on, so that what was lost is asked again. */
  const pace = new FakeClock({nowMs: 1_700_000_000_000});
  const clock = new FakeClock({nowMs: 1_700_000_000_000});
  const slotClock = new SlotClock(
    {genesisTimeSec: 1_700_000_000 - 9.5 * 48, slotDurationMs: 6_000, slotsPerEpoch: 8},
    {clock},
  );

  async function make(key: number, init: Partial<DiscoveryInit> = {}, entries: RecordEntries | null = null) {
    const sockets = await bindUdp({ip4: "127.0.0.1", ip6: null, udpPort: 0});
    const privateKey = privateKeyFromRaw(keyBytes(key)) as Secp256k1PrivateKey;
    const files = new MemoryFiles();
    const log = new FakeLog();
    const address = {ip: LOOPBACK, udp: portBytes(sockets.ip4?.address().port ?? 0), tcp: portBytes(9000 + key)};
    const forks = forkEntries(slotClock.currentEpoch(), {config, digests});
    const record = await LocalRecord.load({privateKey, entries: {...forks, ...(entries ?? address)}}, {files, log});
    const discovery = new Discovery(
      {
        config,
        privateKey,
        bootNodes: NO_BOOT_NODES,
        allowsPrivate: true,
        tcpPort: 9000 + key,
        isAddressFixed: entries === null,
        addressVotes: 1,
        ...init,
      },
      {clock: pace, slotClock, log, digests, record, sockets},
    );
    const found: Candidate[] = [];
    discovery.onFound((candidate) => found.push(candidate));
    await discovery.start();
    started.push(discovery);
    return {discovery, found, files, log, record, sockets};
  }
  const searchUntil = (what: string, {discovery}: {readonly discovery: Discovery}, holds: () => boolean) =>
    until(what, () => {
      pace.jump(11_000);
      discovery.search();
      return holds();
    });
  const bootedBy = (enr: string) => ({bootNodes: {...NO_BOOT_NODES, records: [ENR.decodeTxt(enr)]}});

  afterEach(() => Promise.all(started.splice(0).map((one) => one.stop())));

  it("finds by a boot node those that it knows", async () => {
    const boot = await make(0);
    const second = await make(1, bootedBy(boot.discovery.enr));
    await searchUntil("the boot node to know the second", second, () => boot.found.some(({peer}) => peer === PEERS[1]));
    const third = await make(2, bootedBy(boot.discovery.enr));
    await searchUntil("both to be found", third, () => new Set(third.found.map(({peer}) => peer)).size === 2);
    const candidate = third.found.find(({peer}) => peer === PEERS[1]);
    assert.deepEqual(candidate?.multiaddrs, ["/ip4/127.0.0.1/tcp/9001"]);
  });

  it("names those that it knows again, when nobody else does", async () => {
    const boot = await make(0);
    const second = await make(1, bootedBy(boot.discovery.enr));
    await searchUntil("the boot node to know the second", second, () => boot.found.length > 0);
    for (const [one, other] of [
      [boot, PEERS[1]],
      [second, PEERS[0]],
    ] as const) {
      one.found.length = 0;
      await searchUntil("the other", one, () => one.found.some(({peer}) => peer === other));
    }
  });

  it("changes its record when a fork begins, blob parameters too, and never changes its name", async () => {
    const one = await make(0);
    const before = ENR.decodeTxt(one.discovery.enr);
    assert.equal(slotClock.currentEpoch(), 9);
    await clock.advance(48_000);
    const after = ENR.decodeTxt(one.discovery.enr);
    clock.jump(-48_000);
    const {eth2, nfd} = forkEntries(10 as Epoch, {config, digests});
    assert.deepEqual(Buffer.from(after.kvs.get("eth2") ?? []), Buffer.from(eth2));
    assert.deepEqual(Buffer.from(after.kvs.get("nfd") ?? []), Buffer.from(nfd));
    assert.equal(after.seq, before.seq + 1n);
    assert.equal(after.nodeId, before.nodeId);
    assert.equal(one.files.text("p2p-enr"), one.discovery.enr);
  });

  it("learns its address from others, with the port that peers dial", async () => {
    const boot = await make(0);
    const second = await make(1, bootedBy(boot.discovery.enr), {});
    await searchUntil(
      "the address",
      second,
      () => second.record.enr.ip !== undefined && second.record.enr.tcp !== undefined,
    );
    const {ip, udp, tcp} = ENR.decodeTxt(second.discovery.enr);
    assert.deepEqual([ip, udp, tcp], ["127.0.0.1", second.sockets.ip4?.address().port, 9001]);
  });

  it("says nothing of an address that nobody could reach", async () => {
    const boot = await make(0);
    const second = await make(1, {...bootedBy(boot.discovery.enr), allowsPrivate: false}, {});
    await searchUntil("the vote", second, () => second.log.lines.some((line) => line.includes("nobody could reach")));
    assert.equal(ENR.decodeTxt(second.discovery.enr).ip, undefined);
  });

  it("stays up, and goes on, when a node hands out records that the library cannot bear", async () => {
    const sockets = await bindUdp({ip4: "127.0.0.1", ip6: null, udpPort: 0});
    const enr = SignableENR.createV4(keyBytes(3));
    enr.ip = "127.0.0.1";
    enr.udp = sockets.ip4?.address().port ?? 0;
    const transport = new UdpTransport({nodeId: enr.nodeId}, {sockets, limiter: new PacketLimiter({clock: pace})});
    const hostile = Discv5.create({
      enr,
      privateKey: privateKeyFromRaw(keyBytes(3)) as never,
      bindAddrs: {ip4: transport.bindAddrs[0] as never},
      transport,
    });
    const malformed = [20, 17, 5, 3].flatMap((size, i) =>
      [0, 10, 20, 30].map((n) => recordOf(40 + n + i, {ip: new Uint8Array(size).fill(9), udp: bytes("2328")})),
    );
    let asked = 0;
    const table: {valuesOfDistance: () => readonly ENR[]} = Reflect.get(hostile, "kbuckets");
    table.valuesOfDistance = () => {
      asked++;
      return malformed;
    };
    await hostile.start();
    try {
      const one = await make(0, {bootNodes: {...NO_BOOT_NODES, records: [enr.toENR()]}});
      await searchUntil("several lookups", one, () => asked > 6);
      assert.deepEqual(one.found, []);
    } finally {
      await hostile.stop();
    }
  });

  it("stays up under packets that are none", async () => {
    const one = await make(0);
    const port = one.sockets.ip4?.address().port ?? 0;
    const socket = createSocket("udp4");
    for (let size = 0; size < 200; size++) socket.send(Buffer.alloc(size * 7, size), port, "127.0.0.1");
    const second = await make(1, bootedBy(one.discovery.enr));
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.close();
    await searchUntil("a real one", second, () => one.found.some(({peer}) => peer === PEERS[1]));
  });
});

describe("bindUdp", () => {
  it("says which port is in use", async () => {
    const {ip4} = await bindUdp({ip4: "127.0.0.1", ip6: null, udpPort: 0});
    const udpPort = ip4?.address().port ?? 0;
    await assert.rejects(bindUdp({ip4: "127.0.0.1", ip6: null, udpPort}), (error: unknown) => {
      assert.ok(error instanceof ListenError);
      assert.match(error.message, new RegExp(`udp 127.0.0.1 port ${udpPort}: the port is in use`));
      return true;
    });
    ip4?.close();
  });
});

describe("PacketLimiter", () => {
  it("bounds one address, all together, and its own memory", () => {
    const clock = new FakeClock({nowMs: 5_000});
    const limiter = new PacketLimiter({clock});
    const count = (of: (i: number) => string) =>
      Array.from({length: 3_000}, (_, i) => limiter.allows(of(i))).filter(Boolean).length;
    assert.equal(
      count(() => "a"),
      50,
    );
    assert.equal(
      count((i) => `${i % 100}`),
      450,
    );
    clock.jump(1_000);
    assert.equal(
      count((i) => `${i}`),
      500,
    );
  });
});
