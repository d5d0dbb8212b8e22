import {existsSync} from "node:fs";
import {open, rm, statfs} from "node:fs/promises";
import {dirname, join} from "node:path";

export interface DiskFacts {
  /** Where it was measured: the data directory, or the nearest folder above that is there. */
  readonly folder: string;
  readonly freeBytes: number;
  /** Why nothing could be written; null when it could. */
  readonly problem: string | null;
  /** Ms of one small write that is on disk for good, ascending. */
  readonly writesMs: readonly number[];
}

const WRITES = 64;
const WRITE_SIZE_BYTES = 4096;
/** However slow the disk is. */
const MEASURING_MS_MAX = 3_000;

/** Writes as slashing protection does before each signature: small, and waiting until the disk has it. Leaves nothing behind. */
export async function probeDisk(
  datadir: string,
  {monotonicMs, fileId}: {readonly monotonicMs: () => number; readonly fileId: string},
): Promise<DiskFacts> {
  let folder = datadir;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  const {bavail, bsize} = await statfs(folder);
  const facts = {folder, freeBytes: bavail * bsize, problem: null};
  try {
    return {...facts, writesMs: await measureWrites(join(folder, `.mote-doctor-${fileId}`), monotonicMs)};
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    return {...facts, problem: code ?? message, writesMs: []};
  }
}

async function measureWrites(path: string, monotonicMs: () => number): Promise<number[]> {
  const file = await open(path, "wx", 0o600);
  try {
    // Without a name at once, so that nothing stays however this ends; where that cannot be, it is removed at the end.
    await rm(path).catch(() => {});
    const block = Buffer.alloc(WRITE_SIZE_BYTES, 1);
    const writesMs: number[] = [];
    const startMs = monotonicMs();
    for (let write = 0; write < WRITES && monotonicMs() - startMs < MEASURING_MS_MAX; write++) {
      const beforeMs = monotonicMs();
      await file.write(block, 0, block.length, write * block.length);
      await file.datasync();
      writesMs.push(monotonicMs() - beforeMs);
    }
    return writesMs.sort((a, b) => a - b);
  } finally {
    await file.close();
    await rm(path, {force: true});
  }
}
