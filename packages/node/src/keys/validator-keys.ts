import type {FailureReason, Pubkey} from "@mote/core";

/** What became of one item of a request; `message` is for the operator and holds no secret. */
export type ItemResult<Done extends string> =
  | {readonly status: Done}
  | {readonly status: "error"; readonly message: string};

export interface LocalKey {
  readonly pubkey: Pubkey;
  readonly derivationPath: string | null;
  /** It came from where this node may not delete. */
  readonly isReadOnly: boolean;
}

export interface RemoteKeyEntry {
  readonly pubkey: Pubkey;
  readonly url: string | null;
  /** It is the remote signer's own list, or the configuration, that names it. */
  readonly isReadOnly: boolean;
}

/** EIP-2335 text, and the password that should open it. */
export interface KeystoreToImport {
  readonly text: string;
  readonly password: string;
}

export interface DeletedKeys {
  /** In the order of the request. */
  readonly results: readonly ItemResult<"deleted" | "not_active" | "not_found">[];
  /** EIP-3076 JSON of those that are `deleted` or `not_active`, holding their last vote. */
  readonly slashingProtection: string;
}

export type SignedExit =
  | {
      readonly kind: "signed";
      readonly message: {readonly epoch: number; readonly validatorIndex: number};
      /** 96 bytes in hex. */
      readonly signature: string;
    }
  | {readonly kind: "refused"; readonly reason: FailureReason; readonly detail: string};

/** The interchange file of a request cannot be taken in: nothing was imported. */
export class InterchangeRefusedError extends Error {
  override name = "InterchangeRefusedError";
}

/** What an operator may do to the keys of a running node. Requests are carried out one after another; a failed disk write is an error of the item that it befell. */
export interface ValidatorKeys {
  holds(pubkey: Pubkey): boolean;
  localKeys(): readonly LocalKey[];
  /**
   * First the interchange, then the keys: what is imported signs under the duties' own guards, doppelganger protection included.
   * @throws {InterchangeRefusedError} when the interchange is malformed or of another chain; then no key was imported
   */
  importKeystores(
    keystores: readonly KeystoreToImport[],
    interchange: object | null,
  ): Promise<readonly ItemResult<"imported" | "duplicate">[]>;
  /** A key that could not be stopped for sure, or not deleted, or whose records cannot be read, is an error, and no records of it are handed out. */
  deleteKeystores(pubkeys: readonly Pubkey[]): Promise<DeletedKeys>;
  remoteKeys(): readonly RemoteKeyEntry[];
  importRemoteKeys(
    keys: readonly {readonly pubkey: Pubkey; readonly url: string | null}[],
  ): Promise<readonly ItemResult<"imported" | "duplicate">[]>;
  deleteRemoteKeys(pubkeys: readonly Pubkey[]): Promise<readonly ItemResult<"deleted" | "not_found">[]>;
  /** Signs and does not publish. @param epoch null: the present one */
  signVoluntaryExit(pubkey: Pubkey, epoch: number | null): Promise<SignedExit>;
}
