import assert from "node:assert/strict";
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {createServer, type Server} from "node:http";
import type {AddressInfo} from "node:net";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {NodeStatus} from "@mote/node";
import {statusCommand} from "../../src/commands/status.ts";
import {durationText, statusText} from "../../src/status/status-text.ts";
import {memoryIo} from "../support/memory-io.ts";
import {nodeStatus} from "../support/node-status.ts";

const TOKEN = "token-of-this-node";

describe("mote status", () => {
  let homeDir: string;
  let server: Server;
  let answer: {status: number; body: string};
  let url: string;

  beforeEach(async () => {
    homeDir = mkdtempSync(join(tmpdir(), "mote-status-"));
    answer = {status: 200, body: JSON.stringify(nodeStatus())};
    server = createServer((request, response) => {
      const isOurs = request.headers.authorization === `Bearer ${TOKEN}` && request.url === "/status";
      response.writeHead(isOurs ? answer.status : 401).end(isOurs ? answer.body : "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
    rmSync(homeDir, {recursive: true, force: true});
  });

  function writeRunning(network: string, content: object | string = {pid: 4711, url, token: TOKEN}): string {
    const datadir = join(homeDir, ".mote", network);
    mkdirSync(datadir, {recursive: true});
    writeFileSync(join(datadir, "running.json"), typeof content === "string" ? content : JSON.stringify(content));
    return datadir;
  }

  async function status(...argv: string[]) {
    const {io, stdout, stderr} = memoryIo({homeDir, workingDir: homeDir});
    return {code: await statusCommand(argv, io), stdout: stdout(), stderr: stderr()};
  }

  it("finds the only node of this home, and tells how it does", async () => {
    writeRunning("hoodi");
    const {code, stdout, stderr} = await status();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Mote 0\.1\.0 on hoodi: running for 3 h 12 min \(pid 4711, 131 MiB\)$/m);
    assert.match(stdout, /^ {2}validators {2}64 keys: 64 on the chain, 64 with duties, 63 would sign now$/m);
    assert.match(stdout, /^ {2}bn1 {2}el offline/m);
    assert.match(stdout, /DOPPELGANGER_WATCH: until epoch 12/);
  });

  it("breaks no line of a table in its middle on a narrow terminal", async () => {
    writeRunning("hoodi");
    const {io, stdout} = memoryIo({homeDir, workingDir: homeDir, columns: 60});
    assert.equal(await statusCommand([], io), 0);
    const [, , ...lines] = stdout().split("\n");
    assert.deepEqual(
      lines.filter((line) => line.length > 60),
      [],
    );
    assert.match(stdout(), /^ {2}bn1 {2}el offline .*\n {4}http:\/\/b:5052: its execution layer does not answer$/m);
  });

  it("hands on all that the node says as one JSON line", async () => {
    const datadir = writeRunning("hoodi");
    const {code, stdout} = await status("--datadir", datadir, "--json");
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), nodeStatus());
    assert.equal(stdout.trimEnd().split("\n").length, 1);
  });

  it("exits 1 when nothing runs, and says what to do", async () => {
    const {code, stdout, stderr} = await status("--network", "hoodi");
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /no Mote runs on .*hoodi\n.*start it with `mote start`/);
    assert.equal((await status()).code, 1);
  });

  it("knows a file that a killed node left behind: nobody listens, or a stranger does", async () => {
    writeRunning("hoodi", {pid: 4711, url, token: "another-token"});
    const stranger = await status();
    assert.equal(stranger.code, 1);
    assert.match(stranger.stderr, /the one with pid 4711 ended without a word/);
    await new Promise((resolve) => server.close(resolve));
    writeRunning("hoodi");
    const nobody = await status();
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /the one with pid 4711 ended without a word/);
  });

  it("takes an answer that is no status, or too long a one, for a stranger's", async () => {
    writeRunning("hoodi");
    for (const body of ["{}", "null", "<html>", JSON.stringify({...nodeStatus(), more: "x".repeat(2 ** 20)})]) {
      answer = {status: 200, body};
      const {code, stdout} = await status();
      assert.equal(code, 1, body.slice(0, 40));
      assert.equal(stdout, "");
    }
  });

  it("sends the token to this machine only", async () => {
    for (const bad of [
      {pid: 1, url: "http://192.0.2.1:5000", token: TOKEN},
      {pid: 1, url: "http://127.0.0.1:5000@192.0.2.1", token: TOKEN},
      {pid: 1, url, token: "a\r\nb: c"},
      {url, token: TOKEN},
      "{",
    ]) {
      writeRunning("hoodi", bad);
      const {code, stderr} = await status();
      assert.equal(code, 2, JSON.stringify(bad));
      assert.match(stderr, /running\.json is damaged/);
    }
  });

  it("asks which one when two run", async () => {
    writeRunning("hoodi");
    writeRunning("sepolia");
    const {code, stderr} = await status();
    assert.equal(code, 2);
    assert.match(stderr, /which one\? Give --datadir with one of .*hoodi, .*sepolia/);
    assert.equal((await status("--network", "sepolia")).code, 0);
  });

  it("exits 2 for an option that it does not know", async () => {
    const {code, stderr} = await status("--jsn");
    assert.equal(code, 2);
    assert.match(stderr, /did you mean --json\?/);
  });
});

describe("status text", () => {
  it("says of a node that starts what it waits for", () => {
    const starting: NodeStatus = {
      ...nodeStatus(),
      state: "starting",
      chain: null,
      validators: null,
      beaconNodes: [],
      slots: [],
    };
    assert.match(statusText(starting), /starting for 3 h 12 min/);
    assert.match(statusText(starting), /waiting for a beacon node/);
  });

  it("says how the light node on the network does, and that there is none", () => {
    const status = nodeStatus();
    assert.match(statusText(status), /network +off \(--p2p\)/);
    const p2p = {
      state: "running" as const,
      peerId: "16Uiu2",
      multiaddrs: [],
      peers: {inbound: 1, outbound: 7},
      publishes: true,
      votes: {sent: 64, echoed: 63},
      lightClient: {finalizedEpoch: 28, slot: 959},
      vetoes: {source: 1, target: 0, head: 0},
      notProvable: 3,
    };
    const words = /network +8 peers, 63 of 64 votes echoed, proven to slot 959, final to epoch 28, 1 vote vetoed/;
    assert.match(statusText({...status, p2p}), words);
    const begun = {...p2p, publishes: false, lightClient: {finalizedEpoch: null, slot: null}};
    assert.match(statusText({...status, p2p: begun}), /8 peers, nothing sent, light client not begun, 1 vote vetoed/);
    assert.match(statusText({...status, p2p: {...p2p, state: "failed"}}), /network +could not begin, see the log/);
  });

  it("stays on one screen however many keys are silent", () => {
    const [line] = nodeStatus().validators?.shown ?? [];
    const shown = Array.from({length: 128}, () => line as NonNullable<typeof line>);
    const base = nodeStatus();
    const text = statusText({
      ...base,
      validators: {...(base.validators as NonNullable<NodeStatus["validators"]>), shown},
    });
    assert.ok(text.split("\n").length < 40);
    assert.match(text, /and 120 more: mote status --json/);
  });

  it("names a duration by its two largest units", () => {
    const cases: [number, string][] = [
      [0, "0 s"],
      [59_999, "59 s"],
      [60_000, "1 min"],
      [61_000, "1 min 1 s"],
      [3_600_000, "1 h"],
      [90_061_000, "1 d 1 h"],
      [86_401_000, "1 d"],
      [-5, "0 s"],
    ];
    for (const [ms, text] of cases) assert.equal(durationText(ms), text);
  });
});
