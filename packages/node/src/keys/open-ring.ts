import {availableParallelism} from "node:os";
import {SLOTS_PER_EPOCH} from "@mote/consensus";
import {type Clock, InvalidValueError, type Log, type Pubkey} from "@mote/core";
import {
  DiskKeyFolder,
  interopKeys,
  type KeyFolder,
  type KeyRing,
  KeystoreError,
  loadKeystores,
  openKeyRing,
  SystemKeyDisk,
} from "@mote/duty-signing";
import type {StartConfig} from "../config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";
import type {LocalSecretKeys} from "./key-service.ts";

/** Keystores between two lines of progress. */
const PROGRESS_STEP = 50;

export interface OpenRingInit extends Pick<StartConfig, "keys" | "remoteSigners"> {
  /** Keys may come later, or from elsewhere: none at all is no reason to end. */
  readonly mayBeEmpty: boolean;
}

export interface OpenRing {
  readonly ring: KeyRing;
  /** Null: the keys lie in no folder. */
  readonly folder: KeyFolder | null;
  readonly derivationPaths: ReadonlyMap<Pubkey, string>;
}

/**
 * All keys of this process. Keystores that cannot be used are named, the others run on.
 * @throws {ExitError} when none can be used, or the certificates for remote signers cannot
 */
export async function openRing(
  init: OpenRingInit,
  components: {readonly clock: Clock; readonly log: Log},
): Promise<OpenRing> {
  const {keys, remoteSigners} = init;
  const ring = emptyRing(remoteSigners.tls, components);
  if (keys.kind === "interop") {
    ring.addLocal(interopKeys(keys.indices));
    return {ring, folder: null, derivationPaths: new Map()};
  }
  const folder = new DiskKeyFolder({folders: keys}, {disk: new SystemKeyDisk()});
  try {
    ring.addLocal(await unlock(init, components));
    const {keys: stored} = await folder.list();
    const paths = stored.flatMap(({pubkey, derivationPath}) =>
      derivationPath === null ? [] : [[pubkey, derivationPath] as const],
    );
    return {ring, folder, derivationPaths: new Map(paths)};
  } catch (error) {
    await ring.close();
    throw error;
  }
}

function emptyRing(
  tls: OpenRingInit["remoteSigners"]["tls"],
  components: {readonly clock: Clock; readonly log: Log},
): KeyRing {
  try {
    return openKeyRing({slotsPerEpoch: SLOTS_PER_EPOCH, cores: availableParallelism(), tls}, components);
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    throw new ExitError(`the files for remote signers cannot be used: ${error.message}`, EXIT_NEEDS_HUMAN);
  }
}

async function unlock({keys, mayBeEmpty}: OpenRingInit, {log}: {readonly log: Log}): Promise<LocalSecretKeys> {
  if (keys.kind === "interop") return [];
  const onProgress = ({done, total}: {done: number; total: number}) => {
    if (done % PROGRESS_STEP === 0 || done === total) log.info(`keystores: ${done} of ${total}`);
  };
  try {
    const {loaded, failed} = await loadKeystores(keys, {files: new SystemKeyDisk(), onProgress});
    for (const {file, reason, detail} of failed) log.error(`keystore not used: ${file}`, {reason, detail});
    if (failed.length > 0) log.warn(`${loaded.length} of ${loaded.length + failed.length} keystores are in use`);
    if (loaded.length > 0 || mayBeEmpty) return loaded;
    const why = failed.length > 0 ? "each was refused, as said above" : "the folder has none that is enabled";
    throw new ExitError(`no keystore of ${keys.keystoresDir} can be used: ${why}`, EXIT_NEEDS_HUMAN);
  } catch (error) {
    if (!(error instanceof KeystoreError)) throw error;
    if (mayBeEmpty && codeOf(error.cause) === "ENOENT") return [];
    const hint = "make some by mote keys new, put yours there, or name their folder by --keystores-dir";
    throw new ExitError(`${keys.keystoresDir} cannot be read: ${error.detail}; ${hint}`, EXIT_NEEDS_HUMAN);
  }
}

const codeOf = (error: unknown): unknown => (error as {code?: unknown} | undefined)?.code;
