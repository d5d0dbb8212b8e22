import {access, mkdir, readdir, realpath, rm} from "node:fs/promises";
import {join} from "node:path";
import {messageOf} from "@mote/core";
import {Level} from "level";
import {ProtectionStoreError, ProtectionStoreLockedError, ProtectionStoreNotWritableError} from "../errors.ts";
import {takeForProcess} from "./process-holds.ts";

/** The folder's own entry, which nobody else uses. */
export const HOLD_NAME = ".mote-lock";
/** LevelDB's file that bears the lock. */
const LOCK_FILE = "LOCK";

export interface DirectoryHold {
  release(): Promise<void>;
}

/**
 * Holds a folder that exists against every other process that asks for it here, by whatever path. The system lets go of it when the process
 * dies.
 * @throws {ProtectionStoreLockedError} when it is held, by whichever process
 * @throws {ProtectionStoreNotWritableError} when it cannot be held, since nothing can be written there and nobody has held it before
 * @throws {ProtectionStoreError} when somebody has, who may write there, and this process cannot ask whether he still does
 */
export async function holdDirectory(path: string): Promise<DirectoryHold> {
  const location = join(await existing(path), HOLD_NAME);
  try {
    await mkdir(location, {recursive: true});
  } catch (error) {
    throw await notWritable(path, location, error);
  }
  const giveBack = takeForProcess(location);
  if (giveBack === null) throw new ProtectionStoreLockedError(`this process holds ${path} already`);
  try {
    const hold = await holdLocation(path, location);
    return {release: () => hold.release().finally(giveBack)};
  } catch (error) {
    giveBack();
    throw error;
  }
}

async function holdLocation(path: string, location: string): Promise<DirectoryHold> {
  try {
    return await lock(location);
  } catch (error) {
    if (codeOf(causeOf(error)) !== "LEVEL_CORRUPTION") throw await holdFailure(path, location, causeOf(error));
  }
  // Nothing is kept in it, so damage is no loss. The lock's own file stays: another process may hold it by now.
  const files = (await readdir(location)).filter((name) => name !== LOCK_FILE);
  await Promise.all(files.map((name) => rm(join(location, name), {force: true, recursive: true})));
  try {
    return await lock(location);
  } catch (error) {
    throw await holdFailure(path, location, causeOf(error));
  }
}

/** An empty LevelDB: of all that Node reaches without a native module of its own, the one thing with a lock of the system. */
async function lock(location: string): Promise<DirectoryHold> {
  const level = new Level(location);
  await level.open();
  return {release: () => level.close()};
}

/** Two paths to one folder come to one name, so that this process knows what it holds. */
async function existing(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new ProtectionStoreError(`${path} cannot be held: ${messageOf(error)}`, {cause: error});
  }
}

const causeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause !== undefined ? error.cause : error;
const codeOf = (error: unknown): unknown => (error as {code?: unknown} | undefined)?.code;

async function holdFailure(path: string, location: string, cause: unknown): Promise<ProtectionStoreError> {
  if (codeOf(cause) === "LEVEL_LOCKED") {
    return new ProtectionStoreLockedError(`another process holds ${path}: ${messageOf(cause)}`, {cause});
  }
  if (codeOf(cause) === "LEVEL_IO_ERROR") return await notWritable(path, location, cause);
  return new ProtectionStoreError(`${path} cannot be held: ${messageOf(cause)}`, {cause});
}

/** A lock can only be asked for by who may write to its file: on a read-only mount, or as another user, it would be passed by. */
async function notWritable(path: string, location: string, cause: unknown): Promise<ProtectionStoreError> {
  const hasBeenHeld = await access(join(location, LOCK_FILE)).then(
    () => true,
    () => false,
  );
  if (!hasBeenHeld) {
    const told = `${path} cannot be held, since it is not writable: ${messageOf(cause)}`;
    return new ProtectionStoreNotWritableError(told, {cause});
  }
  return new ProtectionStoreError(
    `${path} has been held by a Mote that may write there, and this one may not, so it cannot see whether that one still runs: ` +
      `let it write to ${location}; or, if no other Mote uses the folder, remove that (${messageOf(cause)})`,
    {cause},
  );
}
