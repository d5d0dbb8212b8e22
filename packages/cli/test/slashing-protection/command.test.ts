import assert from "node:assert/strict";
import {type ChildProcess, spawn, spawnSync} from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import type {Root} from "@mote/core";
import {openLevelSlashingProtection} from "@mote/slashing-protection";
import type {CommandIo} from "../../src/command-io.ts";
import {slashingProtectionCommand} from "../../src/commands/slashing-protection.ts";

const MAIN = join(import.meta.dirname, "../../dist/main.js");
const CHAIN = `0x${"ab".repeat(32)}` as Root;
const HOODI = "0x212f13fc4df078b6cb7db228f1c8307566dcecf900867401a92023d7ba99cb5f";
const KEYS = ["b0", "b1"].map((byte) => `0x${byte.repeat(48)}`);

const fileOf = (chain: string, ...records: readonly object[]): string =>
  JSON.stringify({
    metadata: {interchange_format_version: "5", genesis_validators_root: chain},
    data: KEYS.map((pubkey, at) => ({pubkey, signed_blocks: [{slot: `${at + 7}`}], signed_attestations: records})),
  });
const VOTE = {source_epoch: "2", target_epoch: "3", signing_root: `0x${"c5".repeat(32)}`};

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

async function waitFor(isThere: () => boolean): Promise<void> {
  for (let round = 0; round < 400 && !isThere(); round++) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("mote slashing-protection", function () {
  this.timeout(30_000);
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-cli-test-"));
  });
  afterEach(() => rmSync(dir, {recursive: true}));

  /** The command as people start it. */
  function moteProcess(args: readonly string[], input = "") {
    const {status, stdout, stderr} = spawnSync(process.execPath, [MAIN, "slashing-protection", ...args], {
      encoding: "utf8",
      cwd: dir,
      input,
      timeout: 20_000,
      env: {PATH: process.env.PATH, TMPDIR: dir},
    });
    return {status, stdout, stderr};
  }

  /** The same without a process, as main.ts ends it. */
  async function mote(args: readonly string[], input = "") {
    const written = {stdout: "", stderr: ""};
    const streamTo = (name: "stdout" | "stderr") => ({
      write: (text: string, done?: () => void) => {
        written[name] += text;
        done?.();
      },
    });
    async function* stdin() {
      yield Buffer.from(input);
    }
    const io: CommandIo = {
      stdin: stdin(),
      stdout: streamTo("stdout"),
      stderr: streamTo("stderr"),
      env: {},
      workingDir: dir,
      homeDir: dir,
      stop: new AbortController().signal,
      endOnBrokenPipe: () => {},
    };
    const status = await slashingProtectionCommand(args, io).catch((error: Error & {exitCode?: number}) => {
      written.stderr += `mote: ${error.message}\n`;
      return error.exitCode ?? 1;
    });
    return {status, ...written};
  }
  const onDevnet = (command: string, ...args: string[]) => [
    command,
    "--network",
    "devnet",
    "--datadir",
    "data",
    ...args,
  ];
  const path = (name: string) => join(dir, name);

  it("moves history from file to store to file, and from store to store through a pipe", () => {
    writeFileSync(path("in.json"), fileOf(CHAIN, VOTE));
    const imported = moteProcess(onDevnet("import", "in.json"));
    assert.equal(imported.status, 0, imported.stderr);
    assert.match(
      imported.stdout,
      /^imported 2 keys into the slashing protection at .*data\/slashing-protection\n {2}votes {3}2 added/,
    );
    assert.match(imported.stderr, new RegExp(`a new slashing protection begins there\n.*the file names.*${CHAIN}`));

    const exported = moteProcess(onDevnet("export"));
    assert.deepEqual([exported.status, exported.stderr], [0, ""]);
    assert.equal(JSON.parse(exported.stdout).data.length, 2);

    const again = moteProcess(["import", "-", "--network=devnet", "--datadir", "other"], exported.stdout);
    assert.equal(again.status, 0, again.stderr);
    assert.equal(moteProcess(["export", "--network=devnet", "--datadir", "other"]).stdout, exported.stdout);
    // What came through the pipe left no file behind.
    assert.deepEqual(readdirSync(dir).sort(), ["data", "in.json", "other"]);
  });

  it("imports the same file twice without a change, and reports every key as JSON", async () => {
    writeFileSync(path("in.json"), fileOf(CHAIN, VOTE));
    assert.equal((await mote(onDevnet("import", "in.json"))).status, 0);
    const before = (await mote(onDevnet("export"))).stdout;
    const {status, stdout} = await mote(onDevnet("import", "--json", "in.json"));
    assert.equal(status, 0);
    const nothing = {added: 0, known: 1, belowMinimum: 0};
    assert.deepEqual(
      JSON.parse(stdout).keys,
      KEYS.map((pubkey) => ({pubkey, attestations: nothing, blocks: nothing, isBlocked: false})),
    );
    assert.equal((await mote(onDevnet("export"))).stdout, before);
  });

  it("leaves no store behind when the file has a mistake or is of another chain", () => {
    const cases: [string, RegExp][] = [
      [`${fileOf(HOODI, VOTE)}x`, /line 1, column \d+: there is more behind the end of the JSON text/],
      [fileOf(HOODI, VOTE).slice(0, -9), /the file ends too early/],
      [fileOf(CHAIN, VOTE), /of the chain with genesis validators root 0xabab/],
      ["", /the file is empty/],
    ];
    for (const [text, says] of cases) {
      const {status, stdout, stderr} = moteProcess(["import", "-", "--network", "hoodi", "--datadir", "data"], text);
      assert.deepEqual([status, stdout], [2, ""], stderr);
      assert.match(stderr, says);
      assert.match(stderr, /the file cannot be imported, and nothing was/);
      assert.deepEqual(readdirSync(dir), []);
    }
  });

  it("changes nothing in a store that is there when the file has a mistake", async () => {
    assert.equal((await mote(onDevnet("import", "-"), fileOf(CHAIN, VOTE))).status, 0);
    const before = (await mote(onDevnet("export"))).stdout;
    const other = fileOf(CHAIN, {source_epoch: "8", target_epoch: "9"});
    assert.equal((await mote(onDevnet("import", "-"), other.slice(0, -1))).status, 2);
    assert.equal((await mote(onDevnet("export"))).stdout, before);
  });

  it("says plainly that there is no store, with an empty standard output", () => {
    for (const network of ["devnet", "hoodi"]) {
      for (const command of ["export", "status"]) {
        const {status, stdout, stderr} = moteProcess([command, "--network", network, "--datadir", "data"]);
        assert.deepEqual([status, stdout], [2, ""]);
        assert.match(
          stderr,
          /^mote: there is no slashing protection at .*: check --network and --datadir; .*import <file>/,
        );
      }
    }
    assert.deepEqual(readdirSync(dir), []);
  });

  it("refuses a store of another chain", () => {
    assert.equal(moteProcess(onDevnet("import", "-"), fileOf(CHAIN, VOTE)).status, 0);
    const {status, stdout, stderr} = moteProcess(["export", "--network", "hoodi", "--datadir", "data"]);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, new RegExp(`${CHAIN}, not to ${HOODI}`));
  });

  it("says to stop the mote that holds the store", async () => {
    assert.equal((await mote(onDevnet("import", "-"), fileOf(CHAIN, VOTE))).status, 0);
    const init = {path: path("data/slashing-protection"), genesisValidatorsRoot: CHAIN, retainEpochs: 128};
    const store = await openLevelSlashingProtection(init);
    try {
      for (const args of [onDevnet("export"), onDevnet("status"), onDevnet("import", "-")]) {
        const {status, stdout, stderr} = await mote(args, fileOf(CHAIN, VOTE));
        assert.deepEqual([status, stdout], [2, ""], args.join(" "));
        assert.match(stderr, /stop the mote that is running on it, then run this again/);
      }
    } finally {
      await store.close();
    }
  });

  it("warns of a key that a value above 2^53−1 blocks", async () => {
    const far = fileOf(CHAIN, {source_epoch: "2", target_epoch: "18446744073709551615"});
    const imported = await mote(onDevnet("import", "-"), far);
    assert.equal(imported.status, 0);
    assert.match(
      imported.stderr,
      new RegExp(`mote: ${KEYS[1]} is blocked: its history has an epoch or slot above 2\\^53−1`),
    );
    assert.match(imported.stdout, new RegExp(`${KEYS[0]} {2}BLOCKED\n`));
    assert.match((await mote(onDevnet("status"))).stdout, / 18446744073709551615 .* BLOCKED\n/);
    assert.match((await mote(onDevnet("export"))).stdout, /"target_epoch":"18446744073709551615"/);
  });

  it("shows the newest records of each key", async () => {
    await mote(onDevnet("import", "-"), fileOf(CHAIN, VOTE, {source_epoch: "4", target_epoch: "5"}));
    const {status, stdout} = await mote(onDevnet("status"));
    assert.equal(status, 0);
    const [store, chain, , header, first, second, , count] = stdout.split("\n");
    assert.match(store ?? "", /^slashing protection {2}.*\/data\/slashing-protection$/);
    assert.equal(chain, `chain                devnet, genesis validators root ${CHAIN}`);
    assert.match(
      header ?? "",
      /^public key +newest source +newest target +min. target +votes +newest slot +min. slot +blocks$/,
    );
    assert.match(first ?? "", new RegExp(`^${KEYS[0]} +4 +5 +3 +2 +7 +7 +1$`));
    assert.match(second ?? "", new RegExp(`^${KEYS[1]} +4 +5 +3 +2 +8 +8 +1$`));
    assert.equal(count, "2 keys");
    const json = JSON.parse((await mote(onDevnet("status", "--json"))).stdout);
    assert.equal(json.genesisValidatorsRoot, CHAIN);
    assert.deepEqual(json.keys[0], {
      pubkey: KEYS[0],
      votes: {count: 2, minimumTarget: 3, newestSource: 4, newestTarget: 5},
      blocks: {count: 1, minimumSlot: 7, newestSlot: 7},
      isBlocked: false,
    });
  });

  it("exports to a private file that appears whole, and replaces none unasked", async () => {
    await mote(onDevnet("import", "-"), fileOf(CHAIN, VOTE));
    const exported = await mote(onDevnet("export", "--to", "out.json"));
    assert.deepEqual([exported.status, exported.stdout], [0, ""]);
    assert.equal(statSync(path("out.json")).mode & 0o777, 0o600);
    assert.equal(readFileSync(path("out.json"), "utf8"), (await mote(onDevnet("export"))).stdout);

    const refused = await mote(onDevnet("export", "--to", "out.json", "--minify"));
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /is there already: give another name, or --overwrite/);
    assert.equal((await mote(onDevnet("export", "--to", "out.json", "--minify", "--overwrite"))).status, 0);
    assert.deepEqual(JSON.parse(readFileSync(path("out.json"), "utf8")).data[0].signed_attestations, [
      {source_epoch: "2", target_epoch: "3"},
    ]);
    assert.deepEqual(readdirSync(dir).sort(), ["data", "out.json"]);
    assert.match(
      (await mote(onDevnet("export", "--to", "no/such/dir.json"))).stderr,
      /cannot be written: the folder that it is in is not there/,
    );
    assert.match((await mote(onDevnet("export", "--overwrite"))).stderr, /there is no --to/);
  });

  it("says in a line that what it writes to takes no more", function () {
    if (!existsSync("/dev/full")) this.skip();
    writeFileSync(path("in.json"), fileOf(CHAIN, VOTE));
    assert.equal(moteProcess(onDevnet("import", "in.json")).status, 0);
    const full = openSync("/dev/full", "w");
    try {
      for (const command of ["export", "status"]) {
        const argv = [MAIN, "slashing-protection", ...onDevnet(command)];
        const ended = spawnSync(process.execPath, argv, {
          cwd: dir,
          encoding: "utf8",
          stdio: ["ignore", full, "pipe"],
          env: {PATH: process.env.PATH},
        });
        assert.equal(ended.status, 1, command);
        assert.match(ended.stderr, /^mote: the output cannot be written, so it is not complete: ENOSPC.*\n$/);
      }
    } finally {
      closeSync(full);
    }
  });

  it("names the place where new records cannot be begun, and needs a human", async () => {
    writeFileSync(path("data"), "a file");
    const {status, stderr} = await mote(onDevnet("import", "-"), fileOf(CHAIN, VOTE));
    assert.equal(status, 2);
    assert.match(stderr, /data\/slashing-protection cannot be written: a file is in its way\n$/);
  });

  it("warns of a file that has no keys", async () => {
    const {status, stderr} = await mote(
      onDevnet("import", "-"),
      JSON.stringify({...JSON.parse(fileOf(CHAIN)), data: []}),
    );
    assert.equal(status, 0);
    assert.match(stderr, /the file has no keys in it/);
  });

  it("exports the keys that were asked for, known or not", async () => {
    await mote(onDevnet("import", "-"), fileOf(CHAIN, VOTE));
    const unknown = `0x${"aa".repeat(48)}`;
    const {data} = JSON.parse((await mote(onDevnet("export", "--pubkeys", `${KEYS[1]},${unknown}`))).stdout);
    assert.deepEqual(
      data.map((entry: {pubkey: string; signed_attestations: unknown[]}) => [
        entry.pubkey,
        entry.signed_attestations.length,
      ]),
      [
        [unknown, 0],
        [KEYS[1], 1],
      ],
    );
    assert.match((await mote(onDevnet("export", "--pubkeys", "0x12"))).stderr, /is not a list of public keys/);
  });

  it("ends well when whoever reads the export has enough", async () => {
    const votes = Array.from({length: 5000}, (_, at) => ({source_epoch: `${at}`, target_epoch: `${at + 1}`}));
    await mote(onDevnet("import", "-"), fileOf(CHAIN, ...votes));
    const args = [MAIN, "slashing-protection", ...onDevnet("export")];
    const child: ChildProcess = spawn(process.execPath, args, {cwd: dir, stdio: ["ignore", "pipe", "ignore"]});
    child.stdout?.once("data", () => child.stdout?.destroy());
    const exitCode = await new Promise((resolve) => child.once("exit", resolve));
    assert.equal(exitCode, 0);
  });

  it("says what stopping in the middle has left", async function () {
    // Only there can be seen from outside that it reads.
    if (process.platform !== "linux") this.skip();
    const child = spawn(process.execPath, [MAIN, "slashing-protection", ...onDevnet("import", "-")], {
      cwd: dir,
      env: {PATH: process.env.PATH},
    });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.stdin.write("{");
    // Only once it reads can it be stopped while it reads.
    await waitFor(() =>
      readdirSync(`/proc/${child.pid}/fd`).some((fd) => linkOf(`/proc/${child.pid}/fd/${fd}`).includes("mote-import-")),
    );
    child.kill("SIGTERM");
    const exitCode = await new Promise((resolve) => child.once("exit", resolve));
    assert.deepEqual([exitCode, stderr], [1, "mote: stopped: nothing was imported\n"]);
    assert.deepEqual(readdirSync(dir), []);
  });

  it("says when the shared database does not answer, without its password", async () => {
    const url = "postgres://mote:secret@127.0.0.1:1/mote";
    const {status, stdout, stderr} = await mote(["export", "--network", "devnet", "--slashing-protection-url", url]);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^mote: connecting to postgres:\/\/\*\*\*@127.0.0.1:1.*ECONNREFUSED/);
    assert.doesNotMatch(stderr, /secret/);
  });

  it("refuses words that it does not know, and helps", async () => {
    assert.match((await mote(["imprt"])).stderr, /did you mean import\?/);
    assert.equal((await mote(["imprt"])).status, 2);
    assert.match((await mote([])).stdout, /import <file>/);
    for (const command of ["import", "export", "status"])
      assert.match((await mote([command, "--help"])).stdout, /--datadir/);
    const noFile = await mote(onDevnet("import"));
    assert.equal(noFile.status, 2);
    assert.match(noFile.stderr, /which file\? Give its path, or - for standard input/);
    assert.match((await mote(onDevnet("import", "a", "b"))).stderr, /one file at a time/);
    assert.match(
      (await mote(onDevnet("import", "nothing.json"))).stderr,
      /nothing.json cannot be read: there is no such file/,
    );
    assert.match((await mote(onDevnet("import", "."))).stderr, /cannot be read: it is a directory/);
    assert.match((await mote(["status"])).stderr, /which network\?/);
    assert.equal(existsSync(path("data")), false);
  });
});
