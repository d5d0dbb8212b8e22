import assert from "node:assert/strict";
import {createServer} from "node:https";
import type {AddressInfo} from "node:net";
import {FakeClock, LOOPBACK_TLS_CERT, LOOPBACK_TLS_KEY} from "@mote/testing";
import {BeaconNode, type BeaconNodeInit} from "../../src/beacon-node.ts";
import {Closing, rejectsWith} from "../support/setup.ts";

describe("the way to one beacon node", () => {
  const closing = new Closing();
  const clock = new FakeClock({nowMs: 1_000_000});
  afterEach(() => closing.close());

  function nodeOf(init: Omit<BeaconNodeInit, "name">): BeaconNode {
    const node = new BeaconNode({name: "bn0", ...init}, {clock});
    closing.add(() => node.close());
    return node;
  }

  it("its headers go with every request, and never over our own", async () => {
    const {fake, node} = await closing.pair(clock, {headers: {"X-Api-Key": "abc", Accept: "text/html"}});
    await node.syncing();
    const headers = fake.requests[0]?.headers;
    assert.equal(headers?.["x-api-key"], "abc");
    assert.equal(headers?.accept, "application/json");
    assert.equal(headers?.["user-agent"], "mote");
  });

  it("a header given in full goes before the credentials of the URL", async () => {
    const fake = await closing.fakeNode();
    const url = fake.url.replace("//", "//user:pass@");
    await nodeOf({url, headers: {authorization: "Bearer token"}}).syncing();
    assert.equal(fake.requests[0]?.headers.authorization, "Bearer token");
  });

  it("headers that HTTP does not allow are refused, their values unsaid", () => {
    const url = "http://127.0.0.1:1";
    const wrong: Record<string, string>[] = [
      {"x-key": "secret\r\nx-evil: 1"},
      {"x key": "secret"},
      {"content-length": "secret"},
      {"X-Key": "secret1", "x-key": "secret2"},
    ];
    for (const headers of wrong) {
      assert.throws(
        () => nodeOf({url, headers}),
        (error: Error) => /header/.test(error.message) && !/secret/.test(`${error.stack}`),
      );
    }
  });

  it("credentials that the node repeats do not come into errors and outcomes", async () => {
    const fake = await closing.fakeNode();
    const url = `${fake.url.replace("//", "//user:passw0rd@")}/?key=hunter22`;
    const node = nodeOf({url, headers: {"x-api-key": "Token abcdef"}});
    const basic = Buffer.from("user:passw0rd").toString("base64");
    const message = `denied: passw0rd ${basic} hunter22 Token abcdef`;
    fake.faults.set("*", {kind: "status", status: 403, json: {code: 403, message}});
    const error = await rejectsWith(node.syncing(), "HTTP_STATUS", /denied/);
    assert.doesNotMatch(`${error.stack}`, /passw0rd|hunter22|abcdef/);
    assert.ok(!error.message.includes(basic));
    const failures = [{index: 0, message}];
    fake.faults.set("*", {kind: "status", status: 400, json: {code: 400, message: "no", failures}});
    const contribution = {
      slot: 9,
      beaconBlockRoot: new Uint8Array(32),
      validatorIndex: 1,
      signature: new Uint8Array(96),
    };
    const [outcome] = await node.publishSyncCommitteeMessages([contribution]);
    assert.ok(outcome?.kind === "refused" && !/passw0rd|hunter22|abcdef/.test(outcome.detail));
  });

  it("not even a part of them, where a long text is cut", async () => {
    const fake = await closing.fakeNode();
    const secret = "0123456789abcdefghijklmnopqrstuvwxyz";
    const node = nodeOf({url: fake.url, headers: {"x-api-key": secret}});
    for (let at = 140; at < 200; at += 5) {
      const message = "x".repeat(at) + secret;
      fake.faults.set("*", {kind: "status", status: 403, json: {code: 403, message}});
      const {detail} = await rejectsWith(node.syncing(), "HTTP_STATUS");
      assert.doesNotMatch(detail, /0123/);
      fake.faults.set("*", {kind: "content_type", contentType: message});
      assert.doesNotMatch((await rejectsWith(node.syncing(), "MALFORMED")).detail, /0123/);
      fake.faults.clear();
      fake.chain.version = `v${message}\u001b[2J`;
      assert.doesNotMatch(await node.version(), /0123|\p{Cc}/u);
    }
  });

  describe("over TLS", () => {
    /** @returns its URL */
    async function serve(): Promise<string> {
      const tls = {
        cert: LOOPBACK_TLS_CERT,
        key: LOOPBACK_TLS_KEY,
        ca: LOOPBACK_TLS_CERT,
        requestCert: true,
        rejectUnauthorized: true,
      };
      const server = createServer(tls, (_request, response) => {
        response.writeHead(200, {"content-type": "application/json"}).end('{"data":{"version":"Tls/v1"}}');
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      closing.add(() => {
        server.closeAllConnections();
        server.close();
      });
      return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    it("authority, certificate and key are used", async () => {
      const url = await serve();
      const node = nodeOf({url, tls: {ca: LOOPBACK_TLS_CERT, cert: LOOPBACK_TLS_CERT, key: LOOPBACK_TLS_KEY}});
      assert.equal(await node.version(), "Tls/v1");
    });

    it("an unknown authority, or no certificate of ours, is UNREACHABLE", async () => {
      const url = await serve();
      await rejectsWith(nodeOf({url}).version(), "UNREACHABLE");
      await assert.rejects(nodeOf({url, tls: {ca: LOOPBACK_TLS_CERT}}).version());
    });

    it("texts that are no PEM are refused, and not repeated", () => {
      const url = "https://127.0.0.1:1";
      const secretKey = LOOPBACK_TLS_KEY.replaceAll("M", "_");
      for (const tls of [{ca: "no PEM secret"}, {cert: LOOPBACK_TLS_CERT}, {cert: LOOPBACK_TLS_CERT, key: secretKey}]) {
        assert.throws(
          () => nodeOf({url, tls}),
          (error: Error) => /TLS/.test(error.message) && !/secret/.test(error.message) && !error.message.includes("__"),
        );
      }
      assert.throws(() => nodeOf({url: "http://127.0.0.1:1", tls: {ca: LOOPBACK_TLS_CERT}}), /http/);
    });
  });

  it("calls are reported with the node's date, and between which moments of ours it was written", async () => {
    const {fake, node, reports} = await closing.pair(clock);
    const report = () => {
      const {serverDateMs, sentMs, receivedMs} = reports.at(-1)!;
      return {serverDateMs, sentMs, receivedMs};
    };
    const nowMs = clock.nowMs();
    fake.date = "Thu, 01 Jan 1970 00:16:41 GMT";
    await node.syncing();
    assert.deepEqual(report(), {serverDateMs: 1_001_000, sentMs: nowMs, receivedMs: nowMs});
    fake.faults.set("*", {kind: "status", status: 500});
    await rejectsWith(node.syncing(), "HTTP_STATUS");
    assert.equal(report().serverDateMs, 1_001_000);
    fake.faults.clear();
    for (const date of [null, "yesterday", "2026-01-01T00:00:00Z", "Thu, 99 Foo 1970 00:16:41 GMT"]) {
      fake.date = date;
      await node.syncing();
      assert.equal(report().serverDateMs, null, String(date));
    }
    const until = new Promise<void>((resolve) => clock.after(300, resolve));
    fake.date = "Thu, 01 Jan 1970 00:16:41 GMT";
    fake.faults.set("*", {kind: "delay", until});
    const call = node.syncing();
    await fake.asked("GET /eth/v1/node/syncing", 7);
    await clock.advance(300);
    await call;
    assert.deepEqual(report(), {serverDateMs: 1_001_000, sentMs: nowMs, receivedMs: nowMs + 300});
    fake.faults.set("*", {kind: "reset"});
    await assert.rejects(node.syncing());
    assert.equal(report().serverDateMs, null);
  });
});
