import {constants} from "node:fs";
import {type FileHandle, open, readFile} from "node:fs/promises";
import {join} from "node:path";
import {crc32} from "node:zlib";
import {messageOf} from "@mote/core";
import {ProtectionStoreNotWritableError} from "../errors.ts";

/** No name that LevelDB knows, so it leaves the file alone. */
const FILE_NAME = "last-batch";
const SIZE_BYTES = 12;

/**
 * The number of the last batch, in a file beside the tables: a database that ends before it has lost its tail, which nothing inside
 * could tell. Written after the batch is on disk and never synced, so it is never ahead of a sound database; after a power cut it may
 * be behind, empty or gone, which says nothing. So nobody is locked out by a crash.
 */
export class TailMark {
  readonly #file: FileHandle;
  #wanted = 0;
  #writing: Promise<void> | null = null;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @throws {ProtectionStoreNotWritableError} */
  static async open(directory: string): Promise<TailMark> {
    const path = join(directory, FILE_NAME);
    try {
      return new TailMark(await open(path, constants.O_RDWR | constants.O_CREAT));
    } catch (cause) {
      throw new ProtectionStoreNotWritableError(`${path} is not writable: ${messageOf(cause)}`, {cause});
    }
  }

  /** Returns at once; of several numbers that come while one is being written only the last is. */
  note(sequence: number): void {
    this.#wanted = sequence;
    this.#writing ??= afterThisTurn().then(() => this.#write());
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }

  /** Begins in a later turn of the event loop, so that the verdicts of the batch go out first. */
  async #write(): Promise<void> {
    for (let written = 0; written !== this.#wanted; ) {
      written = this.#wanted;
      try {
        await this.#file.write(encode(written), 0, SIZE_BYTES, 0);
      } catch {
        // The batch itself is on disk: a mark that could not be written proves less, and harms nothing.
      }
    }
    this.#writing = null;
  }
}

const afterThisTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The number in the mark beside the tables; 0 when there is no mark, or none that can be read. */
export async function readTailMark(directory: string): Promise<number> {
  const bytes = await readFile(join(directory, FILE_NAME)).catch(() => Buffer.alloc(0));
  if (bytes.length !== SIZE_BYTES || bytes.readUInt32BE(8) !== crc32(bytes.subarray(0, 8))) return 0;
  return Number(bytes.readBigUInt64BE(0));
}

function encode(sequence: number): Buffer {
  const bytes = Buffer.alloc(SIZE_BYTES);
  bytes.writeBigUInt64BE(BigInt(sequence));
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  return bytes;
}
