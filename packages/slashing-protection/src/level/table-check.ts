import {type FileHandle, open, readdir} from "node:fs/promises";
import {join} from "node:path";
import {ByteCursor} from "./byte-cursor.ts";
import {crc32c, unmasked} from "./crc32c.ts";
import {readLiveTables} from "./live-tables.ts";
import {unpackSnappy} from "./snappy.ts";

/** LevelDB's doc/table_format.md */
const FOOTER_SIZE_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
/** Behind each block: how it is packed, and its checksum. */
const TRAILER_SIZE_BYTES = 5;
const SNAPPY = 1;
const READ_AHEAD_SIZE_BYTES = 1024 * 1024;

interface Block {
  readonly offset: number;
  readonly sizeBytes: number;
}

/**
 * Looks for a table of the database at `path` in which something is not as LevelDB wrote it. LevelDB does not compare the checksums of what it reads, and
 * ends the whole process when a damaged block makes no sense to it, so this comes before it reads any.
 * @returns the name of a damaged table; null when there is none, or none that LevelDB would not name itself
 */
export async function findDamagedTable(path: string): Promise<string | null> {
  const live = await readLiveTables(path);
  if (live === null) return null;
  const names = (await readdir(path)).filter((name) => /^\d+\.(ldb|sst)$/.test(name)).sort();
  for (const name of names) {
    if (live.has(Number.parseInt(name, 10)) && !(await isSound(join(path, name)))) return name;
  }
  return null;
}

async function isSound(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const {size: sizeBytes} = await file.stat();
    if (sizeBytes < FOOTER_SIZE_BYTES) return false;
    const footer = Buffer.from(await read(file, {offset: sizeBytes - FOOTER_SIZE_BYTES, sizeBytes: FOOTER_SIZE_BYTES}));
    if (footer.readBigUInt64LE(FOOTER_SIZE_BYTES - 8) !== MAGIC) return false;
    const cursor = new ByteCursor(footer);
    const lists = [handleAt(cursor), handleAt(cursor)];
    for (const list of lists) {
      const block = await read(file, withTrailer(list));
      if (!isBlock(block, 0, list.sizeBytes) || !(await areSound(file, handlesIn(contentsOf(block))))) return false;
    }
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  } finally {
    await file.close();
  }
}

/** Blocks lie one behind the other, so many of them are read at once. */
async function areSound(file: FileHandle, blocks: readonly Block[]): Promise<boolean> {
  let ahead: {readonly from: number; readonly bytes: Buffer} = {from: 0, bytes: Buffer.alloc(0)};
  for (const block of blocks) {
    const {offset, sizeBytes} = withTrailer(block);
    if (offset < ahead.from || offset + sizeBytes > ahead.from + ahead.bytes.length) {
      ahead = {from: offset, bytes: await readSome(file, offset, Math.max(sizeBytes, READ_AHEAD_SIZE_BYTES))};
    }
    if (sizeBytes > ahead.bytes.length) return false;
    if (!isBlock(ahead.bytes, offset - ahead.from, block.sizeBytes)) return false;
  }
  return true;
}

/** The checksum is over the block and the byte that says how it is packed. */
function isBlock(bytes: Buffer, at: number, sizeBytes: number): boolean {
  const end = at + sizeBytes + 1;
  return crc32c(bytes, at, end) === unmasked(bytes.readUInt32LE(end));
}

/** Without its trailer, unpacked. */
function contentsOf(block: Buffer): Uint8Array {
  const end = block.length - TRAILER_SIZE_BYTES;
  return block[end] === SNAPPY ? unpackSnappy(block.subarray(0, end)) : block.subarray(0, end);
}

/** The blocks that a list names: entries with a shared part of the key, the rest of it, and a value; then where entries start anew. */
function handlesIn(list: Uint8Array): Block[] {
  const restarts = Buffer.from(list.buffer, list.byteOffset, list.length).readUInt32LE(list.length - 4);
  const entries = list.subarray(0, list.length - 4 - 4 * restarts);
  const cursor = new ByteCursor(entries);
  const handles: Block[] = [];
  while (!cursor.isAtEnd) {
    cursor.varint();
    const [keyRestLength, valueLength] = [cursor.varint(), cursor.varint()];
    cursor.take(keyRestLength);
    handles.push(handleAt(new ByteCursor(cursor.take(valueLength))));
  }
  return handles;
}

const handleAt = (cursor: ByteCursor): Block => ({offset: cursor.varint(), sizeBytes: cursor.varint()});

const withTrailer = ({offset, sizeBytes}: Block): Block => ({offset, sizeBytes: sizeBytes + TRAILER_SIZE_BYTES});

async function read(file: FileHandle, {offset, sizeBytes}: Block): Promise<Buffer> {
  const bytes = await readSome(file, offset, sizeBytes);
  if (bytes.length < sizeBytes) throw new RangeError("the file ends too early");
  return bytes;
}

/** Fewer than `sizeBytes` at the end of the file. */
async function readSome(file: FileHandle, offset: number, sizeBytes: number): Promise<Buffer> {
  const {size} = await file.stat();
  const length = Math.max(0, Math.min(sizeBytes, size - offset));
  const {bytesRead, buffer} = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
