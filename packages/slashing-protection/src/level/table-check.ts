import {type FileHandle, open, readdir} from "node:fs/promises";
import {join} from "node:path";
import {ByteCursor} from "./byte-cursor.ts";
import {crc32c, unmasked} from "./crc32c.ts";
import {readLiveFiles} from "./live-files.ts";
import {unpackSnappy} from "./snappy.ts";

/** LevelDB's doc/table_format.md */
const FOOTER_SIZE_BYTES = 48;
const MAGIC = 0xdb4775248b80fb57n;
/** Behind each block: how it is packed, and its checksum. */
const TRAILER_SIZE_BYTES = 5;
const SNAPPY = 1;
const READ_AHEAD_SIZE_BYTES = 256 * 1024;
/** Far above any that LevelDB makes; what a damaged footer says must not decide how much memory is taken. */
const BLOCK_SIZE_BYTES_MAX = 64 * 1024 * 1024;

/** Taken in turns, so that the memory stays flat. */
type Buffers = readonly [Buffer, Buffer];

interface Block {
  readonly offset: number;
  readonly sizeBytes: number;
}

/**
 * Looks for a file of the database at `path` that is not as LevelDB left it, and that LevelDB would not name. It does not compare the checksums of
 * the tables that it reads, and ends the whole process when a damaged block makes no sense to it, so this comes before it reads any. And where its log
 * is gone it goes on without the newest records.
 * @returns what is wrong with it; null when nothing is
 */
export async function findDamagedFile(path: string): Promise<string | null> {
  const live = await readLiveFiles(path);
  if (live === null) return null;
  const names = (await readdir(path)).sort();
  const isLog = (name: string) => name.endsWith(".log") && Number.parseInt(name, 10) === live.log;
  if (live.log > 0 && !names.some(isLog)) return `its log ${String(live.log).padStart(6, "0")}.log is gone`;
  const buffers: Buffers = [Buffer.allocUnsafe(READ_AHEAD_SIZE_BYTES), Buffer.allocUnsafe(READ_AHEAD_SIZE_BYTES)];
  for (const name of names.filter((each) => /^\d+\.(ldb|sst)$/.test(each))) {
    if (live.tables.has(Number.parseInt(name, 10)) && !(await isSound(join(path, name), buffers))) {
      return `${name} is not as it was written`;
    }
  }
  return null;
}

async function isSound(path: string, buffers: Buffers): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const {size: sizeBytes} = await file.stat();
    if (sizeBytes < FOOTER_SIZE_BYTES) return false;
    const footer = await read(file, {offset: sizeBytes - FOOTER_SIZE_BYTES, sizeBytes: FOOTER_SIZE_BYTES});
    if (footer.readBigUInt64LE(FOOTER_SIZE_BYTES - 8) !== MAGIC) return false;
    const cursor = new ByteCursor(footer);
    const lists = [blockAt(cursor), blockAt(cursor)];
    for (const list of lists) {
      const block = await read(file, list);
      if (
        !isBlock(block, 0, list.sizeBytes - TRAILER_SIZE_BYTES) ||
        !(await areSound(file, blocksIn(contentsOf(block)), buffers))
      )
        return false;
    }
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  } finally {
    await file.close();
  }
}

/** While some blocks are checked the next are read. */
async function areSound(file: FileHandle, blocks: readonly Block[], buffers: Buffers): Promise<boolean> {
  const runs = runsOf(blocks);
  let next = runs[0] && read(file, runs[0], buffers[0]);
  try {
    for (const [index, run] of runs.entries()) {
      const bytes = await (next as Promise<Buffer>);
      const following = runs[index + 1];
      next = following && read(file, following, index % 2 === 0 ? buffers[1] : buffers[0]);
      for (const {offset, sizeBytes} of run.blocks) {
        if (!isBlock(bytes, offset - run.offset, sizeBytes - TRAILER_SIZE_BYTES)) return false;
      }
    }
    return true;
  } finally {
    await next?.catch(() => {});
  }
}

/** Blocks lie one behind the other: what is read at once. */
function runsOf(blocks: readonly Block[]): (Block & {readonly blocks: readonly Block[]})[] {
  const runs: {offset: number; sizeBytes: number; blocks: Block[]}[] = [];
  for (const block of blocks) {
    const run = runs.at(-1);
    const end = block.offset + block.sizeBytes;
    if (run === undefined || block.offset < run.offset || end - run.offset > READ_AHEAD_SIZE_BYTES) {
      runs.push({...block, blocks: [block]});
    } else {
      run.sizeBytes = Math.max(run.sizeBytes, end - run.offset);
      run.blocks.push(block);
    }
  }
  return runs;
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
function blocksIn(list: Uint8Array): Block[] {
  const restarts = Buffer.from(list.buffer, list.byteOffset, list.length).readUInt32LE(list.length - 4);
  const entries = list.subarray(0, list.length - 4 - 4 * restarts);
  const cursor = new ByteCursor(entries);
  const blocks: Block[] = [];
  // A large store has some 100,000 of them, so nothing but the block itself is made of an entry.
  while (!cursor.isAtEnd) {
    cursor.varint();
    const keyRestLength = cursor.varint();
    const valueEnd = cursor.varint() + keyRestLength + cursor.at;
    cursor.skip(keyRestLength);
    blocks.push(blockAt(cursor));
    if (cursor.at !== valueEnd) throw new RangeError("an entry is not what it says");
  }
  return blocks;
}

/** With its trailer. */
const blockAt = (cursor: ByteCursor): Block => ({
  offset: cursor.varint(),
  sizeBytes: cursor.varint() + TRAILER_SIZE_BYTES,
});

/** @param buffer is used when it is large enough @throws {RangeError} when the file ends before */
async function read(file: FileHandle, {offset, sizeBytes}: Block, buffer: Buffer = Buffer.alloc(0)): Promise<Buffer> {
  if (sizeBytes > BLOCK_SIZE_BYTES_MAX) throw new RangeError("no block is so large");
  const target = sizeBytes <= buffer.length ? buffer : Buffer.allocUnsafe(sizeBytes);
  const {bytesRead} = await file.read(target, 0, sizeBytes, offset);
  if (bytesRead < sizeBytes) throw new RangeError("the file ends too early");
  return target.subarray(0, sizeBytes);
}
