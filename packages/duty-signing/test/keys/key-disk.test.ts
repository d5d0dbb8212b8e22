import assert from "node:assert/strict";
import {mkdtemp, readdir, rm, writeFile} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {SystemKeyDisk} from "../../src/keys/key-disk.ts";
import {KEY_DISK_CHECKS} from "./key-disk-contract.ts";
import {MemoryKeyDisk} from "./memory-key-disk.ts";

describe("SystemKeyDisk", () => {
  const disk = new SystemKeyDisk();
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "mote-key-disk-"));
  });
  afterEach(() => rm(folder, {recursive: true}));

  for (const [name, check] of Object.entries(KEY_DISK_CHECKS)) it(name, () => check(disk, folder));

  it("removes what a power cut left of a file with it, and no folder as a file", async () => {
    await writeFile(join(folder, "b"), "1");
    await writeFile(join(folder, ".b.unfinished"), "half");
    await disk.removeFile(join(folder, "b"));
    assert.deepEqual(await readdir(folder), []);
    await assert.rejects(disk.removeFile(folder));
  });

  it("removes no file as a folder", async () => {
    await writeFile(join(folder, "file"), "");
    await assert.rejects(disk.removeEmptyFolder(join(folder, "file")), {code: "ENOTDIR"});
  });
});

describe("MemoryKeyDisk", () => {
  const folder = join("/", "keys");
  const prepared = async (disk: MemoryKeyDisk): Promise<MemoryKeyDisk> => {
    await disk.makeFolder(folder);
    return disk;
  };

  for (const [name, check] of Object.entries(KEY_DISK_CHECKS)) {
    it(name, async () => check(await prepared(new MemoryKeyDisk()), folder));
  }

  it("the checks see a disk that is not one", async () => {
    const flawed = (flaw: Partial<MemoryKeyDisk>) => Object.assign(new MemoryKeyDisk(), flaw);
    const none = async () => {};
    const flaws: readonly Partial<MemoryKeyDisk>[] = [
      {writeWhole: none},
      {rename: none},
      {removeFile: none},
      {removeEmptyFolder: none},
      {list: async () => []},
      {read: async () => new Uint8Array()},
    ];
    for (const flaw of flaws) {
      const results = await Promise.allSettled(
        Object.values(KEY_DISK_CHECKS).map(async (check) => check(await prepared(flawed(flaw)), folder)),
      );
      assert.ok(
        results.some(({status}) => status === "rejected"),
        Object.keys(flaw).join(),
      );
    }
  });
});
