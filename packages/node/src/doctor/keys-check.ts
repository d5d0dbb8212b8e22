import {constants} from "node:fs";
import {access, readFile, stat} from "node:fs/promises";
import {join} from "node:path";
import {messageOf, type Pubkey} from "@mote/core";
import {
  DiskKeyFolder,
  type FailedKeystore,
  KeystoreError,
  type KeystoreFolders,
  kdfMemoryBytes,
  parseKeystore,
  type StoredKey,
  SystemKeyDisk,
} from "@mote/duty-signing";
import {type Finding, failure, fine, warning} from "./finding.ts";

export interface KeysFacts {
  readonly folders: KeystoreFolders;
  /** Why the folder could not be looked into; null when it could. */
  readonly problem: string | null;
  readonly keys: readonly StoredKey[];
  readonly failed: readonly FailedKeystore[];
  /** Of enabled keys, without a password that can be read. */
  readonly withoutPassword: readonly Pubkey[];
  /** Secrets that other users of this machine may read. */
  readonly exposed: readonly string[];
  /** Of the keystore that takes most. */
  readonly kdfMemoryBytesMax: number;
}

const NAMED_MAX = 3;
/** Read by group or others. */
const READ_BY_OTHERS = 0o044;

/** Looks at keystores and passwords without unlocking anything. */
export async function lookAtKeys(folders: KeystoreFolders): Promise<KeysFacts> {
  const empty = {folders, problem: null, keys: [], failed: [], withoutPassword: [], exposed: [], kdfMemoryBytesMax: 0};
  try {
    const {keys, failed} = await new DiskKeyFolder({folders}, {disk: new SystemKeyDisk()}).list();
    const withoutPassword: Pubkey[] = [];
    const exposed: string[] = [];
    let kdfMemoryBytesMax = 0;
    for (const {pubkey, file, isEnabled} of keys) {
      if (!isEnabled) continue;
      const secret = join(folders.secretsDir, pubkey);
      if (!(await isReadable(secret))) withoutPassword.push(pubkey);
      else if (await isExposed(secret)) exposed.push(secret);
      kdfMemoryBytesMax = Math.max(
        kdfMemoryBytesMax,
        kdfMemoryBytes(parseKeystore(await readFile(file, "utf8"), file).kdf),
      );
    }
    return {...empty, keys, failed, withoutPassword, exposed, kdfMemoryBytesMax};
  } catch (error) {
    if (!(error instanceof KeystoreError)) throw error;
    return {...empty, problem: error.detail};
  }
}

async function isReadable(path: string): Promise<boolean> {
  return await access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}

async function isExposed(path: string): Promise<boolean> {
  try {
    const {mode} = await stat(path);
    return process.platform !== "win32" && (mode & READ_BY_OTHERS) !== 0;
  } catch (error) {
    throw new Error(`${path} vanished while it was looked at: ${messageOf(error)}`, {cause: error});
  }
}

/** @param hasOtherKeys remote signers have keys too, so the folder may be empty */
export function checkKeys(facts: KeysFacts, {hasOtherKeys}: {readonly hasOtherKeys: boolean}): readonly Finding[] {
  const title = "keys";
  const {keystoresDir, secretsDir} = facts.folders;
  if (facts.problem !== null) {
    return [
      failure(title, `${keystoresDir} cannot be looked into: ${facts.problem}`, "Let the user that runs Mote read it."),
    ];
  }
  const enabled = facts.keys.filter(({isEnabled}) => isEnabled);
  const findings: Finding[] = [];
  const disabled = facts.keys.length - enabled.length;
  if (enabled.length === 0 && !hasOtherKeys) {
    const detail =
      disabled === 0 ? `${keystoresDir} has no keystore` : `all ${disabled} keys of ${keystoresDir} are disabled`;
    const advice =
      disabled === 0
        ? "Make keys (mote keys new), or take them over (mote keys import)."
        : "mote keys enable puts them to use again.";
    findings.push(failure(title, detail, advice));
  } else {
    const note = disabled === 0 ? "" : `, ${disabled} disabled`;
    findings.push(fine(title, `${enabled.length} in ${keystoresDir}${note}`));
  }
  if (facts.failed.length > 0) {
    const list = some(facts.failed.map(({file, detail}) => `${file}: ${detail}`));
    findings.push(
      failure(
        title,
        `keystores that cannot be used: ${list}`,
        "Put back a good copy, or make them anew: mote keys recover.",
      ),
    );
  }
  const twice = repeated(enabled.map(({pubkey}) => pubkey));
  if (twice.length > 0) {
    findings.push(
      warning(
        title,
        `there twice: ${some(twice.map(short))}`,
        "Keep one keystore of each key; the first that opens is used.",
      ),
    );
  }
  if (facts.withoutPassword.length > 0) {
    const detail = `no readable password for ${facts.withoutPassword.length}: ${some(facts.withoutPassword.map(short))}`;
    findings.push(
      failure(title, detail, `Put each password into a file of its own: ${join(secretsDir, "0x<public key>")}.`),
    );
  }
  if (facts.exposed.length > 0) {
    findings.push(
      warning(
        title,
        `other users of this machine can read ${some(facts.exposed)}`,
        `chmod 700 ${secretsDir}; chmod 600 ${secretsDir}/*`,
      ),
    );
  }
  return findings;
}

const repeated = (items: readonly Pubkey[]): Pubkey[] => [
  ...new Set(items.filter((item, at) => items.indexOf(item) !== at)),
];

const some = (items: readonly string[]): string =>
  items.length <= NAMED_MAX
    ? items.join(", ")
    : `${items.slice(0, NAMED_MAX).join(", ")} and ${items.length - NAMED_MAX} more`;

const short = (pubkey: Pubkey): string => `${pubkey.slice(0, 18)}…`;
