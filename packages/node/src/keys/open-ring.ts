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
import {describeFileError, type StartConfig} from "../config/index.ts";
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
    throw new ExitError(failed.length > 0 ? allRefused(keys) : await noneEnabled(keys), EXIT_NEEDS_HUMAN);
  } catch (error) {
    if (!(error instanceof KeystoreError)) throw error;
    const isThere = codeOf(error.cause) !== "ENOENT";
    if (mayBeEmpty && !isThere) return [];
    throw new ExitError(isThere ? unreadable(keys, error) : noKeys(keys), EXIT_NEEDS_HUMAN);
  }
}

type KeystoreSource = Extract<StartConfig["keys"], {readonly kind: "keystores"}>;

const noKeys = ({keystoresDir}: KeystoreSource): string =>
  `there are no keys in ${keystoresDir}: make some by mote keys new, take them over from another client by mote keys import, name their folder by --keystores-dir, ` +
  "or start with --http and add them by the Keymanager API";

const allRefused = ({keystoresDir}: KeystoreSource): string =>
  `no keystore of ${keystoresDir} can be used: each was refused, as said above`;

const unreadable = ({keystoresDir}: KeystoreSource, {cause}: KeystoreError): string =>
  `${keystoresDir} cannot be read: ${describeFileError(cause)}; give Mote the right to read it, or name another folder by --keystores-dir`;

async function noneEnabled(keys: KeystoreSource): Promise<string> {
  const folder = new DiskKeyFolder({folders: keys}, {disk: new SystemKeyDisk()});
  const {keys: stored, failed} = await folder.list();
  return stored.length + failed.length === 0
    ? noKeys(keys)
    : `all keys in ${keys.keystoresDir} are disabled: mote keys enable has Mote use them again`;
}

const codeOf = (error: unknown): unknown => (error as {code?: unknown} | undefined)?.code;
