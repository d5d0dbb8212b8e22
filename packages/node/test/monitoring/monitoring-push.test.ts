import assert from "node:assert/strict";
import {createServer} from "node:http";
import type {AddressInfo} from "node:net";
import {FakeClock} from "@mote/testing";
import {LineLog} from "../../src/log/line-log.ts";
import {clientStats} from "../../src/monitoring/client-stats.ts";
import {MonitoringPush, type Post, postJson} from "../../src/monitoring/monitoring-push.ts";

const SOURCES = {
  validators: () => ({total: 5, withDuties: 4}),
  beaconNodes: () => [{state: "unreachable"}, {state: "ready"}] as const,
  cpuSec: () => 12.9,
  rssBytes: () => 1000,
};
const URL_WITH_KEY = "https://figures.example/api/v1/client/metrics?apikey=s3cret&machine=pi";

describe("clientStats", () => {
  it("has the fields of the services, and counts only", () => {
    assert.deepEqual(clientStats({version: "1.12.3", nowMs: 7}, SOURCES), {
      version: 1,
      timestamp: 7,
      process: "validator",
      client_name: "mote",
      client_version: "1.12.3",
      client_build: 1_012_003,
      cpu_process_seconds_total: 12,
      memory_process_bytes: 1000,
      sync_eth2_fallback_configured: true,
      sync_eth2_fallback_connected: true,
      validator_total: 5,
      validator_active: 4,
    });
  });

  it("is on no fallback while the first node serves", () => {
    const stats = clientStats({version: "0.1.0", nowMs: 0}, {...SOURCES, beaconNodes: () => [{state: "ready"}]});
    assert.equal(stats.sync_eth2_fallback_configured, false);
    assert.equal(stats.sync_eth2_fallback_connected, false);
  });
});

describe("MonitoringPush", () => {
  function setUp(post: Post) {
    const clock = new FakeClock({nowMs: 1_000});
    const lines: string[] = [];
    const log = new LineLog({level: "debug", format: "json"}, {clock, sink: {write: (line) => lines.push(line)}});
    const push = new MonitoringPush({url: URL_WITH_KEY, version: "0.1.0"}, {...SOURCES, clock, log, post});
    return {clock, lines, push};
  }

  it("sends at once and then once a minute, until it is stopped", async () => {
    const bodies: string[] = [];
    const {clock, push} = setUp(async (_, body) => {
      bodies.push(body);
      return 200;
    });
    push.start();
    await clock.advance(120_000);
    assert.deepEqual(
      bodies.map((body) => JSON.parse(body)[0].timestamp),
      [1_000, 61_000, 121_000],
    );
    push.stop();
    await clock.advance(600_000);
    assert.equal(bodies.length, 3);
  });

  it("says once that it fails and once that it works again, and never the key", async () => {
    const answers: (number | Error)[] = [new Error(`cannot reach ${URL_WITH_KEY}`), 429, 200, 200];
    const {clock, lines, push} = setUp(async () => {
      const answer = answers.shift() ?? 200;
      if (answer instanceof Error) throw answer;
      return answer;
    });
    push.start();
    await clock.advance(240_000);
    push.stop();
    assert.equal(lines.length, 2, lines.join("\n"));
    assert.match(lines[0] ?? "", /do not reach https:\/\/figures\.example\/…/);
    assert.match(lines[1] ?? "", /again/);
    assert.doesNotMatch(lines.join(), /s3cret/);
  });

  it("gives up on a service that does not answer", async () => {
    const {clock, lines, push} = setUp(
      (_, __, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    push.start();
    await clock.advance(10_000);
    assert.match(lines.join(), /no answer within 10000 ms/);
    push.stop();
  });
});

describe("postJson", () => {
  it("posts JSON, follows no redirect and reads no body", async () => {
    let asked = "";
    const server = createServer((request, response) => {
      asked += `${request.method} ${request.url} ${request.headers["content-type"]};`;
      response.writeHead(302, {location: "/elsewhere"});
      response.end("x");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const {port} = server.address() as AddressInfo;
    try {
      const status = await postJson(`http://127.0.0.1:${port}/m?k=1`, "[]", AbortSignal.timeout(5_000));
      assert.equal(status, 302);
      assert.equal(asked, "POST /m?k=1 application/json;");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
