import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {readFile} from "node:fs/promises";
import {join} from "node:path";
import {temporaryStore} from "../support/temporary-store.ts";
import {childScript, runChild} from "./child-process.ts";
import {findUnsynced, parseTrace} from "./system-calls.ts";

const COUNT = 20;
/** Requests of the child: votes, blocks and imports. */
const ANSWERS = 3 * COUNT;
const TRACED_CALLS = ["-f", "-y", "-s", "200", "-e", "trace=write,fdatasync,fsync"];

describe("between each request and its verdict", function () {
  this.timeout(60_000);

  if (spawnSync("strace", ["-o", "/dev/null", "true"]).status !== 0) {
    it("NOT RUN: a completed sync of the log cannot be shown, since there is no strace that may trace here");
    return;
  }

  async function traceOf(mode: "sync" | "nosync") {
    const store = await temporaryStore();
    try {
      const {path, genesisValidatorsRoot} = store.init;
      const traceFile = join(path, "..", "trace");
      const child = [process.execPath, childScript("vote-with-sync"), path, genesisValidatorsRoot, `${COUNT}`, mode];
      const {code, lines} = await runChild("strace", [...TRACED_CALLS, "-o", traceFile, ...child]);
      assert.equal(code, 0);
      assert.equal(lines.length, 2 * ANSWERS);
      const calls = parseTrace(await readFile(traceFile, "utf8"));
      const answers = calls.filter((call) => call.kind === "line" && call.text.startsWith("answered "));
      assert.equal(answers.length, ANSWERS, "every verdict is in the trace");
      return calls;
    } finally {
      await store.destroy();
    }
  }

  it("lies a sync of the log that began after the last write to it and came back", async () => {
    assert.deepEqual(findUnsynced(await traceOf("sync")), []);
  });

  it("lies none in a store whose writes do not sync, so that the check can fail", async () => {
    assert.equal(findUnsynced(await traceOf("nosync")).length, ANSWERS);
  });
});
