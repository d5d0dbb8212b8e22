import {basename, dirname, join, resolve} from "node:path";
import type {Pubkey} from "@mote/core";
import type {KeyDisk} from "./key-disk.ts";
import type {AddAllOptions, AddedKey, KeyFolder, NewKeystore, StoredKey, SwitchedKey} from "./key-folder.ts";
import {KeystoreError} from "./keystore-error.ts";
import {parseKeystore} from "./keystore-format.ts";
import {
  DISABLED_SUFFIX,
  enabledName,
  type KeystoreFile,
  type KeystoreFolders,
  listKeystoreFiles,
  type ReadKeystore,
  readKeystores,
} from "./keystore-listing.ts";
import {PASSWORD_SIZE_BYTES_MAX} from "./load-keystores.ts";
import type {FailedKeystore} from "./unlock-keystores.ts";

/** Enough for the disk to be busy, and little to take back when it is full. */
const ADDED_TOGETHER = 32;

/**
 * Keystores as files beside each other, their passwords in a folder of their own. Changes are made one after another; that no other process makes any
 * is for the holder of the folder to see to.
 */
export class DiskKeyFolder implements KeyFolder {
  readonly folders: KeystoreFolders;
  readonly #disk: KeyDisk;
  /** Of every file that was looked into: a thousand keys are added without reading a thousand files for each. At worst a key is added twice. */
  readonly #pubkeys = new Map<string, Pubkey | null>();
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor({folders}: {readonly folders: KeystoreFolders}, {disk}: {readonly disk: KeyDisk}) {
    this.folders = folders;
    this.#disk = disk;
  }

  async list(): Promise<{readonly keys: readonly StoredKey[]; readonly failed: readonly FailedKeystore[]}> {
    const found = await this.#read(await this.#files());
    return {
      keys: found.flatMap((each) => (each.kind === "key" ? [each.key] : [])),
      failed: found.flatMap((each) => (each.kind === "failed" ? [each.failure] : [])),
    };
  }

  async add(keystore: NewKeystore): Promise<AddedKey> {
    const [result] = await this.#inTurn(() => this.#addTogether([keystore]));
    return result as AddedKey;
  }

  async addAll(keystores: readonly NewKeystore[], {onAdded, signal}: AddAllOptions): Promise<void> {
    for (let start = 0; start < keystores.length; start += ADDED_TOGETHER) {
      signal.throwIfAborted();
      const lot = keystores.slice(start, start + ADDED_TOGETHER);
      const results = await this.#inTurn(() => this.#addTogether(lot));
      for (const [at, {pubkey}] of lot.entries()) onAdded(pubkey, results[at] as AddedKey);
    }
  }

  async remove(pubkey: Pubkey): Promise<"removed" | "absent"> {
    const result = (await this.removeAll([pubkey])).get(pubkey);
    if (result instanceof Error) throw result;
    return result ?? "absent";
  }

