import assert from "node:assert/strict";
import {ssz} from "@mote/consensus";
import {bytesToHex, type CommitteeIndex, type Epoch, hexToBytes, type Slot, type ValidatorIndex} from "@mote/core";
import {FakeClock, fakePubkey, fakeRoot} from "@mote/testing";
import fc from "fast-check";
import {BeaconNode} from "../../src/beacon-node.ts";
import type {BoundedHttpRequest, HttpResponse} from "../../src/http/http-client.ts";
import {networkConfig, rejectsWith} from "../support/setup.ts";

interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly ssz?: Uint8Array;
  readonly version?: string;
}

const clock = new FakeClock({nowMs: 1_000_000});
const config = networkConfig();
const indices = (...numbers: number[]) => numbers as ValidatorIndex[];

/** A node that gives what `answer` says to every request. */
function nodeThat(answer: (request: BoundedHttpRequest) => Reply) {
  const asked: string[] = [];
  const request = async (call: BoundedHttpRequest): Promise<HttpResponse> => {
    asked.push(`${call.method} ${call.path}`);
    const {status = 200, json, ssz: bytes, version} = answer(call);
    const wantsSsz = call.headers.accept?.startsWith("application/octet-stream") === true && bytes !== undefined;
    return {
      status,
      contentType: wantsSsz ? "application/octet-stream" : "application/json",
      header: (name) => (name === "eth-consensus-version" ? version : undefined),
      body: wantsSsz ? Buffer.from(bytes) : Buffer.from(JSON.stringify(json ?? {})),
      sentMs: 0,
      receivedMs: 0,
      serverDateMs: null,
    };
  };
  const stream = () => assert.fail("no stream was asked for");
  const connect = () => ({request, stream, redact: (text: string) => text, close: () => {}});
  return {node: new BeaconNode({name: "bn0", url: "http://bn0"}, {clock, connect}), asked};
}
const nodeWith = (reply: Reply) => nodeThat(() => reply);

describe("who sits in a committee", () => {
  const slot = 17 as Slot;
  const call = {slot, index: 2 as CommitteeIndex, slotsPerEpoch: 8};
  const entry = (at: number, index: number, validators: readonly string[]) => ({
    index: String(index),
    slot: String(at),
    validators,
  });
  const data = [entry(17, 1, ["9"]), entry(17, 2, ["5", "3", "8"]), entry(18, 2, ["7"])];

  it("is asked for by slot and index, and found in an answer that passed over the filter", async () => {
    const {node, asked} = nodeWith({json: {data}});
    assert.deepEqual(await node.committee(call), [5, 3, 8]);
    assert.deepEqual(asked, ["GET /eth/v1/beacon/states/head/committees?epoch=2&index=2&slot=17"]);
  });

  it("is MALFORMED when it is not among the answer's, or no list of validators", async () => {
    await rejectsWith(nodeWith({json: {data: data.slice(2)}}).node.committee(call), "MALFORMED", /no committee 2/);
    const wrong = [entry(17, 2, ["-1"])];
    await rejectsWith(nodeWith({json: {data: wrong}}).node.committee(call), "MALFORMED", /validators/);
    const long = [
      entry(
        17,
        2,
        Array.from({length: 2_049}, () => "1"),
      ),
    ];
    await rejectsWith(nodeWith({json: {data: long}}).node.committee(call), "MALFORMED", /more than 2048/);
  });

  it("of a sync committee comes whole, in the order of the seats", async () => {
    const asking = {epoch: 9 as Epoch, size: 4};
    const answer = (validators: readonly string[], more: object = {}) =>
      nodeWith({json: {data: {validators, validator_aggregates: []}, ...more}});
    const {node, asked} = answer(["3", "1", "3", "2"]);
    assert.deepEqual(await node.syncCommittee(asking), [3, 1, 3, 2]);
    assert.deepEqual(asked, ["GET /eth/v1/beacon/states/head/sync_committees?epoch=9"]);
    await rejectsWith(answer(["3", "1", "3"]).node.syncCommittee(asking), "MALFORMED", /3 seats, not 4/);
    const optimistic = answer(["3", "1", "3", "2"], {execution_optimistic: true});
    await rejectsWith(optimistic.node.syncCommittee(asking), "NOT_READY");
  });
});

