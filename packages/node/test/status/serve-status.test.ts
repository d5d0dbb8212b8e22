import assert from "node:assert/strict";
import {mkdir, mkdtemp, readFile, rm, stat} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {FakeLog} from "@mote/testing";
import type {NodeStatus, RunningFile} from "../../src/status/node-status.ts";
import {runningFilePath} from "../../src/status/running-file.ts";
import {serveStatus} from "../../src/status/serve-status.ts";
import {DiskStateFiles} from "../../src/system/state-files.ts";

const STATUS = {version: "1.2.3", state: "starting"} as NodeStatus;

describe("the status of a running node", () => {
  let dir: string;
  let log: FakeLog;
  let stop: (() => Promise<void>) | null = null;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "mote-status-"));
    log = new FakeLog();
  });
  afterEach(async () => {
    await stop?.();
    stop = null;
    await rm(dir, {recursive: true});
  });

  let seed = 0;
  const random = {bytes: (sizeBytes: number) => new Uint8Array(sizeBytes).fill(++seed)};
  const serve = async (datadir = dir) => {
    stop = await serveStatus({datadir, pid: 7}, {status: () => STATUS, files: new DiskStateFiles(), random, log});
  };
  const running = async (): Promise<RunningFile> => JSON.parse(await readFile(runningFilePath(dir), "utf8"));
  const ask = async ({path = "/status", method = "GET", authorization}: Record<string, string | undefined> = {}) => {
    const {url, token} = await running();
    const headers = {authorization: authorization ?? `Bearer ${token}`, connection: "close"};
    const response = await fetch(`${url}${path}`, {method: method as string, headers});
    return {status: response.status, body: await response.text()};
  };

  it("is told on loopback to whoever has the token in the data directory, which only the owner can read", async () => {
    await serve();
    const {pid, url, token} = await running();
    assert.deepEqual([pid, new URL(url).hostname, token.length], [7, "127.0.0.1", 64]);
    assert.equal((await stat(runningFilePath(dir))).mode & 0o777, 0o600);
    assert.deepEqual(await ask(), {status: 200, body: JSON.stringify(STATUS)});
  });

  it("is told to nobody else, and nothing else is", async () => {
    await serve();
    const {token} = await running();
    for (const authorization of ["", "Bearer", `Bearer ${token.slice(1)}`, `Bearer ${token}0`, token])
      assert.equal((await ask({authorization})).status, 401, authorization);
    assert.equal((await ask({path: `/status?token=${token}`, authorization: ""})).status, 401);
    assert.equal((await ask({path: "/"})).status, 404);
    assert.equal((await ask({method: "POST"})).status, 404);
  });

  it("has another token at each start, over what a killed node left, and takes the file away at the end", async () => {
    await serve();
    const first = await running();
    await stop?.();
    await assert.rejects(running(), {code: "ENOENT"});
    await serve();
    assert.notEqual((await running()).token, first.token);
  });

  it("keeps no node from starting: what fails is said", async () => {
    await mkdir(runningFilePath(dir));
    await serve();
    assert.deepEqual(log.lines, ["warn mote status will not find this node"]);
    await rm(runningFilePath(dir), {recursive: true});
  });
});
