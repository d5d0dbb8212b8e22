import {closeSync, openSync, readSync, statSync} from "node:fs";
import {messageOf} from "@mote/core";

/** Small text files, read whole. */
export interface TextFiles {
  /** @throws {Error} when the file cannot be read or is larger than `sizeBytesMax` */
  read(path: string, sizeBytesMax: number): string;
}

export interface WatchableFiles extends TextFiles {
  /** Changes whenever the file is written, replaced, removed, or comes under other permissions. */
  stamp(path: string): string;
}

export class DiskTextFiles implements WatchableFiles {
  read(path: string, sizeBytesMax: number): string {
    const handle = openSync(path, "r");
    try {
      // Read and not stat'ed first, so that a pipe or a growing file is bounded as well.
      const buffer = Buffer.alloc(sizeBytesMax + 1);
      let sizeBytes = 0;
      while (sizeBytes < buffer.length) {
        const readBytes = readSync(handle, buffer, sizeBytes, buffer.length - sizeBytes, null);
        if (readBytes === 0) break;
        sizeBytes += readBytes;
      }
      if (sizeBytes > sizeBytesMax) throw new Error(`it is larger than ${sizeBytesMax} bytes`);
      return buffer.toString("utf8", 0, sizeBytes);
    } finally {
      closeSync(handle);
    }
  }

  stamp(path: string): string {
    try {
      const {mtimeMs, ctimeMs, size, ino} = statSync(path);
      return [mtimeMs, ctimeMs, size, ino].join(" ");
    } catch (error) {
      return messageOf(error);
    }
  }
}

/** Why a file could not be read, in words. */
export function describeFileError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return "there is no such file";
    case "EACCES":
      return "reading it is not permitted";
    case "EISDIR":
      return "it is a directory";
    case "ENOTDIR":
      return "a part of the path is not a directory";
    default:
      return error.message;
  }
}
