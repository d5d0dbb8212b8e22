import assert from "node:assert/strict";
import {type ChildProcessByStdio, spawn, spawnSync} from "node:child_process";
import {existsSync, mkdtempSync, readdirSync, rmSync, statSync} from "node:fs";
import {createServer} from "node:net";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {createInterface} from "node:readline";
import type {Readable} from "node:stream";
import {text} from "node:stream/consumers";

const ROOT = join(import.meta.dirname, "../..");
const INSTALLED_SIZE_BYTES_MAX = 75 * 2 ** 20;
const BLOCK_SIZE_BYTES = 4096;
const GENESIS_ROOT = `0x${"11".repeat(32)}`;

/** As `du` counts: in whole blocks. */
function sizeOnDiskBytes(folder: string): number {
  const entries = readdirSync(folder, {withFileTypes: true, recursive: true}).filter(
    (entry) => !entry.isSymbolicLink(),
  );
  const sizes = entries.map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  return sizes.reduce((sum, size) => sum + Math.max(1, Math.ceil(size / BLOCK_SIZE_BYTES)) * BLOCK_SIZE_BYTES, 0);
}

function run(command: string, args: readonly string[], options: {env?: NodeJS.ProcessEnv; input?: string} = {}) {
  return spawnSync(command, args, {cwd: tmpdir(), encoding: "utf8", timeout: 240_000, ...options});
}

/** What `find` made of the first line that has what it looks for. */
async function firstOf<Found>(lines: AsyncIterable<string>, find: (line: string) => Found | undefined): Promise<Found> {
  const said: string[] = [];
  for await (const line of lines) {
    said.push(line);
    const found = find(line);
    if (found !== undefined) return found;
  }
  throw new Error(`it ended and had said only:\n${said.join("\n")}`);
}

