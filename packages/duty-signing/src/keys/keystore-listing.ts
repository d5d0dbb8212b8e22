import {join} from "node:path";
import {messageOf} from "@mote/core";
import {FileTooLargeError, type KeyFiles} from "./key-files.ts";
import {KeystoreError} from "./keystore-error.ts";
import {KEYSTORE_SIZE_BYTES_MAX, type Keystore, parseKeystore} from "./keystore-format.ts";
import {MemoryBudget} from "./memory-budget.ts";
import {type FailedKeystore, failureOf} from "./unlock-keystores.ts";

/** After the name of a keystore that is to stay in its folder without being used. */
export const DISABLED_SUFFIX = ".disabled";
const LIGHTHOUSE_NAME = "voting-keystore.json";
const IN_LIGHTHOUSE_FOLDER = /^voting-keystore(-\d+)?\.json(\.disabled)?$/;

/** Files that are read at once. */
const FILES_AT_ONCE_MAX = 16;

export interface KeystoreFolders {
  /** Holds `*.json` keystores, or Lighthouse's `0x<pubkey>/voting-keystore.json`. */
  readonly keystoresDir: string;
  /** Holds one password a key: `0x<pubkey>`. */
  readonly secretsDir: string;
}

export interface KeystoreFile {
  readonly path: string;
  readonly isEnabled: boolean;
}

export type ReadKeystore =
  | {readonly kind: "keystore"; readonly keystore: Keystore; readonly text: string}
  | {readonly kind: "failed"; readonly failure: FailedKeystore}
  /** JSON of another kind. */
  | {readonly kind: "ignored"; readonly file: string};

/**
 * What may be keystores, in the order of the names.
 * @throws {KeystoreError} FOLDER_UNREADABLE; its `cause` is what the system said
 */
export async function listKeystoreFiles(keystoresDir: string, files: KeyFiles): Promise<KeystoreFile[]> {
  const names = await listSorted(keystoresDir, files);
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(keystoresDir, name);
      if (!/^0x[0-9a-fA-F]{96}$/.test(name)) return isKeystoreName(name) ? [path] : [];
      // A folder that cannot be looked into is told of as the keystore that it should have.
      const inside = await listSorted(path, files).catch(() => [LIGHTHOUSE_NAME]);
      return inside.flatMap((each) => (IN_LIGHTHOUSE_FOLDER.test(each) ? [join(path, each)] : []));
    }),
  );
  return found.flat().map((path) => ({path, isEnabled: !path.endsWith(DISABLED_SUFFIX)}));
}

export const enabledName = (name: string): string =>
  name.endsWith(DISABLED_SUFFIX) ? name.slice(0, -DISABLED_SUFFIX.length) : name;

const isKeystoreName = (name: string): boolean => enabledName(name).endsWith(".json");

async function listSorted(folder: string, files: KeyFiles): Promise<string[]> {
  try {
    return [...(await files.list(folder))].sort();
  } catch (error) {
    throw new KeystoreError("FOLDER_UNREADABLE", folder, messageOf(error), {cause: error});
  }
}

/** As {@link readKeystore} with each of them, a few at once; in their order. */
export function readKeystores(paths: readonly string[], files: KeyFiles): Promise<ReadKeystore[]> {
  const few = new MemoryBudget({memoryBytesMax: 0, jobsMax: FILES_AT_ONCE_MAX});
  return Promise.all(paths.map((path) => few.run(0, () => readKeystore(path, files))));
}

/** Reads and parses; nothing is decrypted. Never rejects. */
export async function readKeystore(path: string, files: KeyFiles): Promise<ReadKeystore> {
  const isNamedKeystore = /(^|[/\\])(voting-)?keystore[^/\\]*$/.test(path);
  try {
    const text = await readText(path, KEYSTORE_SIZE_BYTES_MAX, files);
    if (!isNamedKeystore && !looksLikeKeystore(text)) return {kind: "ignored", file: path};
    return {kind: "keystore", keystore: parseKeystore(text, path), text};
  } catch (error) {
    // Deposit data of many keys is large, and no keystore.
    if (error instanceof FileTooLargeError && !isNamedKeystore) return {kind: "ignored", file: path};
    return {kind: "failed", failure: failureOf(error, path)};
  }
}

/** @throws when it cannot be read, is larger than `sizeBytesMax`, or is no UTF-8 */
export async function readText(path: string, sizeBytesMax: number, files: KeyFiles): Promise<string> {
  return new TextDecoder("utf-8", {fatal: true}).decode(await files.read(path, sizeBytesMax));
}

/** Only asked of files that are not named as keystores. What is no JSON may be a damaged one, and is not passed over in silence. */
function looksLikeKeystore(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "crypto" in value;
  } catch {
    return true;
  }
}
