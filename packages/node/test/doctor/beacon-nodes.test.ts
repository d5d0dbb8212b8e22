import assert from "node:assert/strict";
import {createServer, type Server} from "node:http";
import type {AddressInfo} from "node:net";
import type {Clock} from "@mote/core";
import {checkBeaconNode, checkBeaconNodeSet} from "../../src/doctor/beacon-node-check.ts";
import {type BeaconNodeReport, offsetOf, probeBeaconNode} from "../../src/doctor/beacon-node-probe.ts";
import {SystemClock} from "../../src/system/system-clock.ts";

const SYNC = {headSlot: 100, syncDistance: 0, isSyncing: false, isOptimistic: false, elOffline: false};
const GOOD: BeaconNodeReport = {
  name: "bn0",
  url: "http://a:5052",
  problem: null,
  version: "Lighthouse/v8.0.0",
  sync: SYNC,
  identity: null,
  peers: 80,
  latencyMsMedian: 3,
  offset: null,
};
const SAME = {kind: "same", notes: []} as const;

describe("doctor: a beacon node", () => {
  const check = (change: Partial<BeaconNodeReport>, chain: Parameters<typeof checkBeaconNode>[0]["chain"] = SAME) =>
    checkBeaconNode({report: {...GOOD, ...change}, chain}, {isPublic: true});

  it("is content with one that is synced, near and well connected", () => {
    const {level, detail} = check({});
    assert.equal(level, "ok");
    assert.equal(detail, "http://a:5052: synced (Lighthouse/v8.0.0, answers in 3 ms, 80 peers)");
  });

  it("catches each way in which one is not", () => {
    const cases: [level: string, says: RegExp, finding: ReturnType<typeof check>][] = [
      ["fail", /does not answer: UNREACHABLE ECONNREFUSED/, check({problem: "UNREACHABLE ECONNREFUSED", sync: null})],
      [
        "fail",
        /another chain: genesis_time is 1 there/,
        check({}, {kind: "other", difference: "genesis_time is 1 there and 2 here"}),
      ],
      ["warn", /syncing, 9 slots to go/, check({sync: {...SYNC, isSyncing: true, syncDistance: 9}})],
      ["fail", /execution client is offline/, check({sync: {...SYNC, elOffline: true}})],
      ["warn", /not verified the head/, check({sync: {...SYNC, isOptimistic: true}})],
      ["warn", /does not tell all of its chain/, check({}, null)],
      ["warn", /few peers/, check({peers: 2})],
      ["warn", /is slow/, check({latencyMsMedian: 900})],
      ["warn", /differs in GLOAS_FORK_EPOCH/, check({}, {kind: "same", notes: ["GLOAS_FORK_EPOCH (5 there, 6 here)"]})],
    ];
    for (const [level, says, finding] of cases) {
      assert.equal(finding.level, level, finding.detail);
      assert.match(finding.detail, says);
      assert.ok(finding.advice !== null);
    }
  });

  it("wants no peers on a network of one's own", () => {
    assert.equal(checkBeaconNode({report: {...GOOD, peers: 0}, chain: SAME}, {isPublic: false}).level, "ok");
  });

  it("says when none can be used, and when there is only one", () => {
    const [good, bad] = [check({}), check({problem: "UNREACHABLE", sync: null})];
    const set = (...findings: (typeof good)[]) => checkBeaconNodeSet(findings, {isEnoughAlone: false})?.level;
    assert.deepEqual([set(bad, bad), set(good), set(good, bad), set(bad)], ["fail", "warn", undefined, undefined]);
    assert.equal(checkBeaconNodeSet([good], {isEnoughAlone: true}), null);
  });

  it("narrows the offset of its clock down by several answers, and drops contradictions", () => {
    const call = (sentMs: number, serverDateMs: number | null) => ({sentMs, receivedMs: sentMs + 10, serverDateMs});
    assert.equal(offsetOf([call(0, null)]), null);
    assert.deepEqual(offsetOf([call(10_100, 10_000), call(10_950, 10_000), call(11_000, 11_000)]), {
      lowMs: -10,
      highMs: 300,
    });
    assert.equal(offsetOf([call(10_000, 10_000), call(10_000, 90_000)]), null);
  });
});

describe("doctor: asking a beacon node", () => {
  let server: Server;
  let answers: Record<string, unknown>;
  /** Pauses between samples end at once. */
  const system = new SystemClock();
  const clock: Clock = {nowMs: () => system.nowMs(), after: (ms, run) => system.after(ms < 1_000 ? 0 : ms, run)};
  const signal = new AbortController().signal;

  beforeEach(async () => {
    answers = {
      "/eth/v1/node/version": {data: {version: "Test/v1"}},
      "/eth/v1/node/syncing": {
        data: {head_slot: "5", sync_distance: "0", is_syncing: false, is_optimistic: false, el_offline: false},
      },
      "/eth/v1/node/peer_count": {data: {disconnected: "1", connecting: "0", connected: "12", disconnecting: "0"}},
    };
    server = createServer((request, response) => {
      const answer = answers[request.url ?? ""];
      response.writeHead(answer === undefined ? 404 : 200, {"content-type": "application/json"});
      response.end(JSON.stringify(answer ?? {code: 404, message: "not found"}));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  });
  const probe = () => {
    const {port} = server.address() as AddressInfo;
    return probeBeaconNode({name: "bn0", url: `http://user:secret@127.0.0.1:${port}`}, {clock, signal});
  };

  it("takes what it tells, and goes on without what it does not", async () => {
    const report = await probe();
    assert.deepEqual([report.problem, report.version, report.peers, report.identity], [null, "Test/v1", 12, null]);
    assert.ok(report.offset !== null && report.offset.lowMs <= 0 && report.offset.highMs >= 0);
    delete answers["/eth/v1/node/peer_count"];
    assert.equal((await probe()).peers, null);
  });

  it("reports one that cannot be reached, or makes no sense, without its password", async () => {
    answers["/eth/v1/node/syncing"] = {data: {}};
    const senseless = await probe();
    assert.match(senseless.problem ?? "", /MALFORMED/);
    const {port} = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const gone = await probeBeaconNode({name: "bn0", url: `http://user:secret@127.0.0.1:${port}`}, {clock, signal});
    assert.match(gone.problem ?? "", /UNREACHABLE ECONNREFUSED/);
    assert.ok(!JSON.stringify(gone).includes("secret"));
  });
});
