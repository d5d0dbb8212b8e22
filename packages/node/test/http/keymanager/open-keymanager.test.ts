import assert from "node:assert/strict";
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {get, type RequestOptions} from "node:https";
import type {AddressInfo} from "node:net";
import {createServer} from "node:net";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {FakeClock, FakeLog, LOOPBACK_TLS_CERT, LOOPBACK_TLS_KEY} from "@mote/testing";
import type {KeymanagerConfig} from "../../../src/config/index.ts";
import {ExitError} from "../../../src/exit-error.ts";
import {openKeymanager} from "../../../src/http/keymanager/open-keymanager.ts";
import {DiskStateFiles} from "../../../src/system/state-files.ts";
import {FakeKeySettings} from "./support/fake-key-settings.ts";
import {FakeValidatorKeys} from "./support/fake-validator-keys.ts";

describe("openKeymanager", () => {
  let dir: string;
  let log: FakeLog;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-keymanager-"));
    log = new FakeLog();
  });
  afterEach(() => rmSync(dir, {recursive: true}));

  const open = (over: Partial<KeymanagerConfig> = {}) =>
    openKeymanager(
      {address: "127.0.0.1", port: 0, tokenFile: {path: join(dir, "token"), mayCreate: true}, tls: null, ...over},
      {
        keys: new FakeValidatorKeys(),
        settings: new FakeKeySettings(),
        log,
        clock: new FakeClock({nowMs: 0}),
        files: new DiskStateFiles(),
        random: {bytes: (sizeBytes) => new Uint8Array(sizeBytes).fill(1)},
      },
    );
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const needsHuman = (words: RegExp) => (error: unknown) => {
    assert.ok(error instanceof ExitError && error.exitCode === 2, String(error));
    assert.match(error.message, words);
    return true;
  };

  it("serves with the token that it keeps, and ends when asked to", async () => {
    const api = await open();
    const authorization = `Bearer ${readFileSync(join(dir, "token"), "utf8").trim()}`;
    const response = await fetch(`${api.url}/eth/v1/keystores`, {headers: {authorization}});
    assert.deepEqual([response.status, await response.json()], [200, {data: []}]);
    assert.deepEqual(
      log.lines.filter((line) => line.startsWith("warn")),
      [],
    );
    await api.stop();
    await assert.rejects(fetch(api.url));
  });

  it("serves by https", async () => {
    const tls = {certFile: file("cert", LOOPBACK_TLS_CERT), keyFile: file("key", LOOPBACK_TLS_KEY)};
    const api = await open({address: "0.0.0.0", tls});
    assert.deepEqual(
      log.lines.filter((line) => line.startsWith("warn")),
      [],
    );
    const options: RequestOptions = {ca: LOOPBACK_TLS_CERT};
    const status = await new Promise((resolve, reject) => {
      const url = api.url.replace("0.0.0.0", "127.0.0.1");
      get(`${url}/eth/v1/keystores`, options, (response) => resolve(response.resume().statusCode)).on("error", reject);
    });
    assert.equal(status, 401);
    await api.stop();
  });

  it("warns when other machines could listen to the token", async () => {
    const api = await open({address: "0.0.0.0"});
    await api.stop();
    assert.match(log.lines.at(-1) ?? "", /^warn .*without encryption.*--http-tls-cert-file/);
  });

  it("names the option that helps when the address cannot be had", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const {port} = other.address() as AddressInfo;
    await assert.rejects(open({port}), needsHuman(/the port is in use; choose another by --http-port/));
    await new Promise((resolve) => other.close(resolve));
    await assert.rejects(open({address: "192.0.2.1"}), needsHuman(/no such address; check --http-address/));
  });

  it("refuses certificates that cannot be used", async () => {
    const [certFile, keyFile] = [file("cert", LOOPBACK_TLS_CERT), file("key", LOOPBACK_TLS_KEY)];
    await assert.rejects(
      open({tls: {certFile: join(dir, "none"), keyFile}}),
      needsHuman(/--http-tls-cert-file: .*no such file/),
    );
    await assert.rejects(open({tls: {certFile, keyFile: dir}}), needsHuman(/--http-tls-key-file: /));
    await assert.rejects(open({tls: {certFile, keyFile: file("bad", "oops")}}), needsHuman(/cannot be used/));
    await assert.rejects(open({tls: {certFile: keyFile, keyFile}}), needsHuman(/cannot be used/));
  });
});
