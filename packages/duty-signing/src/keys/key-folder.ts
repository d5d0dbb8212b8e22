import type {Pubkey} from "@mote/core";
import type {KeystoreFolders} from "./keystore-listing.ts";
import type {FailedKeystore} from "./unlock-keystores.ts";

/** A keystore in the folder, as its file tells: nothing was decrypted. */
export interface StoredKey {
  readonly pubkey: Pubkey;
  /** Absolute. */
  readonly file: string;
  /** EIP-2334; null when the file does not say it. */
  readonly derivationPath: string | null;
  /** False: it stays in the folder and no Mote uses it. */
  readonly isEnabled: boolean;
}

/** A keystore whose password was proven to open it. */
export interface NewKeystore {
  readonly pubkey: Pubkey;
  /** EIP-2335 JSON. */
  readonly text: string;
  readonly password: string;
  /** Without a folder; null: made from the public key. */
  readonly fileName: string | null;
  /** False: it is disabled from its first moment in the folder. True when it is not said. */
  readonly isEnabled?: boolean;
}

export type AddedKey = "added" | "duplicate";

export type SwitchedKey = "changed" | "unchanged" | "absent";

export interface AddAllOptions {
  /** For each, in their order, as soon as what became of it is on disk for good. */
  readonly onAdded: (pubkey: Pubkey, result: AddedKey) => void;
  /** Nothing is added after it: the call rejects with its reason. */
  readonly signal: AbortSignal;
}

/** The keystores and passwords of one data directory. What it says is done is on disk for good; what failed left nothing half-done. */
export interface KeyFolder {
  readonly folders: KeystoreFolders;
  /** In the order of the file names. Rejects when the folder cannot be read; one that is not there is empty. */
  list(): Promise<{readonly keys: readonly StoredKey[]; readonly failed: readonly FailedKeystore[]}>;
  /** The password is there before the keystore is. `duplicate`: a keystore of this key is in the folder, and stays as it is. */
  add(keystore: NewKeystore): Promise<AddedKey>;
  /** As `add` for each, and faster: the disk confirms several at a time. Those that `onAdded` was told of stay when a later one fails. */
  addAll(keystores: readonly NewKeystore[], options: AddAllOptions): Promise<void>;
  /** Takes every keystore of the key and its password away. `absent`: there was none. */
  remove(pubkey: Pubkey): Promise<"removed" | "absent">;
  /** As `remove` for each, in their order, and faster: the folder is looked through once. An error is that of one key; it rejects when none was tried. */
  removeAll(pubkeys: readonly Pubkey[]): Promise<ReadonlyMap<Pubkey, "removed" | "absent" | Error>>;
  /** Disables every keystore of the key, or enables one. */
  setEnabled(pubkey: Pubkey, isEnabled: boolean): Promise<SwitchedKey>;
  /** As `setEnabled` for each, with what `removeAll` says of speed and errors. */
  setEnabledAll(pubkeys: readonly Pubkey[], isEnabled: boolean): Promise<ReadonlyMap<Pubkey, SwitchedKey | Error>>;
}
