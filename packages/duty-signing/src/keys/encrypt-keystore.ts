import {createCipheriv, createHash} from "node:crypto";
import type {SecretKey} from "@mote/consensus/secret-key";
import {assertNever} from "@mote/core";
import {deriveKey, normalizePassword} from "./keystore-crypto.ts";
import type {Kdf} from "./keystore-format.ts";
import type {RandomBytes} from "./random-bytes.ts";

const SALT_SIZE_BYTES = 32;
const IV_SIZE_BYTES = 16;
const UUID_SIZE_BYTES = 16;

export interface EncryptKeystoreInit {
  readonly secretKey: SecretKey;
  readonly password: string;
  /** EIP-2334, such as `m/12381/3600/0/0/0`; null when nobody knows it. */
  readonly derivationPath: string | null;
  /** With the cost that EIP-2335 shows and every tool writes. `scrypt` takes 256 MiB and about a second, on either side. */
  readonly kdf: "scrypt" | "pbkdf2";
  /** Unix seconds, for the file's name. */
  readonly createdAtSec: number;
  readonly description?: string;
}

export interface EncryptedKeystore {
  /** JSON, version 4. */
  readonly text: string;
  /** `keystore-m_12381_3600_0_0_0-<unix seconds>.json`, as every tool names it; without a derivation path the public key stands in its place. */
  readonly fileName: string;
}

/** https://eips.ethereum.org/EIPS/eip-2335. The key derivation runs on libuv's threads, off the event loop. */
export async function encryptKeystore(
  init: EncryptKeystoreInit,
  {random}: {readonly random: RandomBytes},
): Promise<EncryptedKeystore> {
  const {secretKey, derivationPath} = init;
  const kdf = standardKdf(init.kdf, Buffer.from(random.bytes(SALT_SIZE_BYTES)));
  const iv = Buffer.from(random.bytes(IV_SIZE_BYTES));
  const derivedKey = await deriveKey(kdf, normalizePassword(init.password));
  const secret = secretKey.toBytes();
  const cipher = createCipheriv("aes-128-ctr", derivedKey.subarray(0, 16), iv);
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
  const checksum = createHash("sha256").update(derivedKey.subarray(16, 32)).update(ciphertext).digest("hex");
  secret.fill(0);
  derivedKey.fill(0);
  const keystore = {
    crypto: {
      kdf: kdfModule(kdf),
      checksum: {function: "sha256", params: {}, message: checksum},
      cipher: {function: "aes-128-ctr", params: {iv: iv.toString("hex")}, message: ciphertext.toString("hex")},
    },
    ...(init.description === undefined ? {} : {description: init.description}),
    pubkey: secretKey.pubkey.slice(2),
    path: derivationPath ?? "",
    uuid: uuidOf(random.bytes(UUID_SIZE_BYTES)),
    version: 4,
  };
  const name = derivationPath?.replaceAll("/", "_") ?? secretKey.pubkey;
  return {text: JSON.stringify(keystore), fileName: `keystore-${name}-${init.createdAtSec}.json`};
}

function standardKdf(name: EncryptKeystoreInit["kdf"], salt: Buffer): Kdf {
  switch (name) {
    case "scrypt":
      return {function: "scrypt", n: 262_144, r: 8, p: 1, salt};
    case "pbkdf2":
      return {function: "pbkdf2", c: 262_144, salt};
    default:
      return assertNever(name);
  }
}

function kdfModule(kdf: Kdf): object {
  const salt = kdf.salt.toString("hex");
  const params =
    kdf.function === "scrypt"
      ? {dklen: 32, n: kdf.n, r: kdf.r, p: kdf.p, salt}
      : {dklen: 32, c: kdf.c, prf: "hmac-sha256", salt};
  return {function: kdf.function, params, message: ""};
}

/** RFC 9562, version 4. */
function uuidOf(random: Uint8Array): string {
  const bytes = Buffer.from(random);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
