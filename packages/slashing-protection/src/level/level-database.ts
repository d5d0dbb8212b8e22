import {mkdir, open} from "node:fs/promises";
import {dirname, resolve} from "node:path";
import {messageOf} from "@mote/core";
import {Level} from "level";
import {
  DamagedStoreError,
  ProtectionStoreError,
  ProtectionStoreLockedError,
  ProtectionStoreNotWritableError,
} from "../errors.ts";
import type {Entry, KeyRange, ProtectionDatabase, WriteOperation} from "./protection-database.ts";

/** LevelDB in the directory `path`, created when missing, held by LevelDB's own OS lock until closed. */
export async function openLevelDatabase(path: string): Promise<ProtectionDatabase> {
  try {
    await makeDirectoryDurably(resolve(path));
  } catch (error) {
    throw notWritable(path, error);
  }
  const level = new Level<Uint8Array, Uint8Array>(path, {keyEncoding: "view", valueEncoding: "view"});
  try {
    await level.open();
  } catch (error) {
    throw openFailure(path, error);
  }
  return {
    get: (key) => level.get(key),
    entries: async ({from, before}: KeyRange, limit = -1): Promise<Entry[]> => {
      const entries = await level.iterator({gte: from, lt: before, limit}).all();
      return entries.map(([key, value]) => ({key, value}));
    },
    batch: (operations: readonly WriteOperation[], options) => level.batch([...operations], options),
    close: () => level.close(),
  };
}

/** LevelDB syncs its own directory but not the entries above it: after a power cut a new store could be gone as a whole. */
async function makeDirectoryDurably(path: string): Promise<void> {
  const firstMade = await mkdir(path, {recursive: true});
  if (firstMade === undefined) return;
  const top = dirname(firstMade);
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    const handle = await open(directory);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (directory === top) return;
  }
}

function openFailure(path: string, error: unknown): ProtectionStoreError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as {code?: unknown} | undefined)?.code;
  if (code === "LEVEL_LOCKED") {
    return new ProtectionStoreLockedError(`another Mote runs on this data directory: ${path} is locked`, {cause});
  }
  if (code === "LEVEL_IO_ERROR") return notWritable(path, cause);
  if (code === "LEVEL_CORRUPTION") {
    return new DamagedStoreError(`slashing protection at ${path} is damaged: ${messageOf(cause)}`, {cause});
  }
  return new ProtectionStoreError(`slashing protection at ${path} cannot be opened: ${messageOf(cause)}`, {cause});
}

const notWritable = (path: string, cause: unknown): ProtectionStoreError =>
  new ProtectionStoreNotWritableError(`slashing protection at ${path} is not writable: ${messageOf(cause)}`, {cause});
