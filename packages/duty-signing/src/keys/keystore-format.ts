import {type Pubkey, parsePubkey} from "@mote/core";
import {KeystoreError} from "./keystore-error.ts";

/** Real keystores have about 1 kB; descriptions may be long. */
export const KEYSTORE_SIZE_BYTES_MAX = 64 * 1024;

// Every tool writes scrypt with n=2^18, r=8 (256 MiB) or pbkdf2 with c=2^18. What asks for far more is an attack or damage.
const SCRYPT_MEMORY_BYTES_MAX = 2 ** 30;
const SCRYPT_WORK_MAX = 2 ** 24;
const PBKDF2_ROUNDS_MAX = 2 ** 24;
const SALT_SIZE_BYTES_MAX = 1024;
const SECRET_SIZE_BYTES = 32;

export type Kdf =
  | {readonly function: "scrypt"; readonly n: number; readonly r: number; readonly p: number; readonly salt: Buffer}
  | {readonly function: "pbkdf2"; readonly c: number; readonly salt: Buffer};

/** What of an EIP-2335 version 4 keystore is needed for what it locks away. The derived key has 32 bytes, the checksum is SHA-256, the cipher AES-128-CTR. */
export interface KeystoreCrypto {
  /** Names it in errors. */
  readonly file: string;
  readonly kdf: Kdf;
  readonly checksum: Buffer;
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
}

/** One that locks away a BLS secret key. */
export interface Keystore extends KeystoreCrypto {
  /** Null when the file does not say it, which the format allows. */
  readonly pubkey: Pubkey | null;
  /** EIP-2334, such as `m/12381/3600/0/0/0`; null when the file says none, or no such path. */
  readonly derivationPath: string | null;
}

/** Bytes of memory that deriving the keystore's key takes. */
export function kdfMemoryBytes(kdf: Kdf): number {
  return kdf.function === "scrypt" ? 128 * kdf.r * (kdf.n + kdf.p) : 0;
}

/**
 * https://eips.ethereum.org/EIPS/eip-2335#json-schema
 * @param file names the keystore in errors
 * @throws {KeystoreError} NOT_JSON, MALFORMED, UNSUPPORTED or KDF_TOO_EXPENSIVE
 */
export function parseKeystore(text: string, file: string): Keystore {
  const root = new Fields(parseJson(text, file), "the keystore", file);
  const crypto = readCrypto(root, file, {sizeBytesMin: SECRET_SIZE_BYTES, sizeBytesMax: SECRET_SIZE_BYTES});
  return {...crypto, pubkey: readPubkey(root), derivationPath: readDerivationPath(root)};
}

/** As {@link parseKeystore}, for one that locks away something else than a key. */
export const parseKeystoreCrypto = (text: string, file: string, messageSizeBytesMax: number): KeystoreCrypto =>
  readCrypto(new Fields(parseJson(text, file), "the keystore", file), file, {
    sizeBytesMin: 0,
    sizeBytesMax: messageSizeBytesMax,
  });

function readCrypto(
  root: Fields,
  file: string,
  {sizeBytesMin, sizeBytesMax}: {readonly sizeBytesMin: number; readonly sizeBytesMax: number},
): KeystoreCrypto {
  const version = root.value("version");
  if (version !== 4) throw new KeystoreError("UNSUPPORTED", file, "only version 4 (EIP-2335) is known");
  const crypto = root.fields("crypto");
  const checksum = crypto.fields("checksum").ofFunction("sha256");
  const cipher = crypto.fields("cipher").ofFunction("aes-128-ctr");
  return {
    file,
    kdf: readKdf(crypto.fields("kdf")),
    checksum: checksum.hex("message", 32, 32),
    iv: cipher.fields("params").hex("iv", 16, 16),
    ciphertext: cipher.hex("message", sizeBytesMin, sizeBytesMax),
  };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the file, which may be a misplaced secret.
    throw new KeystoreError("NOT_JSON", file, "not JSON");
  }
}

function readPubkey(root: Fields): Pubkey | null {
  const value = root.optional("pubkey");
  if (value === undefined || value === "") return null;
  if (typeof value !== "string") throw root.malformed("pubkey", "a string");
  try {
    return parsePubkey(value.startsWith("0x") ? value : `0x${value}`, "pubkey");
  } catch {
    throw root.malformed("pubkey", "96 hex digits");
  }
}

