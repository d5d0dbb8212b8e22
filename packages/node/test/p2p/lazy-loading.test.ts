import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {pathToFileURL} from "node:url";

const ROOT = join(import.meta.dirname, "../../../..");
const HOOK = pathToFileURL(join(ROOT, "scripts/bench/record-modules.ts")).href;
const OF_THE_NETWORK = /\/packages\/(networking|light-client)\/|\/@?libp2p\//;

describe("what a node without --p2p loads", function () {
  this.timeout(30_000);
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-lazy-"));
  });
  after(() => rmSync(dir, {recursive: true, force: true}));

  /** @returns what is loaded with a module of this package's build */
  function loadedBy(module: string): readonly string[] {
    const file = join(dir, "modules");
    const url = pathToFileURL(join(import.meta.dirname, "../../dist", module)).href;
    const {status, stderr} = spawnSync(
      process.execPath,
      [`--import=${HOOK}`, "--input-type=module", "-e", `import ${JSON.stringify(url)}`],
      {
        env: {...process.env, BENCH_MODULES_FILE: file, LODESTAR_PRESET: "minimal"},
        encoding: "utf8",
      },
    );
    assert.equal(status, 0, stderr);
    return readFileSync(file, "utf8").split("\n");
  }

  it("is nothing of the network", () => {
    const loaded = loadedBy("index.js");
    assert.ok(
      loaded.some((url) => /\/packages\/duties\//.test(url)),
      "the hook saw what was loaded",
    );
    assert.deepEqual(
      loaded.filter((url) => OF_THE_NETWORK.test(url)),
      [],
    );
  });

  it("is told from what a node with it loads", () => {
    assert.ok(loadedBy("p2p/index.js").some((url) => OF_THE_NETWORK.test(url)));
  });
});
