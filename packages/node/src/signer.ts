import {availableParallelism} from "node:os";
import {SLOTS_PER_EPOCH} from "@mote/consensus";
import type {Log} from "@mote/core";
import {
  DiskKeyFiles,
  interopKeys,
  KeystoreError,
  loadKeystores,
  type OwnKeysSigner,
  openOwnKeysSigner,
} from "@mote/duty-signing";
import type {KeySource} from "./config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "./exit-error.ts";

/** Keystores between two lines of progress. */
const PROGRESS_STEP = 50;

/**
 * The signer for the configured keys. Keystores that cannot be used are named, the others run on.
 * @throws {ExitError} when no key can be used
 */
export async function openSigner(keys: KeySource, {log}: {readonly log: Log}): Promise<OwnKeysSigner> {
  const secretKeys = keys.kind === "interop" ? interopKeys(keys.indices) : await unlockKeystores(keys, {log});
  const signaturesAtOnce = secretKeys.length / SLOTS_PER_EPOCH;
  return openOwnKeysSigner({secretKeys, signaturesAtOnce, cores: availableParallelism()});
}

async function unlockKeystores(keys: Extract<KeySource, {kind: "keystores"}>, {log}: {readonly log: Log}) {
  try {
    const onProgress = ({done, total}: {done: number; total: number}) => {
      if (done % PROGRESS_STEP === 0 || done === total) log.info(`keystores: ${done} of ${total}`);
    };
    const {loaded, failed} = await loadKeystores(keys, {files: new DiskKeyFiles(), onProgress});
    for (const {file, reason, detail} of failed) log.error(`keystore not used: ${file}`, {reason, detail});
    if (failed.length > 0) log.warn(`${loaded.length} of ${loaded.length + failed.length} keystores are in use`);
    if (loaded.length > 0) return loaded;
    const why = failed.length > 0 ? "each was refused, as said above" : "the folder has none";
    throw new ExitError(`no keystore of ${keys.keystoresDir} can be used: ${why}`, EXIT_NEEDS_HUMAN);
  } catch (error) {
    if (!(error instanceof KeystoreError)) throw error;
    const hint = "put your keystores there, or name their folder by --keystores-dir";
    throw new ExitError(`${keys.keystoresDir} cannot be read: ${error.detail}; ${hint}`, EXIT_NEEDS_HUMAN);
  }
}
