import {DiskKeyFolder, KeystoreError, type KeystoreFolders, type RemoteKey, SystemKeyDisk} from "@mote/duty-signing";
import type {StartConfig} from "../config/index.ts";

export interface KnownKeysInit extends Pick<StartConfig, "keys" | "remoteSigners"> {
  /** Those that the Keymanager API added. */
  readonly added: readonly RemoteKey[];
}

/**
 * Whether any key may be meant for this Mote, in use or not. A remote signer stands for keys, whatever it lists now: while it loads them it lists none.
 */
export async function hasKeys({keys, remoteSigners, added}: KnownKeysInit): Promise<boolean> {
  if (keys.kind === "interop" || added.length > 0 || remoteSigners.urls.length > 0) return true;
  return await hasKeystores(keys);
}

async function hasKeystores(folders: KeystoreFolders): Promise<boolean> {
  try {
    const {keys, failed} = await new DiskKeyFolder({folders}, {disk: new SystemKeyDisk()}).list();
    return keys.length > 0 || failed.length > 0;
  } catch (error) {
    // Who loads the keys says what is wrong with the folder.
    if (error instanceof KeystoreError) return true;
    throw error;
  }
}
