import assert from "node:assert/strict";
import {join} from "node:path";
import type {KeyDisk} from "../../src/keys/key-disk.ts";
import {FileTooLargeError} from "../../src/keys/key-files.ts";

const TEXT_SIZE_BYTES_MAX = 100;
const ENOENT = {code: "ENOENT"};

/** What every key disk does, in a folder that is there and empty. */
export const KEY_DISK_CHECKS: Readonly<Record<string, (disk: KeyDisk, folder: string) => Promise<void>>> = {
  async "gives back what was written last"(disk, folder) {
    for (const text of ["one", "two"]) {
      await disk.writeWhole(join(folder, "a"), text);
      assert.equal(await textOf(disk, join(folder, "a")), text);
    }
    await disk.writeWhole(join(folder, "b"), "");
    assert.deepEqual([...(await disk.list(folder))].sort(), ["a", "b"]);
  },
  async "reads no more than it may"(disk, folder) {
    await disk.writeWhole(join(folder, "a"), "x".repeat(TEXT_SIZE_BYTES_MAX + 1));
    await assert.rejects(textOf(disk, join(folder, "a")), FileTooLargeError);
  },
  async "renames, also over another file"(disk, folder) {
    await disk.writeWhole(join(folder, "a"), "one");
    await disk.writeWhole(join(folder, "b"), "two");
    await disk.rename(join(folder, "a"), join(folder, "b"));
    assert.deepEqual(await disk.list(folder), ["b"]);
    assert.equal(await textOf(disk, join(folder, "b")), "one");
  },
  async "removes a file, and does not mind that it is gone"(disk, folder) {
    await disk.writeWhole(join(folder, "a"), "one");
    for (let twice = 0; twice < 2; twice++) await disk.removeFile(join(folder, "a"));
    assert.deepEqual(await disk.list(folder), []);
  },
  async "makes a folder with those above it, and minds none that is there"(disk, folder) {
    const inner = join(folder, "outer", "inner");
    for (let twice = 0; twice < 2; twice++) await disk.makeFolder(inner);
    await disk.writeWhole(join(inner, "a"), "one");
    await disk.writeWhole(join(folder, "outer", "b"), "two");
    assert.deepEqual(await disk.list(inner), ["a"]);
  },
  async "removes a folder only when it is empty, and does not mind that it is gone"(disk, folder) {
    const inner = join(folder, "inner");
    await disk.makeFolder(inner);
    await disk.writeWhole(join(inner, "a"), "one");
    await disk.removeEmptyFolder(inner);
    assert.deepEqual(await disk.list(inner), ["a"]);
    await disk.removeFile(join(inner, "a"));
    for (let twice = 0; twice < 2; twice++) await disk.removeEmptyFolder(inner);
    await assert.rejects(disk.list(inner), ENOENT);
  },
  async "says of what is not there that it is not"(disk, folder) {
    const nowhere = join(folder, "nowhere");
    await assert.rejects(disk.list(nowhere), ENOENT);
    await assert.rejects(textOf(disk, join(folder, "a")), ENOENT);
    await assert.rejects(disk.writeWhole(join(nowhere, "a"), "one"), ENOENT);
    await assert.rejects(disk.rename(join(folder, "a"), join(folder, "b")), ENOENT);
  },
};

const textOf = async (disk: KeyDisk, path: string): Promise<string> =>
  new TextDecoder().decode(await disk.read(path, TEXT_SIZE_BYTES_MAX));
