import {constants} from "node:fs";
import {open} from "node:fs/promises";
import {dirname} from "node:path";
import {makeFolder, writeWhole} from "@mote/core/durable-files";

/** Small files that Mote itself writes and reads again at the next start. */
export interface StateFiles {
  /** Null when there is no such file. @throws when it cannot be read or is larger than `sizeBytesMax` */
  read(path: string, sizeBytesMax: number): Promise<{readonly text: string; readonly mode: number} | null>;
  /**
   * Puts a file in place that only this user may read, such that neither a full disk nor a power cut leaves half of it. Two writers of one path must
   * not overlap.
   * @throws when the disk refuses; what was there before is there still, unless it was the very last step, the folder's, that failed
   */
  writeWhole(path: string, text: string): Promise<void>;
}

export class DiskStateFiles implements StateFiles {
  async read(path: string, sizeBytesMax: number): Promise<{text: string; mode: number} | null> {
    const file = await readSmallFile(path, sizeBytesMax);
    return file === null ? null : {text: Buffer.from(file.bytes).toString("utf8"), mode: file.mode};
  }

  async writeWhole(path: string, text: string): Promise<void> {
    await makeFolder(dirname(path));
    await writeWhole(path, text);
  }
}

/** Null when there is no such file. @throws when it cannot be read or is larger than `sizeBytesMax` */
export async function readSmallFile(
  path: string,
  sizeBytesMax: number,
): Promise<{readonly bytes: Uint8Array; readonly mode: number} | null> {
  let file: FileHandle;
  try {
    // A pipe without a writer would hold the call for ever.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    // No such file, or no such folder.
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error("it is not a regular file");
    if (stats.size > sizeBytesMax) throw new Error(`it is larger than ${sizeBytesMax} bytes`);
    const buffer = Buffer.alloc(stats.size + 1);
    const {bytesRead} = await file.read(buffer, 0, buffer.length, 0);
    if (bytesRead !== stats.size) throw new Error("it was changed while it was read");
    return {bytes: buffer.subarray(0, bytesRead), mode: stats.mode};
  } finally {
    await file.close();
  }
}

type FileHandle = Awaited<ReturnType<typeof open>>;
