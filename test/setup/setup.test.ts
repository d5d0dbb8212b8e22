import assert from "node:assert/strict";
import {spawn, spawnSync} from "node:child_process";
import {cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {dirname, join} from "node:path";

const SETUP = join(import.meta.dirname, "../../scripts/setup.mjs");

/** Installs a compiler that only leaves its mark, and the Node that `FAKE_NODE` names. Writes down how it was called. */
const FAKE_NPM = `
import {appendFileSync, chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync} from "node:fs";
appendFileSync("calls", "npm " + process.argv[2] + "\\n");
if (process.env.FAKE_NPM_FAILS) { console.error("ENETUNREACH registry"); process.exit(1); }
rmSync("node_modules", {recursive: true, force: true});
mkdirSync("node_modules/.bin", {recursive: true});
mkdirSync("node_modules/typescript/bin", {recursive: true});
writeFileSync("node_modules/.package-lock.json", JSON.stringify({packages: {"node_modules/typescript": {version: "1.0.0"}}}));
writeFileSync("node_modules/typescript/bin/tsc", \`
  const {appendFileSync, mkdirSync, writeFileSync} = require("node:fs");
  appendFileSync("calls", "tsc\\\\n");
  if (process.env.FAKE_TSC_FAILS) { console.log("error TS1: no"); process.exit(2); }
  mkdirSync("packages/a/dist", {recursive: true});
  writeFileSync("packages/a/dist/.tsbuildinfo", "");
\`);
const fake = process.env.FAKE_NODE;
if (fake === "none") process.exit(0);
if (fake === undefined) symlinkSync(process.execPath, "node_modules/.bin/node");
else { writeFileSync("node_modules/.bin/node", "#!/bin/sh\\necho " + fake + "\\n"); chmodSync("node_modules/.bin/node", 0o755); }
`;

const LOCKFILE = {packages: {"": {}, "packages/a": {version: "0.1.0"}, "node_modules/typescript": {version: "1.0.0"}}};

class Clone {
  readonly root = mkdtempSync(join(tmpdir(), "mote-setup-"));

  constructor() {
    this.write("package-lock.json", JSON.stringify(LOCKFILE));
    this.write("packages/a/tsconfig.json", "{}");
    this.write("packages/a/src/index.ts", "export {};\n");
    this.write("npm.js", FAKE_NPM);
    this.write("package.json", `{"type": "module"}`);
    mkdirSync(join(this.root, "scripts"));
    cpSync(SETUP, join(this.root, "scripts/setup.mjs"));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), {recursive: true});
    writeFileSync(join(this.root, path), text);
  }

  /** What npm and the compiler were called for since the last look. */
  calls(): string[] {
    const path = join(this.root, "calls");
    const calls = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
    rmSync(path, {force: true});
    return calls;
  }

  env(more: Record<string, string> = {}) {
    return {PATH: process.env.PATH, npm_execpath: join(this.root, "npm.js"), ...more};
  }

  setup(more: Record<string, string> = {}) {
    const options = {encoding: "utf8", timeout: 9000, env: this.env(more)} as const;
    const {status, stdout, stderr} = spawnSync(process.execPath, [join(this.root, "scripts/setup.mjs")], options);
    // Standard output belongs to the command after it.
    assert.equal(stdout, "");
    return {status, stderr};
  }

  /** Starts a setup without waiting. Resolves to its exit code. */
  setupAtOnce(): Promise<number | null> {
    const child = spawn(process.execPath, [join(this.root, "scripts/setup.mjs")], {env: this.env(), stdio: "ignore"});
    return new Promise((resolve) => child.once("close", resolve));
  }
}

