import {availableParallelism} from "node:os";
import type {SecretKey} from "@mote/consensus/secret-key";
import {messageOf, type Pubkey} from "@mote/core";
import {FileTooLargeError} from "./key-files.ts";
import {decryptKeystore} from "./keystore.ts";
import {KeystoreError, type KeystoreFailure} from "./keystore-error.ts";
import {KEYSTORE_SIZE_BYTES_MAX, type Keystore, kdfMemoryBytes, parseKeystore} from "./keystore-format.ts";
import {MemoryBudget} from "./memory-budget.ts";

/** The rest is for what the machine does beside. */
const FREE_MEMORY_SHARE = 0.5;

export interface FailedKeystore {
  readonly file: string;
  /** As the file says it; absent when it does not, or could not be read so far. */
  readonly pubkey?: Pubkey;
  readonly reason: KeystoreFailure;
  readonly detail: string;
}

export interface KeystoreToUnlock {
  /** Names it in failures. */
  readonly name: string;
  /** EIP-2335 JSON, as anybody may have written it. */
  readonly text: string;
  readonly password: string;
}

export type UnlockedKeystore =
  | {readonly kind: "unlocked"; readonly keystore: Keystore; readonly secretKey: SecretKey}
  | {readonly kind: "failed"; readonly failure: FailedKeystore};

/** What the machine has for key derivations. */
export interface KdfMachine {
  readonly freeMemoryBytes: number;
  readonly cores: number;
}

export interface UnlockComponents {
  /** Absent: the machine as it is now. */
  readonly machine?: KdfMachine;
  /** Called after each keystore, unlocked or failed. Must not throw. */
  readonly onProgress?: (progress: {readonly done: number; readonly total: number}) => void;
}

/** What this process may take now, within the limits of its container. */
export const thisMachine = (): KdfMachine => ({
  freeMemoryBytes: process.availableMemory(),
  cores: availableParallelism(),
});

/**
 * Room for key derivations: as many as there are cores (more would not be faster), while they leave half of the free memory alone; one of them in
 * any case. They run on libuv's four threads, on which a running node's records are written too: it names one core, and keeps three of them.
 */
export const kdfBudget = ({freeMemoryBytes, cores}: KdfMachine): MemoryBudget =>
  new MemoryBudget({memoryBytesMax: freeMemoryBytes * FREE_MEMORY_SHARE, jobsMax: cores});

/**
 * Unlocks keystores, each with its own password, as many at a time as the machine has cores and memory for. One that fails never stops the others, so
 * all wrong passwords are known together at the end.
 * @returns in the order of `items`
 */
export async function unlockKeystores(
  items: readonly KeystoreToUnlock[],
  {machine = thisMachine(), onProgress}: UnlockComponents,
): Promise<readonly UnlockedKeystore[]> {
  const budget = kdfBudget(machine);
  let done = 0;
  return Promise.all(
    items.map(async (item) => {
      const result = await unlockOne(item, budget);
      onProgress?.({done: ++done, total: items.length});
      return result;
    }),
  );
}

async function unlockOne({name, text, password}: KeystoreToUnlock, budget: MemoryBudget): Promise<UnlockedKeystore> {
  let pubkey: Pubkey | null = null;
  try {
    if (Buffer.byteLength(text) > KEYSTORE_SIZE_BYTES_MAX) {
      throw new FileTooLargeError(`larger than ${KEYSTORE_SIZE_BYTES_MAX} bytes`);
    }
    const keystore = parseKeystore(text, name);
    pubkey = keystore.pubkey;
    const secretKey = await budget.run(kdfMemoryBytes(keystore.kdf), () => decryptKeystore(keystore, password));
    return {kind: "unlocked", keystore, secretKey};
  } catch (error) {
    return {kind: "failed", failure: failureOf(error, name, pubkey)};
  }
}

export function failureOf(error: unknown, file: string, pubkey: Pubkey | null = null): FailedKeystore {
  const known = pubkey === null ? {} : {pubkey};
  if (error instanceof KeystoreError) return {file, ...known, reason: error.reason, detail: error.detail};
  const reason = error instanceof FileTooLargeError ? "FILE_TOO_LARGE" : "FILE_UNREADABLE";
  return {file, ...known, reason, detail: messageOf(error)};
}
