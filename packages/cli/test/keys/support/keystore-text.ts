import {createCipheriv, createHash, pbkdf2Sync} from "node:crypto";
import {interopKeys} from "@mote/duty-signing";

const SALT = Buffer.alloc(32, 1);
const IV = Buffer.alloc(16, 2);

export const KEYS = interopKeys([0, 1, 2, 3]);
export const keyOf = (index: number) => KEYS[index]!;
export const pubkeyOf = (index: number) => keyOf(index).pubkey;
export const PASSWORD = "Kieselstein 7";

/** https://eips.ethereum.org/EIPS/eip-2335, with pbkdf2 of two rounds. */
export function lock(message: Uint8Array, password: string): object {
  const derived = pbkdf2Sync(password.normalize("NFKD"), SALT, 2, 32, "sha256");
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), IV);
  const ciphertext = Buffer.concat([cipher.update(message), cipher.final()]);
  const checksum = createHash("sha256").update(derived.subarray(16)).update(ciphertext).digest();
  const params = {dklen: 32, c: 2, prf: "hmac-sha256", salt: SALT.toString("hex")};
  return {
    kdf: {function: "pbkdf2", params, message: ""},
    checksum: {function: "sha256", params: {}, message: checksum.toString("hex")},
    cipher: {function: "aes-128-ctr", params: {iv: IV.toString("hex")}, message: ciphertext.toString("hex")},
  };
}

/** The keystore of interop key `index`. */
export function keystoreText(index: number, {password = PASSWORD, hasPubkey = true} = {}): string {
  const key = keyOf(index);
  return JSON.stringify({
    crypto: lock(key.toBytes(), password),
    ...(hasPubkey ? {pubkey: key.pubkey.slice(2)} : {}),
    path: `m/12381/3600/${index}/0/0`,
    uuid: "11111111-2222-4333-8444-555555555555",
    version: 4,
  });
}

/** Prysm's store of all accounts. */
export function walletText(indices: readonly number[], password = PASSWORD): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const accounts = {
    private_keys: indices.map((index) => base64(keyOf(index).toBytes())),
    public_keys: indices.map((index) => base64(Buffer.from(pubkeyOf(index).slice(2), "hex"))),
  };
  const crypto = lock(Buffer.from(JSON.stringify(accounts, null, "\t")), password);
  return JSON.stringify({crypto, uuid: "11111111-2222-4333-8444-555555555555", version: 4, name: "keystore"});
}
