import assert from "node:assert/strict";
import {connect} from "node:net";
import {ApiUnderTest, OURS, sayWhenUnjudged, TOKEN} from "./support/api-under-test.ts";

const PATHS: readonly [string, string][] = [
  ...["GET", "POST", "DELETE"].flatMap((method): [string, string][] => [
    [method, "/eth/v1/keystores"],
    [method, "/eth/v1/remotekeys"],
    ...["feerecipient", "gas_limit", "graffiti"].map((name): [string, string] => [
      method,
      `/eth/v1/validator/${OURS}/${name}`,
    ]),
  ]),
  ["POST", `/eth/v1/validator/${OURS}/voluntary_exit`],
];

describe("Keymanager API: who may ask", () => {
  sayWhenUnjudged();
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = new ApiUnderTest();
    await api.start();
  });
  afterEach(() => api.stop());

  it("has every route of the description, and each needs the token", async function () {
    if (api.description === null) return this.skip();
    const routes = PATHS.map(([method, path]) => `${method} ${path.replace(OURS, "{pubkey}")}`);
    assert.deepEqual(routes.sort(), api.description.operations().sort());
    for (const [method, path] of PATHS) {
      assert.equal((await api.ask(method, path, {authorization: null})).status, 401, `${method} ${path}`);
      assert.equal((await api.ask(method, path, {authorization: "Bearer wrong"})).status, 403, `${method} ${path}`);
      const {status} = await api.ask(method, path);
      assert.ok([200, 202, 204, 400, 404].includes(status), `${method} ${path} ${status}`);
    }
  });

  it("takes a token from the Authorization header alone, and as Bearer alone", async () => {
    const ask = async (authorization: string | null, query = "") =>
      (await api.ask("GET", `/eth/v1/keystores${query}`, {authorization})).status;
    assert.equal(await ask(`Bearer ${TOKEN}`), 200);
    assert.equal(await ask(`bearer  ${TOKEN} `), 200);
    assert.equal(await ask(null, `?token=${TOKEN}`), 401);
    assert.equal(await ask(null, `?access_token=${TOKEN}&authorization=Bearer%20${TOKEN}`), 401);
    for (const none of ["", "Bearer", "Bearer ", TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN} more`, `Token ${TOKEN}`])
      assert.equal(await ask(none), 401, none);
    for (const wrong of [TOKEN.slice(0, -1), `${TOKEN}0`, TOKEN.toUpperCase(), "x", "ÿ", `${TOKEN},${TOKEN}`])
      assert.equal(await ask(`Bearer ${wrong}`), 403, wrong);
  });

  it("says so once in the log, and never the token", async () => {
    for (const tried of ["guess-one", "guess-two"])
      await api.ask("GET", "/eth/v1/keystores", {authorization: `Bearer ${tried}`});
    assert.equal(api.log.lines.length, 1);
    assert.match(api.log.lines[0] ?? "", /^warn keymanager API: a request with a wrong token was refused/);
    assert.doesNotMatch(api.log.lines.join(), /guess|7e7e/);
  });

  it("does not read the body of one without a token", async () => {
    const body = {keystores: [], passwords: []};
    const {status, headers} = await api.ask("POST", "/eth/v1/keystores", {body, authorization: null});
    assert.equal(status, 401);
    assert.equal(headers.get("connection"), "close");
    assert.equal(headers.get("www-authenticate"), "Bearer");
    assert.deepEqual(api.keys.interchanges, []);
  });

  it("tells no other website anything: no CORS, and no answer to a preflight", async () => {
    const preflight = await api.ask("OPTIONS", "/eth/v1/keystores", {authorization: null});
    assert.equal(preflight.status, 401);
    const withToken = await api.ask("OPTIONS", "/eth/v1/keystores");
    assert.equal(withToken.status, 404);
    for (const {headers} of [preflight, withToken, await api.ask("GET", "/eth/v1/keystores")])
      assert.deepEqual(
        [...headers.keys()].filter((name) => name.startsWith("access-control")),
        [],
      );
  });

  it("shows what exists only to those with the token", async () => {
    for (const path of [
      "/",
      "/eth/v1/nothing",
      "/eth/v1/validator/%zz/graffiti",
      `/eth/v1/validator/${"a".repeat(500)}/graffiti`,
    ]) {
      assert.equal((await api.ask("GET", path, {authorization: null})).status, 401, path);
      const {status} = await api.ask("GET", path);
      assert.ok(status === 404 || status === 400, `${path} ${status}`);
    }
    assert.equal((await api.ask("PUT", "/eth/v1/keystores")).status, 404);
  });

  it("answers what is not HTTP with an error and goes on", async () => {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(api.port, "127.0.0.1", () => socket.write("\x16\x03\x01 no http at all\r\n\r\n"));
      socket.on("data", (data) => assert.match(String(data), /^HTTP\/1\.1 400 /));
      socket.on("close", () => resolve());
      socket.on("error", reject);
    });
    assert.equal((await api.ask("GET", "/eth/v1/keystores")).status, 200);
  });
});
