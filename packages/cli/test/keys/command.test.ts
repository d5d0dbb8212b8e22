import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {statSync} from "node:fs";
import {join} from "node:path";
import {keysCommand} from "../../src/commands/keys.ts";
import {SUBCOMMANDS} from "../../src/keys/subcommands.ts";
import {memoryIo} from "../support/memory-io.ts";
import {KeysRoom} from "./support/keys-room.ts";

const MAIN = join(import.meta.dirname, "../../dist/main.js");

describe("mote keys", () => {
  let room: KeysRoom;
  beforeEach(() => {
    room = new KeysRoom();
  });
  afterEach(() => room.clear());

  async function keys(...argv: readonly string[]) {
    const {io, stdout, stderr} = memoryIo({workingDir: room.dir, homeDir: room.dir});
    const ended = keysCommand(argv, io).catch((error: Error & {exitCode?: number}) => {
      io.stderr.write(`mote: ${error.message}\n`);
      return error.exitCode ?? 1;
    });
    return {status: await ended, stdout: stdout(), stderr: stderr()};
  }

  it("has help for itself and for each of its commands", async () => {
    const {status, stdout} = await keys("--help");
    assert.equal(status, 0);
    for (const name of Object.keys(SUBCOMMANDS)) {
      assert.ok(stdout.includes(`mote keys ${name}`), name);
      const help = await keys(name, "--help");
      assert.equal(help.status, 0);
      assert.match(help.stdout, new RegExp(`^mote keys ${name}: [\\s\\S]*--keystores-dir <dir>[\\s\\S]*Exit codes: `));
    }
  });

  it("names the nearest command, and what an option should be", async () => {
    assert.match((await keys("imprt")).stderr, /keys has no "imprt": did you mean import\?/);
    assert.match((await keys("toString")).stderr, /there are new, recover, import, list, enable, disable, remove/);
    const CASES: readonly (readonly [readonly string[], RegExp])[] = [
      [["new", "--count", "0"], /--count: "0" is not a whole number from 1 to 10000/],
      [["new", "--words", "13"], /--words: "13" is not one of 12, 15, 18, 21, 24/],
      [["new", "--language", "latin"], /--language: "latin" is not one of english, spanish/],
      [["recover", "--indices", "x"], /--indices: "x" is not a list of key ranges such as 0-9 or 3,5/],
      [["recover", "--indices", "0-20000"], /names more than 10000 keys/],
      [["list", "0xabc"], /not expected here/],
    ];
    for (const [argv, pattern] of CASES) {
      const {status, stderr} = await keys(...argv, "--network", "devnet");
      assert.equal(status, 2);
      assert.match(stderr, pattern);
    }
  });

  it("ends with 2 for a folder that is none, and makes one for its owner alone", () => {
    const run = (...argv: readonly string[]) =>
      spawnSync(process.execPath, [MAIN, "keys", ...argv, "--network", "devnet"], {
        encoding: "utf8",
        cwd: room.dir,
        timeout: 9000,
        env: {PATH: process.env.PATH, HOME: room.dir},
      });
    room.write("file", "");
    const {status, stderr} = run("list", "--keystores-dir", "file");
    assert.equal(status, 2);
    assert.match(stderr, /^mote: .*cannot be read: a part of the path is not a directory/);
    assert.equal(run("disable", "--all", "--datadir", "new").status, 0);
    for (const path of ["new", "new/validator_keys"]) assert.equal(statSync(room.path(path)).mode & 0o777, 0o700);
  });
});
