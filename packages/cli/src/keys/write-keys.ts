import type {Clock, Pubkey} from "@mote/core";
import {
  type AddedKey,
  type EncryptKeystoreInit,
  encryptKeystore,
  type KeyFolder,
  kdfBudget,
  type NewKeystore,
  type RandomBytes,
  thisMachine,
} from "@mote/duty-signing";
import type {OutputStream} from "../command-io.ts";
import {notWritable} from "../files/not-writable.ts";
import {StoppedError} from "../prompt/stopped-error.ts";
import {kdfProgress} from "./kdf-progress.ts";

/** What scrypt takes for one keystore of the standard cost. */
const SCRYPT_MEMORY_BYTES = 257 * 2 ** 20;

export interface KeyToLock extends Pick<EncryptKeystoreInit, "secretKey" | "derivationPath"> {
  readonly isEnabled: boolean;
}

/** What is to be put into the folder, and whether it is used there. */
export interface KeystoreToWrite extends NewKeystore {
  readonly isEnabled: boolean;
}

export interface WrittenKey {
  readonly pubkey: Pubkey;
  readonly result: AddedKey;
}

export interface LockComponents {
  readonly random: RandomBytes;
  readonly clock: Clock;
  readonly stream: OutputStream;
  readonly stop: AbortSignal;
}

/** Locks keys with one password, as many at a time as the machine has cores and memory for. @returns in the order of `keys` */
export async function lockKeys(
  keys: readonly KeyToLock[],
  {password, kdf}: Pick<EncryptKeystoreInit, "password" | "kdf">,
  {random, clock, stream, stop}: LockComponents,
): Promise<KeystoreToWrite[]> {
  const progress = kdfProgress("locked", {stream, clock});
  const budget = kdfBudget(thisMachine());
  const createdAtSec = Math.floor(clock.nowMs() / 1000);
  let done = 0;
  const lock = async ({secretKey, derivationPath, isEnabled}: KeyToLock): Promise<KeystoreToWrite> => {
    if (stop.aborted) throw new StoppedError();
    const keystore = await encryptKeystore({secretKey, password, derivationPath, kdf, createdAtSec}, {random});
    progress.show({done: ++done, total: keys.length});
    return {...keystore, password, pubkey: secretKey.pubkey, isEnabled};
  };
  const memoryBytes = kdf === "scrypt" ? SCRYPT_MEMORY_BYTES : 0;
  try {
    return await Promise.all(keys.map((key) => budget.run(memoryBytes, () => lock(key))));
  } finally {
    progress.clear();
  }
}

/**
 * Each is there whole, or not at all.
 * @param onWritten after each: what was written stays when a later one fails
 */
export async function writeKeys(
  keystores: readonly KeystoreToWrite[],
  {folder, stop}: {readonly folder: KeyFolder; readonly stop: AbortSignal},
  onWritten: (key: WrittenKey) => void,
): Promise<void> {
  try {
    await folder.addAll(keystores, {onAdded: (pubkey, result) => onWritten({pubkey, result}), signal: stop});
  } catch (error) {
    throw stop.aborted ? new StoppedError() : notWritable(folder.folders.keystoresDir, error);
  }
}
