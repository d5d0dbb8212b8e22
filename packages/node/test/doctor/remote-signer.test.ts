import assert from "node:assert/strict";
import {createServer, type Server} from "node:http";
import type {AddressInfo} from "node:net";
import {checkRemoteSigner} from "../../src/doctor/remote-signer-check.ts";
import {SystemClock} from "../../src/system/system-clock.ts";

describe("doctor: remote signer", () => {
  let server: Server;
  let answer: {status: number; body: unknown};

  beforeEach(async () => {
    server = createServer((_, response) => {
      response.writeHead(answer.status, {"content-type": "application/json"}).end(JSON.stringify(answer.body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  });

  const check = (status: number, body: unknown) => {
    answer = {status, body};
    const {port} = server.address() as AddressInfo;
    return checkRemoteSigner({url: `http://user:secret@127.0.0.1:${port}`, tls: {}}, {clock: new SystemClock()});
  };

  it("counts its keys", async () => {
    const {level, detail} = await check(200, [`0x${"ab".repeat(48)}`]);
    assert.equal(level, "ok", detail);
    assert.match(detail, /has 1 key$/);
  });

  it("catches one without keys, one that makes no sense, and one that is not there", async () => {
    const empty = await check(200, []);
    assert.deepEqual([empty.level, /says that it has no keys/.test(empty.detail)], ["fail", true]);
    const senseless = await check(500, {});
    assert.equal(senseless.level, "fail");
    assert.ok(!senseless.detail.includes("secret"), senseless.detail);
    const {port} = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const gone = await checkRemoteSigner({url: `http://127.0.0.1:${port}`, tls: {}}, {clock: new SystemClock()});
    assert.equal(gone.level, "fail");
  });
});
