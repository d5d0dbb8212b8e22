import {readdir, readFile, realpath} from "node:fs/promises";
import {join, resolve} from "node:path";
import {messageOf} from "@mote/core";
import {makeFolder} from "@mote/core/durable-files";
import {Level} from "level";
import {
  DamagedStoreError,
  ProtectionStoreError,
  ProtectionStoreLockedError,
  ProtectionStoreNotWritableError,
} from "../errors.ts";
import {takeForProcess} from "./process-holds.ts";
import type {KeyRange, ProtectionDatabase, ProtectionReader, WriteOperation} from "./protection-database.ts";
import {findDamagedFile} from "./table-check.ts";

/** One crossing into native code fetches a whole history. */
const READ_AHEAD_SIZE_BYTES = 256 * 1024;
/** Of a stream, at once. */
const STREAMED_ENTRIES = 256;
/** About half a table. */
const STREAMED_PAGES_BEFORE_LETTING_GO = 20;
/** As many as can be open, to push out what was read since the last time. Some are open already, so fewer leave more behind. */
const TABLES_TO_OPEN = 64;
/** Of 2^32: its multiples lie evenly, however many there are. */
const GOLDEN_RATIO = 0x9e3779b9;
/** The votes of 1,250 keys at once. */
const CHAINED_OPERATIONS_MAX = 2501;

/**
 * LevelDB maps each table that it has open, and what was read of it counts as memory of the process. So few are open (64 is the least
 * that it takes), and they are small (the same). Histories of many keys are read once each, so a large cache of blocks is of no use.
 * So a history often opens tables, which reads the list of their blocks: a few large blocks make that short. And what is written gathers in
 * small lots, since a compaction maps four of them at once.
 */
const LEVEL_OPTIONS = {
  maxOpenFiles: 74,
  maxFileSize: 1024 * 1024,
  blockSize: 16 * 1024,
  cacheSize: 2 * 1024 * 1024,
  writeBufferSize: 1024 * 1024,
} as const;

/** What "level" brings on a machine with a disk, beyond what it brings in a browser. */
interface Database extends Level<string, string> {
  approximateSize(start: string, end: string): Promise<number>;
}
type Snapshot = ReturnType<Database["snapshot"]>;

/** LevelDB in the directory `path`, created when missing, held by LevelDB's own OS lock until closed. */
export async function openLevelDatabase(path: string): Promise<ProtectionDatabase> {
  try {
    // LevelDB syncs its own directory but not the entries above it: after a power cut a new store could be gone as a whole.
    await makeFolder(resolve(path));
  } catch (error) {
    throw notWritable(path, error);
  }
  await levelFilesExist(path);
  const giveBack = takeForProcess(await realpath(path));
  if (giveBack === null) throw new ProtectionStoreLockedError(`this process has ${path} open already`);
  let level: Database;
  try {
    await assertFilesSound(path);
    // It begins to open by itself once it is made.
    level = new Level<string, string>(path, LEVEL_OPTIONS) as Database;
    await level.open();
  } catch (error) {
    giveBack();
    throw error instanceof ProtectionStoreError ? error : openFailure(path, error);
  }
  return {
    ...readerOf(level, path),
    snapshot: () => {
      const snapshot = level.snapshot();
      return {...readerOf(level, path, snapshot), close: () => snapshot.close()};
    },
    batch: (operations, options) => writeBatch(level, operations, options),
    close: () => level.close().finally(giveBack),
  };
}

/** @throws {DamagedStoreError} also when LevelDB would not find the damage, or would end the process over it */
async function assertFilesSound(path: string): Promise<void> {
  let damaged: string | null;
  try {
    damaged = await findDamagedFile(path);
  } catch (error) {
    // Another process that has the store open deletes tables while we look; LevelDB then says that it is locked.
    if (codeOf(error) === "ENOENT") return;
    throw notWritable(path, error);
  }
  if (damaged === null) return;
  await assertNotLocked(path);
  throw new DamagedStoreError(damaged, {path});
}

/** LevelDB takes its lock first, and reads no table when a database must not be there and is. */
async function assertNotLocked(path: string): Promise<void> {
  const probe = new Level(path, {errorIfExists: true});
  try {
    await probe.open();
    await probe.close();
  } catch (error) {
    const failure = openFailure(path, error);
    if (failure instanceof ProtectionStoreLockedError) throw failure;
  }
}

