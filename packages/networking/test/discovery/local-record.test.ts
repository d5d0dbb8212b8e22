import assert from "node:assert/strict";
import {ENR} from "@chainsafe/enr";
import {privateKeyFromRaw} from "@libp2p/crypto/keys";
import type {Secp256k1PrivateKey} from "@libp2p/interface";
import {FakeLog} from "@mote/testing";
import {LocalMetadata} from "../../src/discovery/local-metadata.ts";
import {LocalRecord, type RecordEntries} from "../../src/discovery/local-record.ts";
import {addressEntries, ipBytes} from "../../src/own-addresses.ts";
import {fuluConfig} from "../host/open-networks.ts";
import {MemoryFiles} from "../peers/memory-files.ts";
import {bytes, keyBytes} from "./records.ts";

const entries = {ip: bytes("09090909"), udp: bytes("2328"), tcp: bytes("2328")};

describe("LocalRecord", () => {
  const load = (files: MemoryFiles, changes: RecordEntries = {}, key = 0) =>
    LocalRecord.load(
      {privateKey: privateKeyFromRaw(keyBytes(key)) as Secp256k1PrivateKey, entries: {...entries, ...changes}},
      {files, log: new FakeLog()},
    );

  it("begins at 1, and is what it was after a restart that changed nothing", async () => {
    const files = new MemoryFiles();
    const first = await load(files);
    assert.equal(first.enr.seq, 1n);
    assert.equal(files.text("p2p-enr"), first.text);
    assert.equal((await load(files)).text, first.text);
  });

  it("counts each change once, and goes on from there", async () => {
    const files = new MemoryFiles();
    const first = await load(files);
    assert.ok(first.update({tcp: bytes("2329"), udp: bytes("2329"), ip: null}));
    assert.ok(!first.update({tcp: bytes("2329"), udp6: null}));
    assert.equal(first.enr.seq, 2n);
    await first.save();
    const decoded = ENR.decodeTxt(files.text("p2p-enr"));
    assert.deepEqual([decoded.seq, decoded.tcp, decoded.ip], [2n, 9001, undefined]);
    assert.equal((await load(files)).enr.seq, 3n);
  });

  it("begins anew for another key, and with a file that cannot be read", async () => {
    const files = new MemoryFiles();
    await load(files);
    assert.equal((await load(files, {}, 1)).enr.seq, 1n);
    for (const content of ["", "enr:", "x".repeat(100_000)])
      assert.equal((await load(new MemoryFiles({"p2p-enr": content}))).enr.seq, 1n);
  });

  it("goes on when the disk is full", async () => {
    const files = new MemoryFiles();
    const record = await load(files);
    files.isFull = true;
    record.update({ip: null});
    await record.save();
    assert.equal(record.enr.seq, 2n);
  });
});

describe("LocalMetadata", () => {
  const config = fuluConfig();
  const topic = (name: string) => `/eth2/01020304/${name}/ssz_snappy`;
  const topics = [
    "beacon_block",
    "sync_committee_3",
    "sync_committee_0",
    "sync_committee_9",
    "beacon_attestation_63",
    "beacon_attestation_0",
  ];

  it("says what is followed, under whichever digests, once", () => {
    const metadata = new LocalMetadata({role: "full", config});
    assert.ok(metadata.follow([...topics, ...topics.map((name) => name)].map(topic)));
    assert.deepEqual(metadata.current, {
      seqNumber: 1n,
      attnets: [0, 63],
      syncnets: [0, 3],
      custodyGroupCount: config.CUSTODY_REQUIREMENT,
    });
    assert.deepEqual(metadata.entries(), {
      attnets: bytes("0100000000000080"),
      syncnets: bytes("09"),
      cgc: Uint8Array.of(config.CUSTODY_REQUIREMENT),
    });
    assert.ok(!metadata.follow(topics.map(topic)));
    assert.ok(metadata.follow([]));
    assert.equal(metadata.current.seqNumber, 2n);
  });

  it("promises neither attestation subnets nor columns in the light role", () => {
    const metadata = new LocalMetadata({role: "light", config});
    metadata.follow(topics.map(topic));
    assert.deepEqual(metadata.current, {seqNumber: 1n, attnets: [], syncnets: [0, 3], custodyGroupCount: 0});
    assert.deepEqual(metadata.entries().cgc, new Uint8Array());
  });
});

describe("addressEntries", () => {
  const listen = {ip4: "0.0.0.0", ip6: "::", tcpPort: 9000, udpPort: 9000};
  const ports = {tcp4: 9000, tcp6: 9000, udp4: 9000, udp6: 9000};

  it("says nothing of what is not known", () => {
    assert.deepEqual(addressEntries({listen, announced: {}}, ports, false), {});
    assert.deepEqual(addressEntries({listen, announced: {}}, ports, true), {});
    const inside = {...listen, ip4: "192.168.1.5", ip6: null};
    assert.deepEqual(addressEntries({listen: inside, announced: {}}, ports, false), {});
  });

  it("says what was announced, or listened on", () => {
    const announced = {ip4: "9.9.9.9", tcpPort: 30_000};
    assert.deepEqual(addressEntries({listen, announced}, ports, false), {
      ip: bytes("09090909"),
      tcp: bytes("7530"),
      udp: bytes("2328"),
    });
    const loopback = {...listen, ip4: "127.0.0.1", ip6: "::1"};
    const {ip, ip6, udp6} = addressEntries({listen: loopback, announced: {}}, ports, true);
    assert.deepEqual([ip, ip6, udp6], [bytes("7f000001"), bytes(`${"00".repeat(15)}01`), bytes("2328")]);
  });

  it("reads IPv6 in every form", () => {
    const of = (ip: string) => Buffer.from(ipBytes(ip)).toString("hex");
    assert.equal(of("::"), "00".repeat(16));
    assert.equal(of("2a00:1450:4001::8"), "2a001450400100000000000000000008");
    assert.equal(of("1:2:3:4:5:6:7:8"), "00010002000300040005000600070008");
    assert.equal(of("::ffff:1.2.3.4"), "00000000000000000000ffff01020304");
    assert.equal(of("fe80::"), `fe80${"00".repeat(14)}`);
  });
});
