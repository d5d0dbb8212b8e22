export * from "./keys/deposit-data.ts";
export * from "./keys/derivation.ts";
export * from "./keys/disk-key-folder.ts";
export * from "./keys/encrypt-keystore.ts";
export * from "./keys/interop-keys.ts";
export * from "./keys/key-disk.ts";
export * from "./keys/key-files.ts";
export type * from "./keys/key-folder.ts";
export * from "./keys/keystore.ts";
export * from "./keys/keystore-error.ts";
export * from "./keys/keystore-format.ts";
export {DISABLED_SUFFIX, type KeystoreFolders, type ReadKeystore, readKeystore} from "./keys/keystore-listing.ts";
export * from "./keys/load-keystores.ts";
export * from "./keys/mnemonic.ts";
export * from "./keys/offline-messages.ts";
export * from "./keys/prysm-wallet.ts";
export * from "./keys/random-bytes.ts";
export {
  type FailedKeystore,
  type KdfMachine,
  type KeystoreToUnlock,
  kdfBudget,
  thisMachine,
  type UnlockComponents,
  type UnlockedKeystore,
  unlockKeystores,
} from "./keys/unlock-keystores.ts";
export {MNEMONIC_LANGUAGES, type MnemonicLanguage} from "./keys/word-lists.ts";
export * from "./signers/key-ring.ts";
export * from "./signers/local-signer.ts";
export * from "./signers/signable-message.ts";
export * from "./signers/signer.ts";
export * from "./signers/threaded-signer.ts";
export {readPublicKeys} from "./signers/web3signer/public-keys.ts";
export * from "./signers/web3signer/remote-key-list.ts";
export {canonicalSignerUrl, type SignerTls} from "./signers/web3signer/signer-address.ts";
export {SignerHttp} from "./signers/web3signer/signer-http.ts";
export * from "./signers/web3signer/web3signer.ts";
export * from "./signing-gate.ts";
