import {pbkdf2, scrypt} from "node:crypto";
import {promisify} from "node:util";
import {assertNever} from "@mote/core";
import {type Kdf, kdfMemoryBytes} from "./keystore-format.ts";

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

/** NFKD, without C0, C1 and Delete, in UTF-8. https://eips.ethereum.org/EIPS/eip-2335#password-requirements */
export function normalizePassword(password: string): Buffer {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control codes are what is taken out
  return Buffer.from(password.normalize("NFKD").replace(/[\u0000-\u001f\u007f-\u009f]/g, ""), "utf8");
}

/** 32 bytes. Runs on libuv's threads, off the event loop. */
export async function deriveKey(kdf: Kdf, password: Buffer): Promise<Buffer> {
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