describe("whose public keys these are", () => {
  const identities = (...numbers: number[]) =>
    Buffer.concat(
      numbers.map((index) => {
        const bytes = Buffer.alloc(64);
        bytes.writeBigUInt64LE(BigInt(index));
        bytes.set(hexToBytes(fakePubkey(index)), 8);
        return bytes;
      }),
    );
  const expected = [
    {index: 4, pubkey: hexToBytes(fakePubkey(4))},
    {index: 300, pubkey: hexToBytes(fakePubkey(300))},
  ];

  it("is read from SSZ and from JSON alike", async () => {
    const bySsz = nodeWith({ssz: identities(4, 300)});
    assert.deepEqual(await bySsz.node.validatorIdentities(indices(4, 300)), expected);
    assert.deepEqual(bySsz.asked, ["POST /eth/v1/beacon/states/head/validator_identities"]);
    const item = (index: number) => ({index: String(index), pubkey: fakePubkey(index), activation_epoch: "0"});
    const byJson = nodeWith({json: {data: [item(4), item(300)]}});
    assert.deepEqual(await byJson.node.validatorIdentities(indices(4, 300)), expected);
  });

  it("is asked of the validators themselves where the route is missing, and remembered so", async () => {
    const item = (index: number) => ({
      index: String(index),
      balance: "1",
      status: "active_ongoing",
      validator: {
        pubkey: fakePubkey(index),
        withdrawal_credentials: fakeRoot(1),
        effective_balance: "1",
        slashed: false,
        activation_epoch: "0",
        exit_epoch: "18446744073709551615",
      },
    });
    const {node, asked} = nodeThat(({path}) =>
      path.endsWith("identities") ? {status: 404} : {json: {data: [item(4), item(300)]}},
    );
    assert.deepEqual(await node.validatorIdentities(indices(4, 300)), expected);
    await node.validatorIdentities(indices(4, 300));
    assert.equal(asked.filter((call) => call.endsWith("identities")).length, 1);
  });

  it("is MALFORMED with one that was not asked for, one twice, or half of one", async () => {
    for (const bytes of [identities(4, 5), identities(4, 4), identities(4).subarray(1)])
      await rejectsWith(nodeWith({ssz: bytes}).node.validatorIdentities(indices(4, 300)), "MALFORMED");
  });
});

