import assert from "node:assert/strict";
import {spawnSync} from "node:child_process";
import {mkdir, mkdtemp, readFile, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {testRoot} from "@mote/testing";
import {childScript, runChild} from "./child-process.ts";

const ROOT = testRoot(42);
/** A file system of our own in a mount namespace of our own: nothing of it is left when the process ends. */
const IN_OWN_NAMESPACE = ["-rm", "sh", "-ec"];
const MAY_MOUNT =
  spawnSync("unshare", [...IN_OWN_NAMESPACE, 'mount -t tmpfs -o size=1m none "$1"', "sh", tmpdir()]).status === 0;
const NO_MOUNT = "since no file system may be mounted here (unshare -rm)";

describe("a store whose disk has no room", function () {
  this.timeout(60_000);
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "mote-disk-"));
  });
  afterEach(() => rm(directory, {recursive: true, force: true}));

  /** Something was accepted, something refused, and nothing accepted after the first refusal. */
  function assertEndsInRefusals(lines: readonly string[]): void {
    const firstRefusal = lines.findIndex((line) => line.startsWith("refused"));
    assert(firstRefusal > 8, `${firstRefusal} messages were accepted`);
    const refusals = lines.slice(firstRefusal);
    // All eight requests that come after the round of the failure, and at least one of that round.
    assert(refusals.length > 8, `${refusals.length} lines after the first refusal`);
    assert.deepEqual([...new Set(refusals)], ["refused PROTECTION_STORE_FAILED"]);
  }

  it("refuses everything once a file may not grow, and has all that it accepted when it may", async () => {
    const path = join(directory, "store");
    const shell = 'ulimit -f 128; exec "$0" "$@"';
    const child = [process.execPath, childScript("accept-until-refused"), path, ROOT];
    const {lines, code} = await runChild("sh", ["-ec", shell, ...child]);
    assert.equal(code, 0);
    assertEndsInRefusals(lines);
    assert.deepEqual(await linesOfCheck(path, lines), ["then accepted"]);
  });

  it("is found to have lost what it never had, so that the check can fail", async () => {
    const path = join(directory, "store");
    assert.deepEqual(await linesOfCheck(path, ["vote 1 7"]), ["lost vote 1 7", "then accepted"]);
  });

  async function linesOfCheck(path: string, lines: readonly string[]): Promise<readonly string[]> {
    const file = join(directory, "lines");
    await writeFile(file, lines.join("\n"));
    const outcome = await runChild(process.execPath, [childScript("print-lost"), path, ROOT, file]);
    assert.equal(outcome.code, 0);
    return outcome.lines;
  }

  if (!MAY_MOUNT) {
    it(`NOT RUN: a file system that is full, ${NO_MOUNT}`);
    return;
  }
  it("refuses everything once the file system is full, and has all that it accepted when there is room again", async () => {
    const disk = join(directory, "disk");
    const file = join(directory, "lines");
    await mkdir(disk);
    const script = `
      mount -t tmpfs -o size=384k none "$1"
      "$2" "$3" "$1/store" "$4" > "$5"
      mount -o remount,size=64m "$1"
      exec "$2" "$6" "$1/store" "$4" "$5"`;
    const children = [childScript("accept-until-refused"), ROOT, file, childScript("print-lost")];
    const shell = [...IN_OWN_NAMESPACE, script, "sh", disk, process.execPath, ...children];
    const {lines, code} = await runChild("unshare", shell);
    assert.equal(code, 0);
    assertEndsInRefusals((await readFile(file, "utf8")).trim().split("\n"));
    assert.deepEqual(lines, ["then accepted"]);
  });
});

describe("a store on a file system that is read-only", function () {
  this.timeout(60_000);
  if (!MAY_MOUNT) {
    it(`NOT RUN: ${NO_MOUNT}`);
    return;
  }
  for (const [name, before] of [
    ["is refused by name when it is there", '"$2" "$3" "$1/store" "$4"'],
    ["is refused by name when it would have to be made", "echo opened"],
  ] as const) {
    it(name, async () => {
      const disk = await mkdtemp(join(tmpdir(), "mote-disk-"));
      try {
        const script = `
          mount -t tmpfs -o size=8m none "$1"
          ${before}
          mount -o remount,ro "$1"
          exec "$2" "$3" "$1/store" "$4"`;
        const shell = [...IN_OWN_NAMESPACE, script, "sh", disk, process.execPath, childScript("open-store"), ROOT];
        const {lines} = await runChild("unshare", shell);
        assert.deepEqual(lines, ["opened", "ProtectionStoreNotWritableError"]);
      } finally {
        await rm(disk, {recursive: true, force: true});
      }
    });
  }
});
