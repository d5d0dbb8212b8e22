import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {mkdtempSync, rmSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {DiskTextFiles, envNameOf, namesOf, type Option, START_OPTIONS} from "../../src/config/index.ts";

describe("START_OPTIONS", () => {
  it("has no name twice, as a flag or as a variable", () => {
    const options: Option<unknown>[] = Object.values(START_OPTIONS);
    const flags = options.flatMap((option) => [...namesOf(option), ...Object.keys(option.shorthands)]);
    assert.equal(new Set(flags).size, flags.length);
    const owners = new Map<string, string>();
    for (const option of options) {
      for (const name of namesOf(option)) {
        const env = envNameOf(name);
        assert.equal(owners.get(env) ?? option.name, option.name, env);
        owners.set(env, option.name);
      }
    }
  });

  it("derives the variable from the flag", () => {
    assert.equal(envNameOf("beacon-nodes"), "MOTE_BEACON_NODES");
    assert.equal(envNameOf("dataDir"), "MOTE_DATA_DIR");
  });
});

describe("DiskTextFiles", () => {
  const dir = mkdtempSync(join(tmpdir(), "mote-config-"));
  after(() => rmSync(dir, {recursive: true}));

  it("reads up to the limit and refuses one byte more", () => {
    const path = join(dir, "f");
    writeFileSync(path, "12345");
    assert.equal(new DiskTextFiles().read(path, 5), "12345");
    assert.throws(() => new DiskTextFiles().read(path, 4), /larger than 4 bytes/);
    assert.throws(() => new DiskTextFiles().read(join(dir, "none"), 4), {code: "ENOENT"});
  });
});

describe("the config room", () => {
  it("loads nothing of the chain: the preset is not decided yet when it runs", () => {
    const source = new URL("../../src/config/index.ts", import.meta.url).href;
    const probe = `
      import {registerHooks} from "node:module";
      registerHooks({resolve(specifier, context, next) {
        if (/lodestar|@mote\\/(?!core|beacon-nodes\\/choices)|chainsafe/.test(specifier)) { console.log("LOADED " + specifier); process.exit(3); }
        return next(specifier, context);
      }});
      await import(${JSON.stringify(source)});`;
    const run = spawnSync(process.execPath, ["--input-type=module", "--eval", probe], {
      encoding: "utf8",
      timeout: 9000,
    });
    assert.equal(run.status, 0, run.stdout + run.stderr);
  });
});