describe("light-client data of a beacon node", () => {
  const root = fakeRoot(0xab);
  const FORKS = ["electra", "fulu", "gloas"] as const;

  for (const fork of FORKS) {
    const types = ssz[fork];
    it(`of ${fork} are read from SSZ and from JSON alike`, async () => {
      const cases = [
        ["LightClientBootstrap", (node: BeaconNode) => node.lightClientBootstrap(root), `bootstrap/${root}`],
        ["LightClientFinalityUpdate", (node: BeaconNode) => node.lightClientFinalityUpdate(), "finality_update"],
        ["LightClientOptimisticUpdate", (node: BeaconNode) => node.lightClientOptimisticUpdate(), "optimistic_update"],
      ] as const;
      for (const [name, ask, path] of cases) {
        const type = types[name] as unknown as {
          defaultValue(): object;
          serialize(value: object): Uint8Array;
          toJson(value: object): unknown;
        };
        const value = type.defaultValue();
        const bytes = type.serialize(value);
        for (const reply of [{ssz: bytes, version: fork}, {json: {version: fork, data: type.toJson(value)}}]) {
          const {node, asked} = nodeWith(reply);
          assert.equal(bytesToHex(type.serialize(await ask(node))), bytesToHex(bytes), `${name} ${fork}`);
          assert.deepEqual(asked, [`GET /eth/v1/beacon/light_client/${path}`]);
        }
      }
    });
  }

  describe("updates of several periods", () => {
    const call = {startPeriod: 3, count: 2};
    const updateOf = (fork: "fulu" | "gloas") =>
      ssz[fork].LightClientUpdate.serialize(ssz[fork].LightClientUpdate.defaultValue() as never);
    const chunk = (epoch: number, payload: Uint8Array, sizeBytes = payload.length + 4) => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(sizeBytes));
      const digest = config.forkBoundary2ForkDigest(config.getForkBoundaryAtEpoch(epoch));
      return Buffer.concat([length, digest, payload]);
    };

    it("are parted by their lengths and read by their fork digests", async () => {
      const bytes = Buffer.concat([chunk(0, updateOf("fulu")), chunk(100, updateOf("gloas"))]);
      const {node, asked} = nodeWith({ssz: bytes});
      const updates = await node.lightClientUpdates(config, call);
      assert.equal(updates.length, 2);
      assert.deepEqual(asked, ["GET /eth/v1/beacon/light_client/updates?start_period=3&count=2"]);
      assert.deepEqual(await nodeWith({ssz: new Uint8Array()}).node.lightClientUpdates(config, call), []);
    });

    it("are read from JSON, each by its version", async () => {
      const item = (version: "fulu" | "gloas") => {
        const type = ssz[version].LightClientUpdate;
        return {version, data: type.toJson(type.defaultValue() as never)};
      };
      const {node} = nodeWith({json: [item("fulu"), item("gloas")]});
      assert.equal((await node.lightClientUpdates(config, call)).length, 2);
    });

    it("are MALFORMED when too many, cut off, or of another chain", async () => {
      const one = chunk(0, updateOf("fulu"));
      const otherChain = Buffer.from(one);
      otherChain.writeUInt32LE(0xdeadbeef, 8);
      const wrong: readonly [RegExp, Uint8Array][] = [
        [/more than the 2/, Buffer.concat([one, one, one])],
        [/does not fit/, one.subarray(0, one.length - 1)],
        [/is cut off/, Buffer.concat([one, Buffer.alloc(3)])],
        [/does not fit/, chunk(0, updateOf("fulu"), 2)],
        [/none of this chain/, otherChain],
        [/./, chunk(100, updateOf("fulu"))],
      ];
      for (const [detail, bytes] of wrong)
        await rejectsWith(nodeWith({ssz: bytes}).node.lightClientUpdates(config, call), "MALFORMED", detail);
    });

    it("never throw anything else, whatever comes", async () => {
      const sound = Buffer.concat([chunk(0, updateOf("fulu")), chunk(100, updateOf("gloas"))]);
      const mutated = fc
        .tuple(fc.nat(sound.length - 1), fc.uint8Array({maxLength: 12}))
        .map(([at, bytes]) => Buffer.concat([sound.subarray(0, at), bytes, sound.subarray(at + bytes.length)]));
      await fc.assert(
        fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({maxLength: 64})), async (bytes) => {
          try {
            await nodeWith({ssz: bytes}).node.lightClientUpdates(config, call);
          } catch (error) {
            assert.equal((error as {reason?: string}).reason, "MALFORMED");
          }
        }),
        {numRuns: 60},
      );
    });
  });

  it("of a fork that is not known is MALFORMED, and what the node has not is its status", async () => {
    const version = "constructor";
    await rejectsWith(nodeWith({json: {version, data: {}}}).node.lightClientFinalityUpdate(), "MALFORMED", /version/);
    await rejectsWith(nodeWith({ssz: new Uint8Array(9)}).node.lightClientFinalityUpdate(), "MALFORMED", /version/);
    await rejectsWith(
      nodeWith({status: 404, json: {code: 404, message: "none"}}).node.lightClientBootstrap(root),
      "HTTP_STATUS",
    );
  });
});