  removeAll(pubkeys: readonly Pubkey[]): Promise<ReadonlyMap<Pubkey, "removed" | "absent" | Error>> {
    return this.#inTurn(async () => {
      const before = new Map(this.#pubkeys);
      const {keys, failed} = await this.list();
      const files = Map.groupBy(keys, ({pubkey}) => pubkey);
      // One that held the key when it was last read is a keystore of it still, whatever keeps it from being read now.
      const unread = new Map(failed.map((failure) => [before.get(failure.file) ?? null, failure]));
      for (const {file} of failed) this.#pubkeys.set(file, before.get(file) ?? null);
      const results = new Map<Pubkey, "removed" | "absent" | Error>();
      for (const pubkey of new Set(pubkeys)) {
        const removal = this.#remove(pubkey, {keys: files.get(pubkey) ?? [], unread: unread.get(pubkey) ?? null});
        results.set(pubkey, await removal.catch((error: unknown) => error as Error));
      }
      return results;
    });
  }

  async setEnabled(pubkey: Pubkey, isEnabled: boolean): Promise<SwitchedKey> {
    const result = (await this.setEnabledAll([pubkey], isEnabled)).get(pubkey);
    if (result instanceof Error) throw result;
    return result ?? "absent";
  }

  setEnabledAll(pubkeys: readonly Pubkey[], isEnabled: boolean): Promise<ReadonlyMap<Pubkey, SwitchedKey | Error>> {
    return this.#inTurn(async () => {
      const files = await this.#files();
      const taken = new Set(files.map(({path}) => path));
      // Each file is looked into: none of a key that is disabled may stay behind, whatever was exchanged in the folder meanwhile.
      const found = await this.#read(files);
      const stored = Map.groupBy(
        found.flatMap((each) => (each.kind === "key" ? [each.key] : [])),
        ({pubkey}) => pubkey,
      );
      const results = new Map<Pubkey, SwitchedKey | Error>();
      for (const pubkey of new Set(pubkeys)) {
        const keys = stored.get(pubkey) ?? [];
        const change = isEnabled ? this.#enable(keys, taken) : this.#disable(keys, taken);
        results.set(pubkey, await change.catch((error: unknown) => error as Error));
      }
      return results;
    });
  }

  /** All of them, or none. */
  async #addTogether(keystores: readonly NewKeystore[]): Promise<AddedKey[]> {
    const {keystoresDir, secretsDir} = this.folders;
    const sound = keystores.map(checked);
    const files = await this.#files();
    const taken = new Set(files.map(({path}) => path));
    const present = new Set<Pubkey | null>();
    for (const file of files) present.add(await this.#pubkeyOf(file));
    const results: AddedKey[] = [];
    const secrets: FileToWrite[] = [];
    const stored: (FileToWrite & {readonly pubkey: Pubkey})[] = [];
    for (const {pubkey, password, text, wanted} of sound) {
      results.push(present.has(pubkey) ? "duplicate" : "added");
      if (present.has(pubkey)) continue;
      const path = freePath(join(keystoresDir, wanted), taken);
      present.add(pubkey);
      taken.add(path);
      secrets.push({path: join(secretsDir, pubkey), text: password});
      stored.push({path, text, pubkey});
    }
    if (stored.length === 0) return results;
    for (const folder of [keystoresDir, secretsDir]) await this.#disk.makeFolder(folder);
    try {
      // The passwords first: a keystore without one would be named as failed after a power cut, a password without a keystore disturbs nobody.
      await this.#writeTogether(secrets);
      await this.#writeTogether(stored);
    } catch (error) {
      await this.#takeBack([...stored, ...secrets]);
      throw error;
    }
    for (const {path, pubkey} of stored) this.#pubkeys.set(path, pubkey);
    return results;
  }

  /** At the same time, for the disk to confirm them together. None is being written any more when it rejects. */
  async #writeTogether(files: readonly FileToWrite[]): Promise<void> {
    const results = await Promise.allSettled(files.map(({path, text}) => this.#disk.writeWhole(path, text)));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  /** As far as the disk lets it: why it is needed matters more than what it meets. */
  async #takeBack(files: readonly FileToWrite[]): Promise<void> {
    for (const {path} of files) await this.#disk.removeFile(path).catch(() => {});
  }

  async #remove(
    pubkey: Pubkey,
    {keys, unread}: {readonly keys: readonly StoredKey[]; readonly unread: FailedKeystore | null},
  ): Promise<"removed" | "absent"> {
    if (unread !== null)
      throw new KeystoreError(unread.reason, unread.file, `it was a keystore of this key: ${unread.detail}`);
    if (keys.length === 0) return "absent";
    for (const {file} of keys) {
      await this.#disk.removeFile(file);
      this.#pubkeys.delete(file);
      if (dirname(resolve(file)) !== resolve(this.folders.keystoresDir))
        await this.#disk.removeEmptyFolder(dirname(file));
    }
    await this.#disk.removeFile(join(this.folders.secretsDir, pubkey));
    return "removed";
  }

  async #disable(keys: readonly StoredKey[], taken: Set<string>): Promise<SwitchedKey> {
    const enabled = keys.filter(({isEnabled}) => isEnabled);
    // All of them: any that stayed would be used.
    for (const {file} of enabled) await this.#rename(file, `${file}${DISABLED_SUFFIX}`, taken);
    if (keys.length === 0) return "absent";
    return enabled.length > 0 ? "changed" : "unchanged";
  }

  async #enable(keys: readonly StoredKey[], taken: Set<string>): Promise<SwitchedKey> {
    const [first] = keys;
    if (first === undefined) return "absent";
    if (keys.some(({isEnabled}) => isEnabled)) return "unchanged";
    await this.#rename(first.file, enabledName(first.file), taken);
    return "changed";
  }

  /** @param taken the paths that are in use, kept up to date */
  async #rename(from: string, wanted: string, taken: Set<string>): Promise<void> {
    const to = freePath(wanted, taken);
    await this.#disk.rename(from, to);
    taken.delete(from);
    taken.add(to);
    this.#pubkeys.set(to, this.#pubkeys.get(from) ?? null);
    this.#pubkeys.delete(from);
  }

  async #pubkeyOf(file: KeystoreFile): Promise<Pubkey | null> {
    if (!this.#pubkeys.has(file.path)) await this.#read([file]);
    return this.#pubkeys.get(file.path) ?? null;
  }

  async #read(files: readonly KeystoreFile[]): Promise<Found[]> {
    const results = await readKeystores(
      files.map(({path}) => path),
      this.#disk,
    );
    return files.map((file, at) => this.#found(file, results[at]));
  }

  #found({path, isEnabled}: KeystoreFile, result: ReadKeystore | undefined): Found {
    const keystore = result?.kind === "keystore" ? result.keystore : null;
    this.#pubkeys.set(path, keystore?.pubkey ?? null);
    if (result?.kind === "failed") return result;
    if (keystore === null || keystore.pubkey === null) return {kind: "other"};
    const {pubkey, derivationPath} = keystore;
    return {kind: "key", key: {pubkey, file: path, derivationPath, isEnabled}};
  }

  async #files(): Promise<KeystoreFile[]> {
    try {
      return await listKeystoreFiles(this.folders.keystoresDir, this.#disk);
    } catch (error) {
      const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
      if (cause?.code === "ENOENT") return [];
      throw error;
    }
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#lastChange.then(change, change);
    this.#lastChange = turn.catch(() => {});
    return turn;
  }
}

