import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {closeSync, openSync} from "node:fs";
import {join} from "node:path";

const MAIN = join(import.meta.dirname, "../dist/main.js");

function mote(args: readonly string[], env: Record<string, string> = {}) {
  const {status, stdout, stderr} = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: "utf8",
    timeout: 9000,
    env: {PATH: process.env.PATH, ...env},
  });
  return {status, stdout, stderr};
}

describe("mote", () => {
  it("prints help and version", () => {
    assert.match(mote([]).stdout, /mote devnet/);
    assert.match(mote(["--help"]).stdout, /mote start/);
    assert.match(mote(["start", "--help"]).stdout, /--beacon-nodes/);
    assert.match(mote(["devnet", "--help"]).stdout, /bn1:down@12-20/);
    assert.match(mote(["version"]).stdout, /^mote \d+\.\d+\.\d+\n$/);
  });

  it("says that its output is not complete when the disk is full", function () {
    if (process.platform !== "linux") this.skip();
    const full = openSync("/dev/full", "w");
    const {status, stderr} = spawnSync(process.execPath, [MAIN, "version"], {
      encoding: "utf8",
      timeout: 9000,
      stdio: ["ignore", full, "pipe"],
    });
    closeSync(full);
    assert.equal(status, 1);
    assert.match(stderr, /^mote: the output cannot be written, so it is not complete: ENOSPC/);
  });

  it("exits 2 for an unknown command, and suggests the nearest", () => {
    assert.deepEqual(mote(["strat"]), {
      status: 2,
      stdout: "",
      stderr: `mote: there is no command "strat": did you mean mote start?\n`,
    });
  });

  it("exits 2 for an unknown flag of each command, and suggests the nearest", () => {
    const start = mote(["start", "--network", "hoodi", "--beacon-nods", "http://a"]);
    assert.equal(start.status, 2);
    assert.equal(
      start.stderr,
      `mote: unknown option "--beacon-nods": did you mean --beacon-nodes?\nmote: see \`mote start --help\`\n`,
    );
    const devnet = mote(["devnet", "--falt", "skip@2"]);
    assert.equal(devnet.status, 2);
    assert.match(devnet.stderr, /did you mean --fault\?/);
  });

  it("exits 2 for a bad value, naming key, value and source", () => {
    const {status, stderr} = mote(["start", "--network", "hoodi"], {MOTE_METRICS_PORT: "99999"});
    assert.equal(status, 2);
    assert.match(stderr, /--metrics-port: "99999" is not a port number \(0 to 65535\) \(from MOTE_METRICS_PORT\)/);
  });

  it("exits 2 for a fault that the devnet does not know, before any chain is made", () => {
    const {status, stdout, stderr} = mote(["devnet", "--json", "--fault", "bn7:down"]);
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /mote: fault "bn7:down": there is no bn7/);
  });

  it("loads nothing of the chain before the configuration stands", () => {
    const hook = `import {registerHooks} from "node:module";
      registerHooks({resolve(specifier, context, next) {
        if (specifier.startsWith("@lodestar/")) { process.stderr.write("LOADED " + specifier); process.exit(9); }
        return next(specifier, context);
      }});`;
    const options = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
    assert.equal(mote(["start", "--help"], {NODE_OPTIONS: options}).status, 0);
    assert.equal(mote(["start"], {NODE_OPTIONS: options}).status, 2);
    // The hook itself works: a devnet does load the chain.
    assert.equal(mote(["devnet", "--json", "--fault", "bn7:down"], {NODE_OPTIONS: options}).status, 9);
  });
});
