import {createDecipheriv, createHash, pbkdf2, scrypt} from "node:crypto";
import {promisify} from "node:util";
import {SecretKey} from "@mote/consensus/secret-key";
import {assertNever} from "@mote/core";
import {KeystoreError} from "./keystore-error.ts";
import {type Kdf, type Keystore, kdfMemoryBytes} from "./keystore-format.ts";

const DERIVED_KEY_SIZE_BYTES = 32;
// OpenSSL counts a little more than the formula's bytes before it refuses.
const SCRYPT_MEMORY_SLACK_BYTES = 64 * 1024;

const pbkdf2Async = promisify(pbkdf2);
const scryptAsync = promisify<
  string | Buffer,
  Buffer,
  number,
  {N: number; r: number; p: number; maxmem: number},
  Buffer
>(scrypt);

/**
 * The key that the keystore locks away. The key derivation runs on libuv's threads, off the event loop.
 * @throws {KeystoreError} WRONG_PASSWORD, INVALID_SECRET or PUBKEY_MISMATCH
 */
export async function decryptKeystore(keystore: Keystore, password: string): Promise<SecretKey> {
  const derivedKey = await deriveKey(keystore.kdf, normalizePassword(password));
  const secret = decrypt(keystore, derivedKey);
  derivedKey.fill(0);
  const secretKey = secretKeyFromBytes(secret, keystore.file);
  secret.fill(0);
  if (keystore.pubkey !== null && keystore.pubkey !== secretKey.pubkey) {
    const detail = `says ${keystore.pubkey}, but its secret is the key of ${secretKey.pubkey}`;
    throw new KeystoreError("PUBKEY_MISMATCH", keystore.file, detail);
  }
  return secretKey;
}

/** NFKD, without C0, C1 and Delete, in UTF-8. https://eips.ethereum.org/EIPS/eip-2335#password-requirements */
function normalizePassword(password: string): Buffer {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control codes are what is taken out
  return Buffer.from(password.normalize("NFKD").replace(/[\u0000-\u001f\u007f-\u009f]/g, ""), "utf8");
}

async function deriveKey(kdf: Kdf, password: Buffer): Promise<Buffer> {
  switch (kdf.function) {
    case "pbkdf2":
      return pbkdf2Async(password, kdf.salt, kdf.c, DERIVED_KEY_SIZE_BYTES, "sha256");
    case "scrypt": {
      const maxmem = kdfMemoryBytes(kdf) + 256 * kdf.r + SCRYPT_MEMORY_SLACK_BYTES;
      return scryptAsync(password, kdf.salt, DERIVED_KEY_SIZE_BYTES, {N: kdf.n, r: kdf.r, p: kdf.p, maxmem});
    }
    default:
      return assertNever(kdf);
  }
}

function decrypt({checksum, ciphertext, iv, file}: Keystore, derivedKey: Buffer): Buffer {
  const expected = createHash("sha256").update(derivedKey.subarray(16, 32)).update(ciphertext).digest();
  if (!expected.equals(checksum)) {
    throw new KeystoreError("WRONG_PASSWORD", file, "the password is not this keystore's, or the file is damaged");
  }
  const decipher = createDecipheriv("aes-128-ctr", derivedKey.subarray(0, 16), iv);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

function secretKeyFromBytes(secret: Buffer, file: string): SecretKey {
  try {
    return SecretKey.fromBytes(secret);
  } catch {
    throw new KeystoreError("INVALID_SECRET", file, "what it holds is no BLS secret key");
  }
}
