import {join} from "node:path";
import type {SecretKey} from "@mote/consensus/secret-key";
import {messageOf} from "@mote/core";
import type {KeyFiles} from "./key-files.ts";
import {decryptKeystore} from "./keystore.ts";
import {KeystoreError} from "./keystore-error.ts";
import {type Keystore, kdfMemoryBytes} from "./keystore-format.ts";
import {type KeystoreFolders, listKeystoreFiles, readKeystores, readText} from "./keystore-listing.ts";
import type {MemoryBudget} from "./memory-budget.ts";
import {type FailedKeystore, failureOf, kdfBudget, thisMachine, type UnlockComponents} from "./unlock-keystores.ts";

/** Of a file that holds a password. */
export const PASSWORD_SIZE_BYTES_MAX = 4096;

/** All lists are in the order of the file names. */
export interface LoadedKeystores {
  readonly loaded: readonly SecretKey[];
  readonly failed: readonly FailedKeystore[];
  /** JSON files of another kind that lie in the folder, such as `deposit_data-*.json`. */
  readonly ignored: readonly string[];
}

export interface LoadKeystoresComponents extends UnlockComponents {
  readonly files: KeyFiles;
}

/**
 * Loads every keystore of a folder but those that are disabled; one that fails never stops the others.
 * @throws {KeystoreError} FOLDER_UNREADABLE, when there is no folder to look into
 */
export async function loadKeystores(
  {keystoresDir, secretsDir}: KeystoreFolders,
  {files, machine = thisMachine(), onProgress}: LoadKeystoresComponents,
): Promise<LoadedKeystores> {
  const budget = kdfBudget(machine);
  const candidates = (await listKeystoreFiles(keystoresDir, files)).flatMap(({path, isEnabled}) =>
    isEnabled ? [path] : [],
  );
  const read = await readKeystores(candidates, files);
  const total = read.filter(({kind}) => kind !== "ignored").length;
  let done = 0;
  const count = () => onProgress?.({done: ++done, total});
  for (const {kind} of read) if (kind === "failed") count();

  const keystores = read.flatMap((result) => (result.kind === "keystore" ? [result.keystore] : []));
  const unlocked = await Promise.all(
    groupByPubkey(keystores).map((group) => unlockGroup(group, {secretsDir, files, budget, count})),
  );
  const notKeystores = read.flatMap((result) => (result.kind === "keystore" ? [] : [result]));
  return summarise([...notKeystores, ...unlocked.flat()], candidates);
}

type Result =
  | {readonly kind: "loaded"; readonly file: string; readonly secretKey: SecretKey}
  | {readonly kind: "failed"; readonly failure: FailedKeystore}
  | {readonly kind: "ignored"; readonly file: string};

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

interface GroupComponents {
  readonly secretsDir: string;
  readonly files: KeyFiles;
  readonly budget: MemoryBudget;
  readonly count: () => void;
}

/** Of several files for one key the first that opens counts. */
async function unlockGroup(
  group: readonly Keystore[],
  {secretsDir, files, budget, count}: GroupComponents,
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
