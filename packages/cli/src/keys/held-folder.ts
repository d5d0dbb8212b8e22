import {readdir, rm} from "node:fs/promises";
import {join} from "node:path";
import {type KeystoreFolders, SystemKeyDisk} from "@mote/duty-signing";
import {
  holdDirectory,
  ProtectionStoreError,
  ProtectionStoreLockedError,
  ProtectionStoreNotWritableError,
} from "@mote/slashing-protection";
import {RefusedError} from "../command/refused-error.ts";
import {notWritable} from "../files/not-writable.ts";

/** How a file is called while it is written. */
const UNFINISHED = /^\..+\.unfinished$/;

/**
 * Does `work` while no Mote signs with the keys of the folder, and none can begin to. A folder that is not there is made; what a command that was
 * killed did not finish writing is taken away.
 * @throws {RefusedError} when one does
 */
export async function whileHeld<T>({keystoresDir, secretsDir}: KeystoreFolders, work: () => Promise<T>): Promise<T> {
  await new SystemKeyDisk().makeFolder(keystoresDir).catch((error: unknown) => {
    throw notWritable(keystoresDir, error);
  });
  const hold = await holdDirectory(keystoresDir).catch((error: unknown) => {
    throw explained(keystoresDir, error);
  });
  try {
    for (const folder of [keystoresDir, secretsDir]) await removeUnfinished(folder);
    return await work();
  } finally {
    await hold.release();
  }
}

/** Of no use to anybody, and harmless: where it cannot be taken away it stays. */
async function removeUnfinished(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) if (UNFINISHED.test(name)) await rm(join(folder, name), {force: true}).catch(() => {});
}

function explained(keystoresDir: string, error: unknown): unknown {
  if (error instanceof ProtectionStoreLockedError) {
    return new RefusedError(
      `a running Mote, or another command, uses the keys in ${keystoresDir}: stop it first, or use its Keymanager API; nothing was changed`,
    );
  }
  if (error instanceof ProtectionStoreNotWritableError) return new RefusedError(`${keystoresDir} cannot be written`);
  return error instanceof ProtectionStoreError ? new RefusedError(error.message) : error;
}