/** Nothing depends on it, so a path of another kind is passed over and refuses no key. */
function readDerivationPath(root: Fields): string | null {
  const path = root.optional("path");
  return typeof path === "string" && /^m(\/\d{1,10}){1,10}$/.test(path) ? path : null;
}

function readKdf(kdf: Fields): Kdf {
  const params = kdf.fields("params");
  const name = kdf.value("function");
  if (name === "scrypt") return readScrypt(params);
  if (name === "pbkdf2") return readPbkdf2(params);
  throw kdf.unsupported("function");
}

function readScrypt(params: Fields): Kdf {
  const [n, r, p] = [params.count("n"), params.count("r"), params.count("p")];
  const salt = readSaltAndLength(params);
  // RFC 7914, section 2: n is a power of two above 1 and below 2^(128 * r / 8).
  if (n < 2 || !Number.isInteger(Math.log2(n)) || Math.log2(n) >= 16 * r)
    throw params.malformed("n", "a power of two that fits r");
  if (128 * n * r > SCRYPT_MEMORY_BYTES_MAX || n * r * p > SCRYPT_WORK_MAX) {
    throw params.tooExpensive(`scrypt with n=${n}, r=${r}, p=${p}`);
  }
  return {function: "scrypt", n, r, p, salt};
}

function readPbkdf2(params: Fields): Kdf {
  const c = params.count("c");
  const salt = readSaltAndLength(params);
  if (params.value("prf") !== "hmac-sha256") throw params.unsupported("prf");
  if (c > PBKDF2_ROUNDS_MAX) throw params.tooExpensive(`pbkdf2 with c=${c}`);
  return {function: "pbkdf2", c, salt};
}

function readSaltAndLength(params: Fields): Buffer {
  if (params.count("dklen") !== 32) throw params.malformed("dklen", "32");
  return params.hex("salt", 0, SALT_SIZE_BYTES_MAX);
}

/** Reads the members of one JSON object, naming the path of what is wrong. */
class Fields {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #file: string;

  constructor(value: unknown, path: string, file: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new KeystoreError("MALFORMED", file, `${path} must be an object`);
    }
    this.#members = value as Record<string, unknown>;
    this.#path = path;
    this.#file = file;
  }

  optional(name: string): unknown {
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined;
  }

  value(name: string): unknown {
    const value = this.optional(name);
    if (value === undefined) throw this.malformed(name, "there");
    return value;
  }

  fields(name: string): Fields {
    return new Fields(this.value(name), this.#at(name), this.#file);
  }

  ofFunction(name: string): this {
    if (this.value("function") !== name) throw this.unsupported("function");
    return this;
  }

  /** An integer from 1 to 2^32−1. */
  count(name: string): number {
    const value = this.value(name);
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value < 2 ** 32) return value;
    throw this.malformed(name, "an integer from 1 to 2^32−1");
  }

  hex(name: string, sizeBytesMin: number, sizeBytesMax: number): Buffer {
    const value = this.value(name);
    if (typeof value === "string" && value.length <= 2 * sizeBytesMax && /^(?:[0-9a-fA-F]{2})*$/.test(value)) {
      if (value.length >= 2 * sizeBytesMin) return Buffer.from(value, "hex");
    }
    throw this.malformed(name, sizeBytesMin === sizeBytesMax ? `${2 * sizeBytesMax} hex digits` : "hex bytes");
  }

  malformed(name: string, expected: string): KeystoreError {
    return new KeystoreError("MALFORMED", this.#file, `${this.#at(name)} must be ${expected}`);
  }

  unsupported(name: string): KeystoreError {
    return new KeystoreError("UNSUPPORTED", this.#file, `${this.#at(name)} is not one that Mote knows`);
  }

  tooExpensive(what: string): KeystoreError {
    return new KeystoreError("KDF_TOO_EXPENSIVE", this.#file, `${what} asks for more than any real keystore does`);
  }

  #at(name: string): string {
    return this.#path === "the keystore" ? name : `${this.#path}.${name}`;
  }
}
