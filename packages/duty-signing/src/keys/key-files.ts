import {constants} from "node:fs";
import {open, readdir} from "node:fs/promises";

/** A file is larger than what the caller asked for at most. */
export class FileTooLargeError extends Error {
  override name = "FileTooLargeError";
}

/** The disk, as far as keys are read from it. */
export interface KeyFiles {
  /** Names of the folder's entries. Rejects when the folder cannot be read. */
  list(folder: string): Promise<readonly string[]>;
  /**
   * The whole file. Rejects with the system's error (`code` ENOENT when there is none).
   * @throws {FileTooLargeError} when it has more than `sizeBytesMax`
   */
  read(path: string, sizeBytesMax: number): Promise<Uint8Array>;
}

export class DiskKeyFiles implements KeyFiles {
  list(folder: string): Promise<readonly string[]> {
    return readdir(folder);
  }

  async read(path: string, sizeBytesMax: number): Promise<Uint8Array> {
    // A pipe without a writer would hold the call for ever; Windows has neither the pipe nor the flag.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new Error("not a regular file");
      if (stats.size > sizeBytesMax) throw new FileTooLargeError(`larger than ${sizeBytesMax} bytes`);
      const buffer = Buffer.alloc(sizeBytesMax + 1);
      const {bytesRead} = await file.read(buffer, 0, sizeBytesMax + 1, 0);
      if (bytesRead > sizeBytesMax) throw new FileTooLargeError(`larger than ${sizeBytesMax} bytes`);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }
}