describe("mote, installed from its tarball on a machine without a registry", function () {
  // Packing and installing copy some ten thousand files.
  this.timeout(300_000);
  let scratch: string;
  let mote: string;
  let installed: string;

  before(() => {
    scratch = mkdtempSync(join(tmpdir(), "mote-install-"));
    const packed = run(process.execPath, [join(ROOT, "scripts/pack.ts"), scratch]);
    assert.equal(packed.status, 0, packed.stderr);
    const tarball = readdirSync(scratch).find((name) => name.endsWith(".tgz")) as string;
    const prefix = join(scratch, "prefix");
    // Nothing listens on port 9, and the cache is empty: what is not in the tarball cannot be had.
    const offline = ["--offline", "--registry", "http://127.0.0.1:9", "--cache", join(scratch, "cache")];
    const quiet = ["--no-audit", "--no-fund", "--no-update-notifier"];
    const install = run("npm", ["install", "-g", ...offline, ...quiet, "--prefix", prefix, join(scratch, tarball)]);
    assert.equal(install.status, 0, install.stderr);
    mote = join(prefix, "bin/mote");
    installed = join(prefix, "lib/node_modules/@mote/cli");
  });
  after(() => rmSync(scratch, {recursive: true, force: true}));

  // The shebang's `node` must be the one that runs the tests.
  const env = {PATH: `${join(process.execPath, "..")}:${process.env.PATH}`, HOME: tmpdir()};

  it("takes at most 75 MiB of disk", () => {
    const sizeBytes = sizeOnDiskBytes(installed);
    assert.ok(sizeBytes <= INSTALLED_SIZE_BYTES_MAX, `${sizeBytes / 2 ** 20} MiB`);
    // The count sees the large parts at all.
    assert.ok(sizeBytes > 20 * 2 ** 20, `${sizeBytes / 2 ** 20} MiB`);
  });

  it("holds neither sources nor tests of ours, nor the devnet and its tools", () => {
    const ours = readdirSync(join(installed, "node_modules/@mote"));
    assert.ok(ours.includes("node") && ours.includes("core"), ours.join());
    assert.ok(!ours.includes("devnet") && !ours.includes("testing"), ours.join());
    for (const folder of [installed, ...ours.map((name) => join(installed, "node_modules/@mote", name))]) {
      const names = readdirSync(folder).filter((name) => name !== "node_modules");
      const unexpected = names.filter((name) => !/^(dist|package\.json|README\.md|LICENSE)$/.test(name));
      assert.deepEqual(unexpected, [], folder);
      const built = readdirSync(join(folder, "dist"), {recursive: true, encoding: "utf8"});
      assert.deepEqual(
        built.filter((name) => /\.map$|\.tsbuildinfo$|\.test\./.test(name)),
        [],
        folder,
      );
    }
    assert.ok(!existsSync(join(installed, "node_modules/@lodestar/state-transition")));
  });

  it("holds nothing that only a compiler or a debugger reads", () => {
    const files = readdirSync(installed, {recursive: true, encoding: "utf8"});
    assert.deepEqual(
      files.filter((name) => /\.([cm]?ts|map)$/.test(name)),
      [],
    );
  });

  it("says its version, and the help of every command", () => {
    assert.match(run(mote, ["version"], {env}).stdout, /^mote \d+\.\d+\.\d+\n$/);
    const names = [...run(mote, ["--help"], {env}).stdout.matchAll(/^ {2}mote ([a-z-]+) {2}/gm)].map(
      ([, name = ""]) => name,
    );
    for (const name of ["start", "keys", "doctor", "status"]) assert.ok(names.includes(name), names.join());
    for (const name of names.filter((each) => each !== "version")) {
      const {status, stdout, stderr} = run(mote, [name, "--help"], {env});
      assert.equal(status, 0, stderr);
      assert.match(stdout, new RegExp(`^mote ${name}: `));
    }
  });

  it("opens its database", () => {
    const metadata = {interchange_format_version: "5", genesis_validators_root: GENESIS_ROOT};
    const args = ["slashing-protection", "import", "-", "--network", "devnet", "--datadir", join(scratch, "datadir")];
    const {status, stderr} = run(mote, args, {env, input: JSON.stringify({metadata, data: []})});
    assert.equal(status, 0, stderr);
  });

  it("starts with its native parts", async () => {
    const silent = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const {port} = silent.address() as {port: number};
    const words = ["--network", "devnet", "--interop-keys", "0..0", "--datadir", join(scratch, "other")];
    const node = spawn(mote, ["start", ...words, "--beacon-nodes", `http://127.0.0.1:${port}`], {env});
    try {
      const first = new Promise<void>((resolve) => node.stdout.once("data", () => resolve()));
      const said = text(node.stdout);
      const ended = new Promise<number | null>((resolve) => node.once("exit", resolve));
      await Promise.race([first, ended]);
      node.kill("SIGTERM");
      assert.equal(await ended, 0, await said);
      assert.match(await said, /mote starts on devnet/);
    } finally {
      node.kill("SIGKILL");
      silent.close();
    }
  });

  it("joins a network, whose modules are loaded then and not before", async () => {
    const chain = ["--seconds-per-slot", "2", "--epochs", "2", "--validators", "8", "--genesis-delay", "8"];
    const network = [join(ROOT, "packages/cli/dist/main.js"), "devnet", "--no-node", "--p2p", ...chain];
    const children: ChildProcessByStdio<null, Readable, null>[] = [];
    const start = (command: string, args: readonly string[], ofEnv?: NodeJS.ProcessEnv) => {
      const child = spawn(command, args, {cwd: scratch, env: ofEnv, stdio: ["ignore", "pipe", "inherit"]});
      children.push(child);
      return createInterface({input: child.stdout});
    };
    try {
      const devnet = start(process.execPath, network);
      const words = await firstOf(devnet, (line) => /^mote (start .*)$/.exec(line)?.[1]?.split(" "));
      const told = await firstOf(start(mote, [...words, "--json"], env), (line) => {
        const {event, peers, lightClientSlot} = JSON.parse(line);
        return event === "p2p" && peers === 1 && lightClientSlot >= 2 ? line : undefined;
      });
      assert.match(told, /"vetoes":{"source":0,"target":0,"head":0}/);
    } finally {
      for (const child of children) {
        child.kill("SIGKILL");
        // What nobody has read would keep this process.
        child.stdout.destroy();
      }
    }
  });

  it("says what the devnet needs, and ends with 2", () => {
    const {status, stderr} = run(mote, ["devnet", "--epochs", "1"], {env});
    assert.equal(status, 2);
    assert.match(stderr, /install @mote\/devnet beside mote/);
  });
});
