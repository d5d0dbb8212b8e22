import assert from "node:assert/strict";
import {getSocketAddressMultiaddrOnENR, getSocketAddressOnENR} from "@chainsafe/discv5";
import type {Epoch} from "@mote/core";
import fc from "fast-check";
import {forkEntries} from "../../src/discovery/fork-id.ts";
import type {RecordEntries} from "../../src/discovery/local-record.ts";
import {decodeRecord, isSoundRecord, judgeRecord, type RecordRules} from "../../src/discovery/remote-record.ts";
import {ForkDigests} from "../../src/forks/fork-digests.ts";
import {fuluConfig} from "../host/open-networks.ts";
import {PEERS} from "../peers/peer-ids.ts";
import {bytes, recordOf} from "./records.ts";

const config = fuluConfig({BLOB_SCHEDULE: [{EPOCH: 10, MAX_BLOBS_PER_BLOCK: 12}]});
const digests = new ForkDigests(config);
const rules: RecordRules = {digests, epoch: 5 as Epoch, ip4: true, ip6: true, allowsPrivate: false};
const {eth2} = forkEntries(5 as Epoch, {config, digests});
const good = {eth2, ip: bytes("09090909"), tcp: bytes("2328")};

const judge = (entries: RecordEntries, changes: Partial<RecordRules> = {}) => {
  const verdict = judgeRecord(recordOf(0, entries), {...rules, ...changes});
  return verdict.kind === "refused" ? verdict.reason : verdict.candidate;
};

describe("judgeRecord", () => {
  it("reads who it is, where it is, and what it follows", () => {
    const entries = {...good, attnets: bytes("0300000000000080"), syncnets: bytes("f5")};
    assert.deepEqual(judge(entries), {
      peer: PEERS[0],
      multiaddrs: ["/ip4/9.9.9.9/tcp/9000"],
      attnets: [0, 1, 63],
      syncnets: [0, 2],
    });
  });

  it("has both families, with one port for both where there is one", () => {
    const ip6 = bytes("2a000000000000000000000000000001");
    const addressesOf = (entries: RecordEntries, changes: Partial<RecordRules> = {}) => {
      const verdict = judge({...good, ip6, ...entries}, changes);
      return typeof verdict === "string" ? verdict : verdict.multiaddrs;
    };
    assert.deepEqual(addressesOf({}), ["/ip4/9.9.9.9/tcp/9000", "/ip6/2a00:0:0:0:0:0:0:1/tcp/9000"]);
    assert.deepEqual(addressesOf({tcp6: bytes("2329")})[1], "/ip6/2a00:0:0:0:0:0:0:1/tcp/9001");
    assert.deepEqual(addressesOf({}, {ip4: false}), ["/ip6/2a00:0:0:0:0:0:0:1/tcp/9000"]);
    assert.deepEqual(addressesOf({}, {ip4: false, ip6: false}), "no_address");
  });

  it("skips other chains, and records without one", () => {
    assert.equal(judge({ip: good.ip, tcp: good.tcp}), "not_of_this_chain");
    assert.equal(judge({...good, eth2: bytes("00".repeat(16))}), "not_of_this_chain");
    assert.equal(judge({...good, eth2: eth2.subarray(0, 4)}), "not_of_this_chain");
    assert.equal(judge({...good, eth2: new Uint8Array()}), "not_of_this_chain");
  });

  it("bears with records of the epoch before a fork and after it, and not for longer", () => {
    const next = forkEntries(10 as Epoch, {config, digests}).eth2;
    const verdicts = [8, 9, 10, 11].map((epoch) => typeof judge({...good, eth2: next}, {epoch: epoch as Epoch}));
    assert.deepEqual(verdicts, ["string", "object", "object", "object"]);
    const old = [9, 10, 11].map((epoch) => typeof judge(good, {epoch: epoch as Epoch}));
    assert.deepEqual(old, ["object", "object", "string"]);
  });

  it("has no use for private addresses, but on a network of them", () => {
    const entries = {...good, ip: bytes("0a000001")};
    assert.equal(judge(entries), "no_address");
    assert.equal(typeof judge(entries, {allowsPrivate: true}), "object");
  });

  it("has no use for addresses and ports of other lengths, nor for port 0", () => {
    assert.equal(judge({...good, ip: bytes("0909090909")}), "no_address");
    assert.equal(judge({...good, tcp: bytes("000000")}), "no_address");
    assert.equal(judge({...good, tcp: bytes("0000")}), "no_address");
  });

  it("has no use for what says its subnets and custody as no client does", () => {
    for (const [key, ...sizes] of [
      ["attnets", 0, 1, 7, 9, 40],
      ["syncnets", 0, 2, 9],
      ["cgc", 9, 40],
    ] as const)
      for (const size of sizes)
        assert.equal(judge({...good, [key]: new Uint8Array(size)}), "malformed", `${key} ${size}`);
    for (const size of [0, 1, 8]) assert.equal(typeof judge({...good, cgc: new Uint8Array(size)}), "object");
  });

  it("never throws, whatever a record holds", () => {
    const value = fc.uint8Array({maxLength: 24});
    const entries = fc.dictionary(
      fc.constantFrom("eth2", "ip", "ip6", "tcp", "tcp6", "udp", "udp6", "attnets", "syncnets", "cgc", "nfd"),
      value,
    );
    fc.assert(
      fc.property(entries, fc.boolean(), (drawn, isOurs) => {
        let record: ReturnType<typeof recordOf>;
        try {
          record = recordOf(3, isOurs ? {...drawn, eth2} : drawn);
        } catch {
          return;
        }
        judgeRecord(record, rules);
        if (!isSoundRecord(record)) return;
        // What passed must be bearable for the library.
        getSocketAddressMultiaddrOnENR(record, {ip4: true, ip6: true});
        void [record.ip, record.ip6, record.udp, record.udp6, record.tcp, record.tcp6];
      }),
      {numRuns: 60},
    );
  });
});

describe("isSoundRecord", () => {
  it("keeps from the library what makes it throw", () => {
    const ip4 = {ip4: true, ip6: false} as const;
    for (const entries of [
      {ip: bytes("09".repeat(20)), udp: bytes("2328")},
      {ip: good.ip, udp: bytes("01")},
    ]) {
      const record = recordOf(4, entries);
      assert.throws(() => [getSocketAddressMultiaddrOnENR(record, ip4), getSocketAddressOnENR(record, ip4)]);
      assert.ok(!isSoundRecord(record));
    }
    assert.ok(isSoundRecord(recordOf(4, good)));
  });
});

describe("decodeRecord", () => {
  it("takes back what is encoded, and no changed bit of it", () => {
    const text = recordOf(5, good).encodeTxt();
    assert.equal(decodeRecord(text).encodeTxt(), text);
    const raw = Buffer.from(text.slice(4), "base64url");
    for (let at = 0; at < raw.length; at += 7) {
      const flipped = Buffer.from(raw);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      assert.throws(() => decodeRecord(`enr:${flipped.toString("base64url")}`), `byte ${at}`);
    }
  });

  it("throws one kind of error for any text", () => {
    fc.assert(
      fc.property(fc.string({maxLength: 500}), (text) =>
        assert.throws(() => decodeRecord(`enr:${text}`), /not a signed record/),
      ),
    );
  });
});
