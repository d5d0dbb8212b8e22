import {basename, join} from "node:path";
import {
  type FailedKeystore,
  type KeyFiles,
  type Keystore,
  PASSWORD_SIZE_BYTES_MAX,
  readKeystore,
} from "@mote/duty-signing";
import type {FoundKeystore} from "../sources/found-source.ts";

/** A keystore that was read. Its password is null when none lies where its client would have put it. */
export interface FoundKey {
  readonly keystore: Keystore;
  readonly text: string;
  readonly isEnabled: boolean;
  readonly password: string | null;
}

export interface FoundKeys {
  readonly keys: readonly FoundKey[];
  readonly failed: readonly FailedKeystore[];
  /** JSON that is no keystore. */
  readonly others: readonly string[];
}

export interface ReadComponents {
  readonly files: KeyFiles;
  /** Before all others. */
  readonly passwordsDir: string | null;
}

/** Reads keystores and the passwords that lie beside them; nothing is decrypted. What is no keystore at all is passed over. */
export async function readFound(found: readonly FoundKeystore[], components: ReadComponents): Promise<FoundKeys> {
  const keys: FoundKey[] = [];
  const failed: FailedKeystore[] = [];
  const others: string[] = [];
  for (const each of found) {
    const result = await readKeystore(each.file, components.files);
    if (result.kind === "failed") failed.push(result.failure);
    if (result.kind === "ignored") others.push(result.file);
    if (result.kind !== "keystore") continue;
    const {keystore, text} = result;
    const password = await findPassword(each, keystore, components);
    keys.push({keystore, text, isEnabled: each.isEnabled, password});
  }
  return {keys, failed, others};
}

async function findPassword(
  {file, password, passwordDirs}: FoundKeystore,
  {pubkey}: Keystore,
  {files, passwordsDir}: ReadComponents,
): Promise<string | null> {
  if (password?.kind === "text") return password.text;
  const names = [...(pubkey === null ? [] : [pubkey, pubkey.slice(2)]), `${basename(file, ".json")}.txt`];
  const dirs = passwordsDir === null ? passwordDirs : [passwordsDir, ...passwordDirs];
  const places = dirs.flatMap((dir) => names.map((name) => join(dir, name)));
  for (const place of password === null ? places : [password.path, ...places]) {
    const text = await readPassword(place, files);
    if (text !== null) return text;
  }
  return null;
}

/** Null when there is none to be read, whatever the reason: the next place may have it, and else it is asked for. */
async function readPassword(path: string, files: KeyFiles): Promise<string | null> {
  try {
    const bytes = await files.read(path, PASSWORD_SIZE_BYTES_MAX);
    return new TextDecoder("utf-8", {fatal: true}).decode(bytes).replace(/[\r\n]+$/, "");
  } catch {
    return null;
  }
}
