import {basename, join} from "node:path";
import type {Clock, Pubkey} from "@mote/core";
import {
  DiskKeyFiles,
  DiskKeyFolder,
  KEYSTORE_SIZE_BYTES_MAX,
  type KeyFolder,
  KeystoreError,
  type KeystoreToUnlock,
  PASSWORD_SIZE_BYTES_MAX,
  type StoredKey,
  SystemKeyDisk,
  type UnlockedKeystore,
  unlockKeystores,
} from "@mote/duty-signing";
import {describeFileError} from "@mote/node/config";
import {RefusedError} from "../command/refused-error.ts";
import {counted} from "../command/say.ts";
import type {CommandIo} from "../command-io.ts";
import type {Prompter} from "../prompt/prompter.ts";
import {readSecretFile} from "../prompt/secret-file.ts";
import {kdfProgress} from "./kdf-progress.ts";

export type SecretKey = Extract<UnlockedKeystore, {readonly kind: "unlocked"}>["secretKey"];

/** Where the keystores of a command's keys are, and what opens them. Paths are absolute. */
export interface KeySource {
  readonly keystoresDir: string;
  readonly secretsDir: string;
  /** One password for all; null: that of each key in the secrets folder, else asked for. */
  readonly passwordFile: string | null;
}

export interface FolderKeysComponents {
  readonly io: Pick<CommandIo, "stderr">;
  readonly prompter: Prompter;
  readonly clock: Clock;
}

const PASSWORD_FLAG = "--password-file";

export function keySourceOf({
  values,
  datadir,
  absolute,
}: {
  readonly values: {
    readonly keystoresDir: string | null;
    readonly secretsDir: string | null;
    readonly passwordFile: string | null;
  };
  readonly datadir: string;
  absolute(path: string): string;
}): KeySource {
  const {keystoresDir, secretsDir, passwordFile} = values;
  return {
    keystoresDir: absolute(keystoresDir ?? join(datadir, "validator_keys")),
    secretsDir: absolute(secretsDir ?? join(datadir, "secrets")),
    passwordFile: passwordFile === null ? null : absolute(passwordFile),
  };
}

/**
 * The keystores of the folder, one for each key.
 * @throws {RefusedError} when the folder, or a keystore in it, cannot be read
 */
export async function storedKeys({keystoresDir, secretsDir}: KeySource): Promise<readonly StoredKey[]> {
  const folder = new DiskKeyFolder({folders: {keystoresDir, secretsDir}}, {disk: new SystemKeyDisk()});
  const {keys, failed} = await keysIn(folder);
  const [bad] = failed;
  if (bad !== undefined) throw new RefusedError(`${bad.file} cannot be used: ${bad.detail}`);
  return [...new Map(keys.toReversed().map((key) => [key.pubkey, key])).values()].reverse();
}

/** As the folder does. @throws {RefusedError} when it cannot be read */
export async function keysIn(folder: Pick<KeyFolder, "list" | "folders">): ReturnType<KeyFolder["list"]> {
  return await folder.list().catch((error: unknown) => {
    if (!(error instanceof KeystoreError)) throw error;
    throw new RefusedError(`${folder.folders.keystoresDir} cannot be read: ${describeFileError(error.cause)}`);
  });
}

/**
 * Unlocks all of `keys`, or none: what fails is named together.
 * @throws {RefusedError} for wrong and missing passwords
 */
export async function unlockStored(
  keys: readonly StoredKey[],
  source: KeySource,
  {io, prompter, clock}: FolderKeysComponents,
): Promise<ReadonlyMap<Pubkey, SecretKey>> {
  const passwordOf = await passwords(keys, source, prompter);
  const items: KeystoreToUnlock[] = await Promise.all(
    keys.map(async ({pubkey, file}) => ({
      name: file,
      text: await readKeystoreText(file),
      password: passwordOf.get(pubkey) ?? "",
    })),
  );
  const progress = kdfProgress("unlocked", {stream: io.stderr, clock});
  const results = await unlockKeystores(items, {onProgress: (now) => progress.show(now)});
  progress.clear();
  const failures = results.flatMap((result) => (result.kind === "failed" ? [result.failure] : []));
  if (failures.length > 0) {
    const lines = failures.map(({file, detail}) => `${basename(file)}: ${detail}`);
    throw new RefusedError(`${counted(failures.length, "keystore")} cannot be opened:\n  ${lines.join("\n  ")}`);
  }
  return new Map(
    results.flatMap((result) => (result.kind === "unlocked" ? [[result.secretKey.pubkey, result.secretKey]] : [])),
  );
}

async function passwords(
  keys: readonly StoredKey[],
  {secretsDir, passwordFile}: KeySource,
  prompter: Prompter,
): Promise<ReadonlyMap<Pubkey, string>> {
  const shared = passwordFile === null ? null : await readSecretFile(passwordFile, PASSWORD_FLAG);
  const found = new Map<Pubkey, string>();
  const left: Pubkey[] = [];
  for (const {pubkey} of keys) {
    const password = shared ?? (await storedPassword(join(secretsDir, pubkey)));
    if (password === null) left.push(pubkey);
    else found.set(pubkey, password);
  }
  if (left.length === 0) return found;
  const text = `The password of ${left.length === 1 ? "the keystore" : `${left.length} keystores`}:`;
  const asked = await prompter.askHidden({text, flag: `${PASSWORD_FLAG} <file>`});
  for (const pubkey of left) found.set(pubkey, asked);
  return found;
}

/** Null when there is none. */
async function storedPassword(path: string): Promise<string | null> {
  try {
    const bytes = await new DiskKeyFiles().read(path, PASSWORD_SIZE_BYTES_MAX);
    return Buffer.from(bytes)
      .toString("utf8")
      .replace(/[\r\n]+$/, "");
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    throw new RefusedError(`${path} cannot be read: ${message}`);
  }
}

/** @throws {RefusedError} when it cannot be read */
export async function readKeystoreText(path: string): Promise<string> {
  try {
    return Buffer.from(await new DiskKeyFiles().read(path, KEYSTORE_SIZE_BYTES_MAX)).toString("utf8");
  } catch (error) {
    throw new RefusedError(`${path} cannot be read: ${(error as Error).message}`);
  }
}
