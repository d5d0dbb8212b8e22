import {createCipheriv, createHash, pbkdf2Sync} from "node:crypto";
import type {KeyShare} from "./cluster.ts";

/** For keys that everyone knows, and cheap to unlock. */
const PASSWORD = "devnet key share";
const ROUNDS = 2;

export interface KeystoreFiles {
  /** Contents by file name: what `--keystores-dir` names. */
  readonly keystores: ReadonlyMap<string, string>;
  /** As above, for `--secrets-dir`. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** An operator's shares as the deposit tools leave keys. */
export function shareKeystores(shares: readonly KeyShare[]): KeystoreFiles {
  return {
    keystores: new Map(shares.map((share, index) => [`keystore-${index}.json`, JSON.stringify(keystore(share))])),
    secrets: new Map(shares.map(({pubkey}) => [pubkey, PASSWORD])),
  };
}

/** https://eips.ethereum.org/EIPS/eip-2335; salt, IV and UUID are made of the public key. */
function keystore({secretKey, pubkey}: KeyShare): object {
  const digest = createHash("sha256").update(pubkey).digest();
  const iv = digest.subarray(0, 16);
  const derived = pbkdf2Sync(PASSWORD, digest, ROUNDS, 32, "sha256");
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(secretKey.toBytes()), cipher.final()]);
  const checksum = createHash("sha256").update(derived.subarray(16)).update(ciphertext).digest();
  const params = {dklen: 32, c: ROUNDS, prf: "hmac-sha256", salt: digest.toString("hex")};
  return {
    version: 4,
    uuid: uuidOf(digest),
    path: "",
    pubkey: pubkey.slice(2),
    crypto: {
      kdf: {function: "pbkdf2", params, message: ""},
      checksum: {function: "sha256", params: {}, message: checksum.toString("hex")},
      cipher: {function: "aes-128-ctr", params: {iv: iv.toString("hex")}, message: ciphertext.toString("hex")},
    },
  };
}

/** RFC 9562, version 8: made of a digest. */
function uuidOf(digest: Buffer): string {
  const hex = digest.toString("hex", 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
