/** Why a keystore gave no key: the closed list that messages, tests and documentation share. */
export const KEYSTORE_FAILURES = [
  "FOLDER_UNREADABLE",
  "FILE_UNREADABLE",
  "FILE_TOO_LARGE",
  "NOT_JSON",
  /** JSON, and a field that EIP-2335 asks for is missing or not what it must be. */
  "MALFORMED",
  /** Sound, but of a version or with a function that Mote does not know. */
  "UNSUPPORTED",
  /** Its key derivation would take more memory or time than any honest keystore asks for. */
  "KDF_TOO_EXPENSIVE",
  "PASSWORD_MISSING",
  "PASSWORD_UNREADABLE",
  /** The checksum differs. The format cannot tell a wrong password from damaged salt, ciphertext or checksum. */
  "WRONG_PASSWORD",
  /** It decrypts to 32 bytes that are no BLS secret key. */
  "INVALID_SECRET",
  "PUBKEY_MISMATCH",
  "DUPLICATE_KEY",
] as const;
export type KeystoreFailure = (typeof KEYSTORE_FAILURES)[number];

/** A keystore that gave no key. Neither message nor fields ever hold a secret or a password. */
export class KeystoreError extends Error {
  override name = "KeystoreError";
  readonly reason: KeystoreFailure;
  readonly file: string;
  /** What is wrong, without the file's name. */
  readonly detail: string;

  constructor(reason: KeystoreFailure, file: string, detail: string, options?: ErrorOptions) {
    super(`${file}: ${detail} (${reason})`, options);
    this.reason = reason;
    this.file = file;
    this.detail = detail;
  }
}
