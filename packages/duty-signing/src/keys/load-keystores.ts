import {join} from "node:path";
import type {SecretKey} from "@mote/consensus/secret-key";
import {messageOf, type Pubkey} from "@mote/core";
import {FileTooLargeError, type KeyFiles} from "./key-files.ts";
import {decryptKeystore} from "./keystore.ts";
import {KeystoreError, type KeystoreFailure} from "./keystore-error.ts";
import {KEYSTORE_SIZE_BYTES_MAX, type Keystore, kdfMemoryBytes, parseKeystore} from "./keystore-format.ts";
import {MemoryBudget} from "./memory-budget.ts";

/**
 * Room for two standard scrypt keystores at a time (256 MiB and a little each): on a Pi more would not be faster, and beyond its memory
 * it would be the end.
 */
export const KDF_MEMORY_BYTES_MAX = 520 * 2 ** 20;
const FILES_AT_ONCE_MAX = 16;
const PASSWORD_SIZE_BYTES_MAX = 4096;

export interface KeystoreFolders {
  /** Holds `*.json` keystores, or Lighthouse's `0x<pubkey>/voting-keystore.json`. */
  readonly keystoresDir: string;
  /** Holds one password a key: `0x<pubkey>`. */
  readonly secretsDir: string;
}

export interface FailedKeystore {
  readonly file: string;
  /** As the file says it; absent when it does not, or could not be read so far. */
  readonly pubkey?: Pubkey;
  readonly reason: KeystoreFailure;
  readonly detail: string;
}

/** All lists are in the order of the file names. */
export interface LoadedKeystores {
  readonly loaded: readonly SecretKey[];
  readonly failed: readonly FailedKeystore[];
  /** JSON files of another kind that lie in the folder, such as `deposit_data-*.json`. */
  readonly ignored: readonly string[];
}

export interface LoadKeystoresComponents {
  readonly files: KeyFiles;
  /** Called after each keystore, loaded or failed. Must not throw. */
  readonly onProgress?: (progress: {readonly done: number; readonly total: number}) => void;
}

/**
 * Loads every keystore of a folder; one that fails never stops the others.
 * @throws {KeystoreError} FOLDER_UNREADABLE, when there is no folder to look into
 */
export async function loadKeystores(
  {keystoresDir, secretsDir}: KeystoreFolders,
  {files, onProgress}: LoadKeystoresComponents,
): Promise<LoadedKeystores> {
  const budget = new MemoryBudget({memoryBytesMax: KDF_MEMORY_BYTES_MAX, jobsMax: FILES_AT_ONCE_MAX});
  const candidates = await listCandidates(keystoresDir, files);
  let done = 0;
  const count = () => onProgress?.({done: ++done, total: candidates.length});

  const read = await Promise.all(candidates.map((file) => budget.run(0, () => readKeystore(file, files))));
  for (const result of read) if (result.kind !== "keystore") count();

  const keystores = read.flatMap((result) => (result.kind === "keystore" ? [result.keystore] : []));
  const unlocked = await Promise.all(
    groupByPubkey(keystores).map((group) => unlockOne(group, {secretsDir, files, budget, count})),
  );
  return summarise([...read, ...unlocked.flat()], candidates);
}

type Result =
  | {readonly kind: "keystore"; readonly keystore: Keystore}
  | {readonly kind: "loaded"; readonly file: string; readonly secretKey: SecretKey}
  | {readonly kind: "failed"; readonly failure: FailedKeystore}
  | {readonly kind: "ignored"; readonly file: string};

async function listCandidates(keystoresDir: string, files: KeyFiles): Promise<string[]> {
  let names: readonly string[];
  try {
    names = await files.list(keystoresDir);
  } catch (error) {
    throw new KeystoreError("FOLDER_UNREADABLE", keystoresDir, messageOf(error));
  }
  return [...names].sort().flatMap((name) => {
    if (name.endsWith(".json")) return [join(keystoresDir, name)];
    return /^0x[0-9a-fA-F]{96}$/.test(name) ? [join(keystoresDir, name, "voting-keystore.json")] : [];
  });
}

