import {readFile} from "node:fs/promises";
import {join} from "node:path";
import {ByteCursor} from "./byte-cursor.ts";
import {crc32c, unmasked} from "./crc32c.ts";

/** LevelDB's doc/log_format.md */
const LOG_BLOCK_SIZE_BYTES = 32 * 1024;
const HEADER_SIZE_BYTES = 7;
const WHOLE = 1;
const FIRST = 2;
const LAST = 4;

/** The fields of a version edit, by db/version_edit.cc. */
const TAG = {comparator: 1, log: 2, nextFile: 3, lastSequence: 4, compactPointer: 5, deleted: 6, added: 7, oldLog: 9};

export interface LiveFiles {
  /** Numbers of tables; a crash may leave others beside them, which mean nothing. */
  readonly tables: ReadonlySet<number>;
  /** Number of the oldest log that still counts; 0 in a database that never was in use. */
  readonly log: number;
}

/**
 * What the database at `path` consists of.
 * Null when the manifest cannot be read here: LevelDB checks it itself, and says by name what is wrong with it.
 */
export async function readLiveFiles(path: string): Promise<LiveFiles | null> {
  try {
    const manifest = (await readFile(join(path, "CURRENT"), "latin1")).trimEnd();
    const bytes = await readFile(join(path, manifest));
    const files = {tables: new Set<number>(), log: 0};
    for (const edit of recordsOf(bytes)) apply(edit, files);
    return files;
  } catch {
    return null;
  }
}

/** A record that is cut off at the end is no record, as for LevelDB. @throws {RangeError} for one that is damaged */
function* recordsOf(bytes: Buffer): Generator<Uint8Array> {
  let parts: Uint8Array[] = [];
  for (let at = 0; ; ) {
    const left = LOG_BLOCK_SIZE_BYTES - (at % LOG_BLOCK_SIZE_BYTES);
    if (left < HEADER_SIZE_BYTES) at += left;
    if (at + HEADER_SIZE_BYTES > bytes.length) return;
    const length = bytes.readUInt16LE(at + 4);
    const type = bytes[at + 6] as number;
    const end = at + HEADER_SIZE_BYTES + length;
    if (end > bytes.length) return;
    if (crc32c(bytes, at + 6, end) !== unmasked(bytes.readUInt32LE(at))) throw new RangeError("a record is damaged");
    if (type === WHOLE || type === FIRST) parts = [];
    parts.push(bytes.subarray(at + HEADER_SIZE_BYTES, end));
    if (type === WHOLE || type === LAST) yield Buffer.concat(parts);
    at = end;
  }
}

function apply(edit: Uint8Array, files: {readonly tables: Set<number>; log: number}): void {
  const cursor = new ByteCursor(edit);
  const skipText = () => cursor.take(cursor.varint());
  while (!cursor.isAtEnd) {
    switch (cursor.varint()) {
      case TAG.comparator:
        skipText();
        break;
      case TAG.log:
        files.log = cursor.varint();
        break;
      case TAG.oldLog:
      case TAG.nextFile:
      case TAG.lastSequence:
        cursor.varint();
        break;
      case TAG.compactPointer:
        cursor.varint();
        skipText();
        break;
      case TAG.deleted:
        cursor.varint();
        files.tables.delete(cursor.varint());
        break;
      case TAG.added:
        cursor.varint();
        files.tables.add(cursor.varint());
        cursor.varint();
        skipText();
        skipText();
        break;
      default:
        throw new RangeError("a field is unknown");
    }
  }
}
