import {open} from "node:fs/promises";
import {basename, join, resolve} from "node:path";
import {parseYaml} from "@mote/node/config";
import {RefusedError} from "../../command/refused-error.ts";
import {isThere} from "./folder.ts";
import type {FoundKeystore} from "./found-source.ts";

/** Lighthouse's list of keys, in the folder of its validators. */
export const DEFINITIONS_FILE = "validator_definitions.yml";
/** Some 600 bytes a key. */
const SIZE_BYTES_MAX = 16 * 2 ** 20;

/** What a folder's list names. */
export interface DefinedKeys {
  /** Those that were switched off too. */
  readonly keystores: readonly FoundKeystore[];
  /** How many keys a remote signer has: they have no secret to take over. */
  readonly remoteKeys: number;
}

/**
 * @throws {RefusedError} when it cannot be understood: it may name keystores that lie elsewhere
 */
export async function readDefinitions(folder: string, passwordDirs: readonly string[]): Promise<DefinedKeys> {
  const path = join(folder, DEFINITIONS_FILE);
  const parsed = parseYaml(await readText(path));
  if (parsed.kind === "bad") throw new RefusedError(`${path} cannot be read: ${parsed.problem}`);
  const list = plain(parsed.value) ?? [];
  if (!Array.isArray(list)) throw new RefusedError(`${path} cannot be read: it is no list of validators`);
  const found = await Promise.all(list.map((entry: unknown) => readEntry(entry, {folder, passwordDirs})));
  return {
    keystores: found.filter((keystore) => keystore !== null),
    remoteKeys: list.filter((entry: unknown) => fieldsOf(entry).type === "web3signer").length,
  };
}

interface Place {
  readonly folder: string;
  readonly passwordDirs: readonly string[];
}

async function readEntry(entry: unknown, {folder, passwordDirs}: Place): Promise<FoundKeystore | null> {
  const fields = fieldsOf(entry);
  const path = textOf(fields.voting_keystore_path);
  if (fields.type !== "local_keystore" || path === null) return null;
  const pubkey = textOf(fields.voting_public_key) ?? "";
  // Written in a container, the list names places that are elsewhere here.
  const places = [resolve(folder, path), join(folder, pubkey, basename(path)), join(folder, basename(path))];
  const isHere = await Promise.all(places.map(isThere));
  return {
    file: places.find((_, at) => isHere[at]) ?? resolve(folder, path),
    isEnabled: fields.enabled !== "false",
    password: passwordOf(fields, folder),
    passwordDirs,
  };
}

const fieldsOf = (entry: unknown): Readonly<Record<string, unknown>> =>
  (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, unknown>;

function passwordOf(fields: Readonly<Record<string, unknown>>, folder: string): FoundKeystore["password"] {
  const text = textOf(fields.voting_keystore_password);
  if (text !== null) return {kind: "text", text};
  const path = textOf(fields.voting_keystore_password_path);
  return path === null ? null : {kind: "file", path: resolve(folder, path)};
}

const textOf = (value: unknown): string | null =>
  typeof value === "string" && value !== "" && value !== "null" && value !== "~" ? value : null;

const plain = (contents: unknown): unknown =>
  (contents as {toJSON?: () => unknown} | null)?.toJSON === undefined
    ? contents
    : (contents as {toJSON: () => unknown}).toJSON();

async function readText(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const {size} = await file.stat();
    if (size > SIZE_BYTES_MAX) throw new RefusedError(`${path} is larger than ${SIZE_BYTES_MAX} bytes`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