describe("scripts/setup.mjs", () => {
  let clone: Clone;
  beforeEach(() => {
    clone = new Clone();
  });
  afterEach(() => rmSync(clone.root, {recursive: true}));

  it("installs and builds once, and then does nothing without a word", () => {
    const first = clone.setup();
    assert.equal(first.status, 0, first.stderr);
    assert.deepEqual(clone.calls(), ["npm install", "tsc"]);
    assert.match(
      first.stderr,
      /^setup: installing packages .*\nsetup: packages installed .*\nsetup: building\nsetup: built in .*\n$/,
    );
    assert.deepEqual(clone.setup(), {status: 0, stderr: ""});
    assert.deepEqual(clone.setup({CI: "true"}), {status: 0, stderr: ""});
    assert.deepEqual(clone.calls(), []);
  });

  it("lets what it built be run by its name", () => {
    clone.write("packages/cli/dist/main.js", "");
    assert.equal(clone.setup().status, 0);
    assert.equal(statSync(join(clone.root, "packages/cli/dist/main.js")).mode & 0o111, 0o111);
  });

  it("builds when a source came, changed or went, and when its output is gone", () => {
    clone.setup();
    clone.calls();
    const changes = [
      () => clone.write("packages/a/src/deep/b.ts", "export const b = 1;\n"),
      () => clone.write("packages/a/src/deep/b.ts", "export const b = 12;\n"),
      () => rmSync(join(clone.root, "packages/a/src/deep/b.ts")),
      () => clone.write("packages/a/tsconfig.json", "{ }"),
      () => rmSync(join(clone.root, "packages/a/dist"), {recursive: true}),
    ];
    for (const change of changes) {
      change();
      assert.equal(clone.setup().status, 0);
      assert.deepEqual(clone.calls(), ["tsc"], change.toString());
    }
  });

  it("installs when the lockfile asks for something else, or node_modules is gone", () => {
    clone.setup();
    clone.calls();
    const other = {packages: {...LOCKFILE.packages, "node_modules/more": {version: "2.0.0"}}};
    clone.write("package-lock.json", JSON.stringify(other));
    clone.setup();
    assert.deepEqual(clone.calls(), ["npm install", "tsc"]);
    rmSync(join(clone.root, "node_modules"), {recursive: true});
    clone.setup();
    assert.deepEqual(clone.calls(), ["npm install", "tsc"]);
  });

  it("takes over what npm installed by hand", () => {
    spawnSync(process.execPath, [join(clone.root, "npm.js"), "install"], {cwd: clone.root});
    clone.calls();
    assert.equal(clone.setup().status, 0);
    assert.deepEqual(clone.calls(), ["tsc"]);
  });

  it("says what to do when npm fails, and tries again the next time", () => {
    const {status, stderr} = clone.setup({FAKE_NPM_FAILS: "1"});
    assert.equal(status, 1);
    assert.match(
      stderr,
      /npm install failed. Its own words:\nENETUNREACH registry\nRemove the cause and run the command again/,
    );
    clone.calls();
    assert.equal(clone.setup().status, 0);
    assert.deepEqual(clone.calls(), ["npm install", "tsc"]);
  });

  it("shows what the compiler says, and tries again the next time", () => {
    const {status, stderr} = clone.setup({FAKE_TSC_FAILS: "1"});
    assert.equal(status, 1);
    assert.match(stderr, /the build failed:\nerror TS1: no/);
    clone.calls();
    assert.equal(clone.setup().status, 0);
    assert.deepEqual(clone.calls(), ["tsc"]);
  });

  it("says what to do when the Node of node_modules is missing or too old", () => {
    const none = clone.setup({FAKE_NODE: "none"});
    assert.equal(none.status, 1);
    assert.match(none.stderr, /node_modules\/\.bin\/node is missing\. [\s\S]*npm rebuild node/);
    rmSync(join(clone.root, "node_modules"), {recursive: true});
    const old = clone.setup({FAKE_NODE: "v20.1.0"});
    assert.equal(old.status, 1);
    assert.match(old.stderr, /is v20\.1\.0, and Mote needs v24 or later/);
  });

  it("does the work once when several start at the same time", async () => {
    const codes = await Promise.all([clone.setupAtOnce(), clone.setupAtOnce(), clone.setupAtOnce()]);
    assert.deepEqual(codes, [0, 0, 0]);
    assert.deepEqual(clone.calls(), ["npm install", "tsc"]);
    assert.equal(existsSync(join(clone.root, ".setup-lock")), false);
  });

  it("takes the lock of an owner that is gone, once, however many wait for it", async () => {
    const {pid} = spawnSync(process.execPath, ["--version"]);
    clone.write(".setup-lock/pid", String(pid));
    const codes = await Promise.all([clone.setupAtOnce(), clone.setupAtOnce(), clone.setupAtOnce()]);
    assert.deepEqual(codes, [0, 0, 0]);
    assert.deepEqual(clone.calls(), ["npm install", "tsc"]);
  });

  it("waits for an owner that is alive", async () => {
    clone.write(".setup-lock/pid", String(process.pid));
    const running = clone.setupAtOnce();
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.deepEqual(clone.calls(), []);
    rmSync(join(clone.root, ".setup-lock"), {recursive: true});
    assert.equal(await running, 0);
    assert.deepEqual(clone.calls(), ["npm install", "tsc"]);
  });
});
