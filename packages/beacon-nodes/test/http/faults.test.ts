import assert from "node:assert/strict";
import {FakeClock, type FakeFault} from "@mote/testing";
import {BeaconNode} from "../../src/beacon-node.ts";
import type {BeaconFault} from "../../src/beacon-node-error.ts";
import {HEADERS_SIZE_BYTES_MAX, SMALL_BODY_SIZE_BYTES_MAX} from "../../src/limits.ts";
import {Closing, eventually, rejectsWith} from "../support/setup.ts";

const SYNCING = "GET /eth/v1/node/syncing";

describe("faults of one call", () => {
  const closing = new Closing();
  const clock = new FakeClock({nowMs: 1_000_000});
  afterEach(() => closing.close());

  const immediate: [name: string, fault: FakeFault, reason: BeaconFault][] = [
    ["a broken connection", {kind: "reset"}, "UNREACHABLE"],
    ["a body shorter than its length", {kind: "truncate"}, "TRUNCATED"],
    [
      "a declared body too large",
      {kind: "oversized", sizeBytes: SMALL_BODY_SIZE_BYTES_MAX + 1, declared: true},
      "TOO_LARGE",
    ],
    ["a body too large", {kind: "oversized", sizeBytes: SMALL_BODY_SIZE_BYTES_MAX + 1, declared: false}, "TOO_LARGE"],
    ["headers too large", {kind: "oversized_header", sizeBytes: HEADERS_SIZE_BYTES_MAX + 1}, "TOO_LARGE"],
    ["status 500", {kind: "status", status: 500}, "HTTP_STATUS"],
    ["status 503", {kind: "status", status: 503, json: {code: 503, message: "syncing"}}, "HTTP_STATUS"],
    ["a route that is not there", {kind: "status", status: 405}, "NOT_SUPPORTED"],
    ["a route that is not implemented", {kind: "status", status: 501}, "NOT_SUPPORTED"],
    ["a redirect", {kind: "redirect", location: "http://127.0.0.1:1/"}, "HTTP_STATUS"],
    ["no JSON", {kind: "text", text: '{"data":{"head_slot":'}, "MALFORMED"],
    ["no object", {kind: "text", text: "[]"}, "MALFORMED"],
    [
      "a missing field",
      {kind: "text", text: '{"data":{"head_slot":"1","sync_distance":"0","is_syncing":false}}'},
      "MALFORMED",
    ],
    ["another content type", {kind: "content_type", contentType: "text/html"}, "MALFORMED"],
    ["a compressed answer", {kind: "compressed"}, "MALFORMED"],
    ["no HTTP", {kind: "garbage"}, "MALFORMED"],
  ];
  for (const [name, fault, reason] of immediate) {
    it(`${name} is ${reason}`, async () => {
      const {fake, node, reports} = await closing.pair(clock);
      fake.faults.set(SYNCING, fault);
      await rejectsWith(node.syncing(), reason);
      assert.equal(reports.at(-1)?.fault, reason);
      // The client is none the worse for it.
      fake.faults.clear();
      assert.equal((await node.syncing()).isSyncing, false);
      assert.equal(reports.at(-1)?.fault, null);
    });
  }

  it("a body as large as its bound is read", async () => {
    const {fake, node} = await closing.pair(clock);
    const body = JSON.stringify({data: {version: "Fake/v2"}});
    fake.faults.set("GET /eth/v1/node/version", {kind: "text", text: body.padEnd(SMALL_BODY_SIZE_BYTES_MAX, " ")});
    assert.equal(await node.version(), "Fake/v2");
  });

  it("no answer is TIMED_OUT by the total time", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.faults.set(SYNCING, {kind: "hang"});
    const call = rejectsWith(node.syncing(), "TIMED_OUT");
    await fake.asked(SYNCING);
    await clock.advance(2_000);
    await call;
  });

  it("an answer byte by byte is TIMED_OUT by the total time", async () => {
    const {fake, node} = await closing.pair(clock);
    fake.faults.set(SYNCING, {kind: "drip"});
    const call = rejectsWith(node.syncing(), "TIMED_OUT");
    await fake.asked(SYNCING);
    for (let step = 0; step < 20; step++) await clock.advance(100);
    await call;
  });

  it("an abort ends the call, before and during it", async () => {
    const {fake, node} = await closing.pair(clock);
    await rejectsWith(node.syncing(AbortSignal.abort()), "ABORTED");
    assert.equal(fake.requests.length, 0);
    fake.faults.set(SYNCING, {kind: "hang"});
    const stop = new AbortController();
    const call = rejectsWith(node.syncing(stop.signal), "ABORTED");
    await fake.asked(SYNCING);
    stop.abort();
    await call;
  });

  it("a node that is down is UNREACHABLE, and usable when it is back", async () => {
    const {fake, node} = await closing.pair(clock);
    await node.syncing();
    const port = Number(new URL(fake.url).port);
    await fake.close();
    await rejectsWith(node.syncing(), "UNREACHABLE", /ECONNREFUSED/);
    await fake.listen(port);
    assert.equal((await node.syncing()).headSlot, 20);
  });

  it("a kept-alive socket that the node closed costs nothing", async () => {
    const {fake, node} = await closing.pair(clock);
    for (let round = 0; round < 20; round++) {
      await node.syncing();
      fake.closeIdleConnections();
      await node.syncing();
    }
  });

  it("credentials go into the header and nowhere else", async () => {
    const fake = await closing.fakeNode();
    const url = fake.url.replace("http://", "http://user:p%40ss@");
    const node = new BeaconNode({name: "bn0", url: `${url}/`}, {clock});
    closing.add(() => node.close());
    await node.syncing();
    const header = `Basic ${Buffer.from("user:p@ss").toString("base64")}`;
    assert.equal(fake.requests[0]?.headers.authorization, header);
    assert.equal(node.redactedUrl, fake.url.replace("//", "//***@"));
    fake.faults.set("*", {kind: "status", status: 401});
    const error = await rejectsWith(node.syncing(), "HTTP_STATUS");
    assert.doesNotMatch(`${error.message} ${error.stack}`, /user|p@ss|p%40ss/);
  });

  it("compression is not offered", async () => {
    const {fake, node} = await closing.pair(clock);
    await node.syncing();
    assert.equal(fake.requests[0]?.headers["accept-encoding"], undefined);
    await eventually(() => fake.requests.length === 1);
  });
});
