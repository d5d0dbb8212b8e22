import assert from "node:assert/strict";
import {spawn, spawnSync} from "node:child_process";
import {chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {text} from "node:stream/consumers";
import {envNameOf, namesOf, parseYaml, START_OPTIONS} from "@mote/node/config";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const FILES = ["Dockerfile", "compose.yaml", "contrib/mote.service", "docs/installing.md"];
const STAY_DOWN = [2, 129, 130];

function unknownVariables(content: string): string[] {
  const known = new Set(Object.values(START_OPTIONS).flatMap((option) => namesOf(option).map(envNameOf)));
  return [...content.matchAll(/\bMOTE_[A-Z0-9_]+/g)].map(([name]) => name).filter((name) => !known.has(name));
}

describe("container and service files", () => {
  it("name variables that mote start knows", () => {
    for (const file of FILES) assert.deepEqual(unknownVariables(read(file)), [], file);
    assert.deepEqual(unknownVariables("MOTE_NETWORK MOTE_BEACONNODES"), ["MOTE_BEACONNODES"]);
  });

  it("keep Mote down after every code that asks for it", () => {
    const codes = /^RestartPreventExitStatus=(.*)$/m.exec(read("contrib/mote.service"))?.[1]?.split(" ").map(Number);
    assert.deepEqual(codes, STAY_DOWN);
    const compose = parseYaml(read("compose.yaml"));
    assert.equal(compose.kind, "ok");
    const {mote} = JSON.parse(JSON.stringify(compose.kind === "ok" ? compose.value : null)).services;
    // Docker starts it again whatever the code is, so only the holding entrypoint is right.
    assert.deepEqual([mote.restart, mote.entrypoint], ["unless-stopped", ["mote-hold"]]);
  });

  it("are what systemd understands", function () {
    if (spawnSync("systemd-analyze", ["--version"]).status !== 0) this.skip();
    const dir = mkdtempSync(join(tmpdir(), "mote-unit-"));
    const verify = (change: (unit: string) => string) => {
      const path = join(dir, "mote.service");
      // Mote is not installed here; whether its path is right is not the question.
      writeFileSync(path, change(read("contrib/mote.service").replace("/usr/local/bin/mote", "/bin/true")));
      return spawnSync("systemd-analyze", ["verify", "--man=no", path], {encoding: "utf8", timeout: 9_000});
    };
    try {
      const {status, stderr} = verify((unit) => unit);
      assert.deepEqual([status, stderr], [0, ""]);
      const broken = verify((unit) => unit.replace("PrivateTmp=yes", "PrivateTempp=yes"));
      assert.match(broken.stderr, /PrivateTempp/);
    } finally {
      rmSync(dir, {recursive: true, force: true});
    }
  });
});

describe("mote-hold", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-hold-"));
  });
  afterEach(() => rmSync(dir, {recursive: true, force: true}));

  /** Runs the script with this in place of mote. */
  function hold(fake: string) {
    writeFileSync(join(dir, "mote"), `#!/bin/sh\n${fake}\n`);
    chmodSync(join(dir, "mote"), 0o755);
    const env = {PATH: `${dir}:${process.env.PATH}`};
    const child = spawn(join(ROOT, "contrib/mote-hold"), ["start"], {env});
    const code = new Promise<number | null>((resolve) => child.once("exit", resolve));
    return {child, code, stdout: () => text(child.stdout), stderr: child.stderr};
  }
  const firstWords = (stream: NodeJS.ReadableStream) =>
    new Promise<string>((resolve) => stream.once("data", (chunk) => resolve(String(chunk))));

  it("hands on the words and every other code", async () => {
    const {code, stdout} = hold('echo "$@"; exit 0');
    assert.equal(await stdout(), "start\n");
    assert.equal(await code, 0);
    assert.equal(await hold("exit 1").code, 1);
  });

  it("holds after a code that asks for a human, until it is stopped", async () => {
    for (const held of STAY_DOWN) {
      const {child, code, stderr} = hold(`exit ${held}`);
      assert.match(await firstWords(stderr), new RegExp(`mote ended with ${held} and is not started again`));
      assert.equal(child.exitCode, null);
      child.kill("SIGTERM");
      assert.equal(await code, held);
    }
  });

  it("passes on the wish to stop, waits for the end, and tells its code", async () => {
    for (const [ends, expected] of [
      [0, 0],
      [2, 2],
      [7, 7],
    ] as const) {
      // It takes its time to stop, as Mote does.
      const {child, code} = hold(`trap 'sleep 0.2; exit ${ends}' TERM; echo ready; while :; do sleep 0.05; done`);
      await firstWords(child.stdout);
      child.kill("SIGTERM");
      assert.equal(await code, expected);
    }
  });
});
