import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {COMMANDS} from "../../src/command-table.ts";
import {completionCommand} from "../../src/commands/completion.ts";
import {bashCompletion} from "../../src/completion/bash.ts";
import {type CompletedPlace, completionModel} from "../../src/completion/completion-model.ts";
import {fishCompletion} from "../../src/completion/fish.ts";
import {zshCompletion} from "../../src/completion/zsh.ts";
import {memoryIo} from "../support/memory-io.ts";

const hasBash = spawnSync("bash", ["--version"]).status === 0;

describe("mote completion", () => {
  let places: readonly CompletedPlace[];
  let dir: string;

  before(async () => {
    places = await completionModel(COMMANDS);
    dir = mkdtempSync(join(tmpdir(), "mote-completion-"));
    mkdirSync(join(dir, "my testnet"));
    writeFileSync(join(dir, "mote.yaml"), "");
  });
  after(() => rmSync(dir, {recursive: true, force: true}));

  /** What bash would offer for the last of these words. */
  function offered(words: readonly string[], script = bashCompletion(places)): string[] {
    const list = words.map((word) => `'${word}'`).join(" ");
    const ask = `${script}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _mote; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const {status, stdout, stderr} = spawnSync("bash", ["--norc", "-c", ask], {cwd: dir, encoding: "utf8"});
    assert.deepEqual([status, stderr], [0, ""]);
    return stdout.split("\n").filter((line) => line !== "");
  }

  it("knows every command and every option of the tables", async () => {
    const top = places.find(({path}) => path === "");
    assert.deepEqual(
      top?.commands.map(({name}) => name),
      COMMANDS.map(({name}) => name),
    );
    for (const command of COMMANDS) {
      const table = await command.options?.();
      const flags = places.find(({path}) => path === command.name)?.flags.map(({flag}) => flag) ?? [];
      for (const {name} of Object.values(table ?? {}))
        assert.ok(flags.includes(`--${name}`), `${command.name} --${name}`);
    }
  });

  it("completes in bash", function () {
    if (!hasBash) this.skip();
    assert.deepEqual(offered(["mote", "sta"]), ["start", "status"]);
    assert.deepEqual(offered(["mote", "start", "--metr"]), ["--metrics", "--metrics-address", "--metrics-port"]);
    assert.deepEqual(offered(["mote", "start", "--log-format", ""]), ["human", "json"]);
    assert.deepEqual(offered(["mote", "start", "--config-file", "mo"]), ["mote.yaml"]);
    assert.deepEqual(offered(["mote", "start", "--testnet-dir", ""]), ["my testnet"]);
    assert.deepEqual(offered(["mote", "start", "--metrics-port", ""]), []);
    assert.deepEqual(offered(["mote", "slashing-protection", "ex"]), ["export"]);
    assert.deepEqual(offered(["mote", "slashing-protection", "import", "mo"]), ["mote.yaml"]);
    assert.deepEqual(offered(["mote", "slashing-protection", "import", "--js"]), ["--json"]);
    assert.deepEqual(offered(["mote", "completion", "z"]), ["zsh"]);
    // A value that is called like a command does not lead there.
    assert.ok(offered(["mote", "start", "--network", "devnet", "--init"]).includes("--init-slashing-protection"));
    assert.deepEqual(offered(["mote", "nonsense", "-"]), ["--help"]);
  });

  it("keeps quotes of a help text from ending the script's own", () => {
    const odd: CompletedPlace = {
      path: "",
      commands: [{name: "keys", help: "a validator's `keys`: $(touch pwned) \\"}],
      flags: [],
      operands: null,
    };
    const keys: CompletedPlace = {path: "keys", commands: [], flags: [], operands: null};
    for (const script of [zshCompletion([odd, keys]), fishCompletion([odd, keys])])
      assert.match(script, /validator(\\'|'\\'')s/);
    assert.match(zshCompletion([odd, keys]), /`keys`\\:/);
    if (hasBash) assert.deepEqual(offered(["mote", "k"], bashCompletion([odd, keys])), ["keys"]);
  });

  it("holds every option for zsh and fish too", () => {
    for (const script of [zshCompletion(places), fishCompletion(places)]) {
      for (const {flags} of places) for (const {flag} of flags) assert.ok(script.includes(flag.slice(2)), flag);
    }
  });

  it("writes the script of the shell that is asked for, and refuses others with 2", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const {io, stdout} = memoryIo();
      assert.equal(await completionCommand([shell], io), 0);
      assert.match(stdout(), new RegExp(`made by \`mote completion ${shell}\``));
    }
    const {io, stderr} = memoryIo();
    assert.equal(await completionCommand(["toString"], io), 2);
    assert.match(stderr(), /"toString" is no shell that mote knows: give bash, zsh or fish/);
  });
});
