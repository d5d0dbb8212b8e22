import assert from "node:assert/strict";
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {makeFolder, syncFolder, unfinishedOf, writeWhole} from "../../src/disk/durable-files.ts";

describe("durable files", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mote-durable-"));
  });
  afterEach(() => rm(folder, {recursive: true}));

  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
  async function* pieces(...texts: readonly (string | Error)[]) {
    for (const text of texts) {
      if (text instanceof Error) throw text;
      yield text;
    }
  }

  it("writes for the owner alone, over what was there and over what a power cut left", async () => {
    const path = join(folder, "secret");
    await writeFile(path, "a longer text than the new one", {mode: 0o644});
    await writeFile(unfinishedOf(path), "half of a long te");
    await chmod(unfinishedOf(path), 0o666);
    await writeWhole(path, "new");
    assert.equal(await readFile(path, "utf8"), "new");
    assert.equal(await modeOf(path), 0o600);
    assert.deepEqual(await readdir(folder), ["secret"]);
  });

  it("writes piece by piece, and nothing when the pieces end in an error", async () => {
    const path = join(folder, "file");
    await writeWhole(path, pieces("one ", "two"));
    assert.equal(await readFile(path, "utf8"), "one two");
    await assert.rejects(writeWhole(path, pieces("three ", new Error("torn"))), /torn/);
    assert.equal(await readFile(path, "utf8"), "one two");
    assert.deepEqual(await readdir(folder), ["file"]);
  });

  it("leaves a file that must not be replaced as it is", async () => {
    const path = join(folder, "file");
    await writeWhole(path, "first", {mayReplace: false});
    await assert.rejects(writeWhole(path, "second", {mayReplace: false}), {code: "EEXIST"});
    assert.equal(await readFile(path, "utf8"), "first");
    assert.deepEqual(await readdir(folder), ["file"]);
  });

  it("lets the file grow where it is told", async () => {
    const beside = join(folder, "beside");
    await mkdir(beside);
    let grewThere = false;
    async function* text() {
      yield "one";
      grewThere = (await readdir(beside)).includes("part");
    }
    await writeWhole(join(folder, "file"), text(), {unfinished: join(beside, "part")});
    assert.ok(grewThere);
    assert.deepEqual(await readdir(beside), []);
  });

  it("leaves nothing behind when the file cannot be put in place", async () => {
    await mkdir(join(folder, "taken"));
    await assert.rejects(writeWhole(join(folder, "taken"), "x"));
    await assert.rejects(writeWhole(join(folder, "missing", "file"), "x"), {code: "ENOENT"});
    assert.deepEqual(await readdir(folder), ["taken"]);
  });

  it("makes folders for their owner and leaves those that are there alone", async () => {
    await makeFolder(join(folder, "a", "b"));
    for (const path of [join(folder, "a"), join(folder, "a", "b")]) assert.equal(await modeOf(path), 0o700);
    await mkdir(join(folder, "open"));
    await chmod(join(folder, "open"), 0o755);
    await makeFolder(join(folder, "open"));
    assert.equal(await modeOf(join(folder, "open")), 0o755);
    await writeFile(join(folder, "file"), "");
    await assert.rejects(makeFolder(join(folder, "file", "below")), {code: "ENOTDIR"});
  });

  it("rejects where there is no folder to sync", async () => {
    await syncFolder(folder);
    await assert.rejects(syncFolder(join(folder, "missing")), {code: "ENOENT"});
  });
});