type Found =
  | {readonly kind: "key"; readonly key: StoredKey}
  | {readonly kind: "failed"; readonly failure: FailedKeystore}
  | {readonly kind: "other"};

interface FileToWrite {
  readonly path: string;
  readonly text: string;
}

interface CheckedKeystore extends Pick<NewKeystore, "pubkey" | "password" | "text"> {
  /** What its file is to be called. */
  readonly wanted: string;
}

/** @throws {KeystoreError} when Mote could not use it afterwards */
function checked({pubkey, text, password, fileName, isEnabled = true}: NewKeystore): CheckedKeystore {
  const isUsual = fileName !== null && /^keystore[\w.-]{0,200}\.json$/.test(fileName);
  const name = isUsual ? fileName : `keystore-${pubkey}.json`;
  const named = namingKey(text, pubkey, name);
  if (Buffer.byteLength(password) > PASSWORD_SIZE_BYTES_MAX) {
    throw new KeystoreError("PASSWORD_UNREADABLE", name, `its password has more than ${PASSWORD_SIZE_BYTES_MAX} bytes`);
  }
  return {pubkey, password, text: named, wanted: isEnabled ? name : `${name}${DISABLED_SUFFIX}`};
}

/** The keystore's text with its public key in it, by which its password is looked up: the format lets it be absent. */
function namingKey(text: string, pubkey: Pubkey, file: string): string {
  const keystore = parseKeystore(text, file);
  if (keystore.pubkey === pubkey) return text;
  if (keystore.pubkey === null) return JSON.stringify({...JSON.parse(text), pubkey: pubkey.slice(2)});
  throw new KeystoreError("PUBKEY_MISMATCH", file, `it says another public key than ${pubkey}`);
}

/** `wanted`, or with a number before its ending when another file has that name. */
function freePath(wanted: string, taken: ReadonlySet<string>): string {
  const [, stem = "", ending = ""] = /^(.*?)((?:\.json)?(?:\.disabled)?)$/.exec(basename(wanted)) ?? [];
  let path = wanted;
  for (let number = 2; taken.has(path); number++) path = join(dirname(wanted), `${stem}-${number}${ending}`);
  return path;
}
