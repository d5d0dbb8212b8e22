import assert from "node:assert/strict";
import {chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from "node:fs";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {DiskStateFiles} from "../../src/system/state-files.ts";

describe("DiskStateFiles", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "mote-state-"));
  });
  afterEach(() => rmSync(dir, {recursive: true}));
  const files = new DiskStateFiles();

  it("writes for this user alone, also over a file that others could read", async () => {
    const path = join(dir, "new", "state.json");
    await files.writeWhole(path, "one");
    chmodSync(path, 0o644);
    // As a power cut may have left it, or somebody who would like to read along.
    writeFileSync(join(dir, "new", ".state.json.unfinished"), "half", {mode: 0o666});
    await files.writeWhole(path, "two");
    assert.equal(readFileSync(path, "utf8"), "two");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(dir, "new")).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(join(dir, "new")), ["state.json"]);
    assert.deepEqual(await files.read(path, 3), {text: "two", mode: statSync(path).mode});
  });

  it("leaves nothing half-done when the file cannot be put in place", async () => {
    const path = join(dir, "state.json");
    mkdirSync(path);
    await assert.rejects(files.writeWhole(path, "one"));
    assert.deepEqual(readdirSync(dir), ["state.json"]);
    assert.ok(statSync(path).isDirectory());
  });

  it("tells a file that is not there from one that cannot be read", async () => {
    assert.equal(await files.read(join(dir, "none"), 10), null);
    await assert.rejects(files.read(dir, 10), /not a regular file/);
    const path = join(dir, "large");
    writeFileSync(path, "12345");
    await assert.rejects(files.read(path, 4), /larger than 4 bytes/);
    assert.equal(await files.read(join(path, "below"), 4), null);
  });
});
