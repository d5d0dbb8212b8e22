import {rename, rm, rmdir} from "node:fs/promises";
import {dirname} from "node:path";
import {makeFolder, syncFolder, unfinishedOf, writeWhole} from "@mote/core/durable-files";
import {DiskKeyFiles, type KeyFiles} from "./key-files.ts";

/**
 * The disk, as far as keys are kept on it. What resolves has outlived a power cut already; what rejects, a full disk for instance, has changed
 * nothing.
 */
export interface KeyDisk extends KeyFiles {
  /** With those above it, for their owner alone. One that is there stays as it is. */
  makeFolder(path: string): Promise<void>;
  /** The whole file or none of it, for its owner alone. One that is there is replaced. */
  writeWhole(path: string, text: string): Promise<void>;
  /** Within a folder. One that is there is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** With what a power cut may have left of writing it. One that is not there is no fault. */
  removeFile(path: string): Promise<void>;
  /** A folder that is not empty stays. */
  removeEmptyFolder(path: string): Promise<void>;
}

export class SystemKeyDisk extends DiskKeyFiles implements KeyDisk {
  makeFolder(path: string): Promise<void> {
    return makeFolder(path);
  }

  writeWhole(path: string, text: string): Promise<void> {
    return writeWhole(path, text);
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(from, to);
    await syncFolder(dirname(to));
  }

  async removeFile(path: string): Promise<void> {
    await rm(unfinishedOf(path), {force: true});
    try {
      await rm(path);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return;
      throw error;
    }
    await syncFolder(dirname(path));
  }

  async removeEmptyFolder(path: string): Promise<void> {
    try {
      await rmdir(path);
    } catch (error) {
      if (["ENOENT", "ENOTEMPTY", "EEXIST"].includes(codeOf(error))) return;
      throw error;
    }
    await syncFolder(dirname(path));
  }
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code);