async function readKeystore(file: string, files: KeyFiles): Promise<Result> {
  const named = /(^|[/\\])(voting-)?keystore[^/\\]*$/.test(file);
  try {
    const text = await readText(file, KEYSTORE_SIZE_BYTES_MAX, files);
    if (!named && !looksLikeKeystore(text)) return {kind: "ignored", file};
    return {kind: "keystore", keystore: parseKeystore(text, file)};
  } catch (error) {
    const failure = failureOf(error, file);
    // Deposit data of many keys is large, and no keystore.
    return failure.reason === "FILE_TOO_LARGE" && !named ? {kind: "ignored", file} : {kind: "failed", failure};
  }
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

/** Keystores that say no public key stand alone. */
function groupByPubkey(keystores: readonly Keystore[]): Keystore[][] {
  const groups = new Map<string, Keystore[]>();
  for (const keystore of keystores) {
    const id = keystore.pubkey ?? keystore.file;
    const group = groups.get(id);
    if (group) group.push(keystore);
    else groups.set(id, [keystore]);
  }
  return [...groups.values()];
}

interface UnlockComponents {
  readonly secretsDir: string;
  readonly files: KeyFiles;
  readonly budget: MemoryBudget;
  readonly count: () => void;
}

/** Of several files for one key the first that opens counts. */
async function unlockOne(
  group: readonly Keystore[],
  {secretsDir, files, budget, count}: UnlockComponents,
): Promise<Result[]> {
  const results: Result[] = [];
  let openedFile: string | undefined;
  for (const keystore of group) {
    const {file} = keystore;
    try {
      if (openedFile !== undefined)
        throw new KeystoreError("DUPLICATE_KEY", file, `its key was loaded from ${openedFile}`);
      const secretKey = await budget.run(kdfMemoryBytes(keystore.kdf), async () =>
        decryptKeystore(keystore, await readPassword(keystore, secretsDir, files)),
      );
      results.push({kind: "loaded", file, secretKey});
      openedFile = file;
    } catch (error) {
      results.push({kind: "failed", failure: failureOf(error, file, keystore.pubkey)});
    }
    count();
  }
  return results;
}

async function readPassword({pubkey, file}: Keystore, secretsDir: string, files: KeyFiles): Promise<string> {
  if (pubkey === null)
    throw new KeystoreError("PASSWORD_MISSING", file, "it says no public key to look up a password by");
  const path = join(secretsDir, pubkey);
  try {
    // Editors end a file with a newline that is no part of the password.
    return (await readText(path, PASSWORD_SIZE_BYTES_MAX, files)).replace(/[\r\n]+$/, "");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (missing) throw new KeystoreError("PASSWORD_MISSING", file, `there is no ${path}`);
    throw new KeystoreError("PASSWORD_UNREADABLE", file, `${path}: ${messageOf(error)}`);
  }
}

async function readText(path: string, sizeBytesMax: number, files: KeyFiles): Promise<string> {
  return new TextDecoder("utf-8", {fatal: true}).decode(await files.read(path, sizeBytesMax));
}

function failureOf(error: unknown, file: string, pubkey: Pubkey | null = null): FailedKeystore {
  const known = pubkey === null ? {} : {pubkey};
  if (error instanceof KeystoreError) return {file, ...known, reason: error.reason, detail: error.detail};
  const reason = error instanceof FileTooLargeError ? "FILE_TOO_LARGE" : "FILE_UNREADABLE";
  return {file, ...known, reason, detail: messageOf(error)};
}

function summarise(results: readonly Result[], order: readonly string[]): LoadedKeystores {
  const place = new Map(order.map((file, index) => [file, index]));
  const byFile = (a: {file: string}, b: {file: string}) => (place.get(a.file) ?? 0) - (place.get(b.file) ?? 0);
  return {
    loaded: results
      .flatMap((result) => (result.kind === "loaded" ? [result] : []))
      .sort(byFile)
      .map(({secretKey}) => secretKey),
    failed: results.flatMap((result) => (result.kind === "failed" ? [result.failure] : [])).sort(byFile),
    ignored: results.flatMap((result) => (result.kind === "ignored" ? [result.file] : [])),
  };
}
