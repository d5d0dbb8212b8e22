import assert from "node:assert/strict";
import {once} from "node:events";
import {connect, type Socket} from "node:net";
import {IMPORT_SIZE_BYTES_MAX} from "../../../src/http/keymanager/keystore-routes.ts";
import {ApiUnderTest, OURS, sayWhenUnjudged, TOKEN} from "./support/api-under-test.ts";
import {FakeValidatorKeys} from "./support/fake-validator-keys.ts";

const KEYSTORES = "/eth/v1/keystores";
const GRAFFITI = `/eth/v1/validator/${OURS}/graffiti`;

describe("Keymanager API: bodies of every size and speed", () => {
  sayWhenUnjudged();
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = new ApiUnderTest();
    await api.start();
  });
  afterEach(() => api.stop());

  /** A request by hand. */
  async function open(path: string, headers: string, start = ""): Promise<{socket: Socket; answer: Promise<string>}> {
    const socket = connect(api.port, "127.0.0.1");
    await once(socket, "connect");
    let text = "";
    socket.setEncoding("utf8").on("data", (data) => {
      text += data;
    });
    socket.on("error", () => {});
    const answer = once(socket, "close").then(() => text);
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n${headers}\r\n\r\n${start}`);
    return {socket, answer};
  }

  it("refuses a body that says it is too large, before a byte of it", async () => {
    for (const [path, sizeBytesMax] of [
      [KEYSTORES, IMPORT_SIZE_BYTES_MAX],
      [GRAFFITI, 64 * 1024],
      ["/eth/v1/remotekeys", 4 * 1024 * 1024],
    ] as const) {
      const {answer} = await open(path, `content-length: ${sizeBytesMax + 1}`);
      assert.match(await answer, /^HTTP\/1\.1 413 [\s\S]*connection: close/);
    }
  });

  it("refuses a body that turns out too large", async () => {
    const raw = new Blob([JSON.stringify({graffiti: "x".repeat(70_000)})]).stream();
    const response = await fetch(`http://127.0.0.1:${api.port}${GRAFFITI}`, {
      method: "POST",
      headers: {authorization: `Bearer ${TOKEN}`},
      body: raw,
      duplex: "half",
    } as RequestInit).catch(() => null);
    // The connection is closed under a sender that goes on, which it may notice before the answer.
    assert.ok(response === null || response.status === 413);
    assert.equal(api.settings.effective(OURS).graffiti, null);
  });

  it("takes a body as large as allowed", async () => {
    const raw = `${JSON.stringify({graffiti: "fits"})}${" ".repeat(60_000)}`;
    assert.equal((await api.ask("POST", GRAFFITI, {raw})).status, 202);
  });

  it("breaks a body off that does not come, and goes on with the next", async () => {
    const {answer} = await open(KEYSTORES, "content-length: 50", '{"keystores"');
    // The deadline begins when the server has the head.
    for (let i = 0; i < 200 && api.clock.timersSet === 0; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    const next = api.ask("POST", KEYSTORES, {body: {keystores: [], passwords: []}});
    await api.clock.advance(30_000);
    assert.match(await answer, /^HTTP\/1\.1 408 /);
    assert.equal((await next).status, 200);
    assert.equal(api.keys.interchanges.length, 1);
  });

  it("goes on when a sender goes away in the middle", async () => {
    const {socket} = await open(KEYSTORES, "content-length: 50", '{"keystores"');
    socket.destroy();
    assert.equal((await api.ask("POST", KEYSTORES, {body: {keystores: [], passwords: []}})).status, 200);
    assert.equal(api.keys.interchanges.length, 1);
  });

  it("takes a body without a content type, and refuses a content type that is none", async () => {
    const typed = async (type: string) => {
      const {socket, answer} = await open(
        GRAFFITI,
        `connection: close\r\ncontent-length: 16\r\n${type}`,
        '{"graffiti":"a"}',
      );
      const text = await answer;
      socket.destroy();
      return Number(text.slice(9, 12));
    };
    assert.equal(await typed("x-nothing: 1"), 202);
    assert.equal(await typed("content-type: application/x-www-form-urlencoded"), 202);
    assert.equal(await typed("content-type: ;;;"), 415);
  });

  for (const [what, raw] of Object.entries({
    nothing: "",
    "half of it": '{"graffiti": "hunter2',
    "no UTF-8": Buffer.from([0x7b, 0xff, 0x7d]),
    "a deep list": "[".repeat(30_000),
    "deep objects": '{"a":'.repeat(10_000),
    "depth behind a text with brackets": `{"graffiti":"]]]]\\"]]","b":${"[".repeat(20)}${"]".repeat(20)}}`,
    "a prototype": '{"__proto__":{"graffiti":"polluted"}}',
    "what every object has": '{"constructor":{"prototype":{"graffiti":"polluted"}}}',
  })) {
    it(`refuses ${what}`, async () => {
      const {status, body} = await api.ask("POST", GRAFFITI, {raw});
      assert.equal(status, 400);
      assert.doesNotMatch(JSON.stringify(body), /hunter2|polluted/);
      assert.equal(api.settings.effective(OURS).graffiti, null);
    });
  }

  it("does not mistake brackets in a text for depth", async () => {
    const graffiti = '{[{[{[{[{["\\';
    assert.equal((await api.ask("POST", GRAFFITI, {body: {graffiti, more: ["[".repeat(50)]}})).status, 202);
  });

  it("refuses deep records inside an import", async () => {
    const body = {keystores: [], passwords: [], slashing_protection: `{"a":${"[".repeat(5000)}`};
    assert.equal((await api.ask("POST", KEYSTORES, {body})).status, 400);
  });

  it("carries out one change at a time, and two imports of one key import it once", async () => {
    const pubkey = `0x${"c3".repeat(48)}`;
    const body = {keystores: [JSON.stringify({pubkey})], passwords: [FakeValidatorKeys.password]};
    let goOn = () => {};
    api.keys.pause = new Promise((resolve) => {
      goOn = resolve;
    });
    const imports = Array.from({length: 5}, () => api.ask("POST", KEYSTORES, {body}));
    for (let i = 0; i < 200 && api.keys.underWay === 0; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    // What only reads is not kept waiting.
    assert.equal((await api.ask("GET", KEYSTORES)).status, 200);
    assert.equal(api.clock.timersSet, 1, "the bodies of the others wait unread");
    goOn();
    const statuses = (await Promise.all(imports)).map(
      (one) => (one.body as {data: {status: string}[]}).data[0]?.status,
    );
    assert.deepEqual(statuses.sort(), ["duplicate", "duplicate", "duplicate", "duplicate", "imported"]);
    assert.equal(api.keys.underWayMax, 1);
  });

  it("accepts no more connections than it has room for", async () => {
    let goOn = () => {};
    api.keys.pause = new Promise((resolve) => {
      goOn = resolve;
    });
    const asked = Array.from({length: 40}, () =>
      api.ask("POST", KEYSTORES, {body: {keystores: [], passwords: []}}).then(
        ({status}) => status,
        () => "refused",
      ),
    );
    await Promise.race(asked);
    goOn();
    const outcomes = await Promise.all(asked);
    assert.ok(outcomes.includes("refused"));
    assert.ok(outcomes.filter((outcome) => outcome === 200).length <= 16);
    assert.ok(outcomes.every((outcome) => outcome === 200 || outcome === "refused"));
  });
});
