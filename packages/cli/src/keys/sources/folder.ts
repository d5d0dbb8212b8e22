import {readdir, stat} from "node:fs/promises";
import {basename} from "node:path";

const KEY_FOLDER = /^(?:0x)?[0-9a-fA-F]{96}$/;

/** What a folder holds that may have to do with keys; names in their order. */
export interface FolderNames {
  readonly files: readonly string[];
  /** Named by a public key. */
  readonly keyFolders: readonly string[];
  has(name: string): boolean;
}

/** Null when there is no such folder. Rejects when it cannot be read. */
export async function readFolder(path: string): Promise<FolderNames | null> {
  const entries = await readdir(path, {withFileTypes: true}).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
    throw error;
  });
  if (entries === null) return null;
  const names = entries.map(({name}) => name).sort();
  const keyFolders = names.filter((name) => KEY_FOLDER.test(name));
  const isKeyFolder = new Set(keyFolders);
  const all = new Set(names);
  return {files: names.filter((name) => !isKeyFolder.has(name)), keyFolders, has: (name) => all.has(name)};
}

export const isThere = async (path: string): Promise<boolean> =>
  await stat(path).then(
    () => true,
    () => false,
  );

/** Files that tools name as keystores, and JSON of no known name; not what lies beside them, and no client's hidden notes. */
export function mayBeKeystore(file: string): boolean {
  const name = basename(file);
  return (
    name.endsWith(".json") &&
    !/^(?:\.|deposit_data|deposit-data|bls_to_execution_change|signed_exit|voluntary_exit|exit)/.test(name)
  );
}
