import {createDecipheriv, createHash} from "node:crypto";
import {SecretKey} from "@mote/consensus/secret-key";
import {deriveKey, normalizePassword} from "./keystore-crypto.ts";
import {KeystoreError} from "./keystore-error.ts";
import type {Keystore, KeystoreCrypto} from "./keystore-format.ts";

/**
 * The key that the keystore locks away. The key derivation runs on libuv's threads, off the event loop.
 * @throws {KeystoreError} WRONG_PASSWORD, INVALID_SECRET or PUBKEY_MISMATCH
 */
export async function decryptKeystore(keystore: Keystore, password: string): Promise<SecretKey> {
  const secret = await decryptMessage(keystore, password);
  const secretKey = secretKeyFromBytes(secret, keystore.file);
  secret.fill(0);
  if (keystore.pubkey !== null && keystore.pubkey !== secretKey.pubkey) {
    const detail = `says ${keystore.pubkey}, but its secret is the key of ${secretKey.pubkey}`;
    throw new KeystoreError("PUBKEY_MISMATCH", keystore.file, detail);
  }
  return secretKey;
}

/** What it locks away, of whatever kind. @throws {KeystoreError} WRONG_PASSWORD */
export async function decryptMessage(
  {kdf, checksum, ciphertext, iv, file}: KeystoreCrypto,
  password: string,
): Promise<Buffer> {
  const derivedKey = await deriveKey(kdf, normalizePassword(password));
  const expected = createHash("sha256").update(derivedKey.subarray(16, 32)).update(ciphertext).digest();
  if (!expected.equals(checksum)) {
    throw new KeystoreError("WRONG_PASSWORD", file, "the password is not this keystore's, or the file is damaged");
  }
  const decipher = createDecipheriv("aes-128-ctr", derivedKey.subarray(0, 16), iv);
  derivedKey.fill(0);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

function secretKeyFromBytes(secret: Buffer, file: string): SecretKey {
  try {
    return SecretKey.fromBytes(secret);
  } catch {
    throw new KeystoreError("INVALID_SECRET", file, "what it holds is no BLS secret key");
  }
}