/** A chained batch is twice as fast as an array of operations, but its native memory is freed by the garbage collector only. */
function writeBatch(
  level: Database,
  operations: readonly WriteOperation[],
  options: {readonly sync: true},
): Promise<void> {
  if (operations.length > CHAINED_OPERATIONS_MAX) return level.batch([...operations], options);
  const batch = level.batch();
  for (const operation of operations) {
    if (operation.type === "put") batch.put(operation.key, operation.value);
    else batch.del(operation.key);
  }
  return batch.write(options);
}

function readerOf(level: Database, path: string, snapshot?: Snapshot): ProtectionReader {
  const options = snapshot === undefined ? {} : {snapshot};
  return {
    get: async (key) => {
      try {
        return await level.get(key, options);
      } catch (error) {
        throw readFailure(path, error);
      }
    },
    entries: async ({from, before}: KeyRange, limit = -1) => {
      try {
        const range = {gte: from, lt: before, limit, highWaterMarkBytes: READ_AHEAD_SIZE_BYTES, ...options};
        const entries = await level.iterator(range).all();
        return entries.map(([key, value]) => ({key, value}));
      } catch (error) {
        throw readFailure(path, error);
      }
    },
    // One iterator from end to end: what an iterator has read is freed by the garbage collector only.
    async *stream({from, before}) {
      const iterator = level.iterator({gte: from, lt: before, highWaterMarkBytes: READ_AHEAD_SIZE_BYTES, ...options});
      try {
        for (let page = 1; ; page++) {
          const entries = await iterator.nextv(STREAMED_ENTRIES);
          if (entries.length === 0) return;
          for (const [key, value] of entries) yield {key, value};
          if (page % STREAMED_PAGES_BEFORE_LETTING_GO === 0) await openOtherTables(level, from.slice(0, 1), page);
        }
      } catch (error) {
        throw readFailure(path, error);
      } finally {
        await iterator.close();
      }
    },
  };
}

/**
 * LevelDB closes the table that was used longest ago when it opens one too many, and by no other call. So it is asked how much lies at
 * places all over the store, which opens the tables there and reads their indices alone: those that a long reading has behind it go.
 * @param kind the first digit of the keys; public keys follow it, which are spread evenly
 */
async function openOtherTables(level: Database, kind: string, round: number): Promise<void> {
  for (let index = 0; index < TABLES_TO_OPEN; index++) {
    const place = Math.imul(round * TABLES_TO_OPEN + index, GOLDEN_RATIO) >>> 0;
    const start = kind + place.toString(16).padStart(8, "0");
    await level.approximateSize(start, `${start}~`);
  }
}

/**
 * Whether a database is in the directory. Where its table of contents is lost, LevelDB would make a new one and delete the tables.
 * @throws {DamagedStoreError} when files of a database are there and what names them is not
 */
export async function levelFilesExist(path: string): Promise<boolean> {
  const names: readonly string[] = await readdir(path).catch((error) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw notWritable(path, error);
  });
  if (!names.includes("CURRENT")) {
    // A process that ended while it made the store leaves the first manifest and nothing else.
    const orphan = names.find((name) => /\.(ldb|sst|log)$/.test(name) || /^MANIFEST-(?!000001$)/.test(name));
    if (orphan !== undefined) throw new DamagedStoreError(`${orphan} is there and CURRENT is not`, {path});
    return false;
  }
  const manifest = (await readFile(join(path, "CURRENT"), "latin1").catch(() => "")).trimEnd();
  if (!names.includes(manifest)) throw new DamagedStoreError("CURRENT names a file that is not there", {path});
  return true;
}

function openFailure(path: string, error: unknown): ProtectionStoreError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = codeOf(cause);
  if (code === "LEVEL_LOCKED") {
    return new ProtectionStoreLockedError(`another Mote runs on this data directory: ${path} is locked`, {cause});
  }
  if (code === "LEVEL_IO_ERROR") return notWritable(path, cause);
  if (code === "LEVEL_CORRUPTION") return new DamagedStoreError(messageOf(cause), {path, cause});
  return new ProtectionStoreError(`slashing protection at ${path} cannot be opened: ${messageOf(cause)}`, {cause});
}

/** A table that is gone or cannot be read is damage, whatever LevelDB calls it. */
function readFailure(path: string, error: unknown): unknown {
  const isDamage = codeOf(error) === "LEVEL_CORRUPTION" || codeOf(error) === "LEVEL_IO_ERROR";
  return isDamage ? new DamagedStoreError(messageOf(error), {path, cause: error}) : error;
}

const codeOf = (error: unknown): unknown => (error as {code?: unknown} | undefined)?.code;

const notWritable = (path: string, cause: unknown): ProtectionStoreError =>
  new ProtectionStoreNotWritableError(`slashing protection at ${path} is not writable: ${messageOf(cause)}`, {cause});
