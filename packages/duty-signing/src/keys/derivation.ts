import {createHash, hkdfSync} from "node:crypto";
import {SecretKey} from "@mote/consensus/secret-key";
import {InvalidValueError} from "@mote/core";

const CURVE_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
const SEED_SIZE_BYTES_MIN = 32;
const LAMPORT_CHUNKS = 255;
const CHUNK_SIZE_BYTES = 32;
/** L of HKDF_mod_r: ceil((3 * ceil(log2(r))) / 16). */
const MOD_R_SIZE_BYTES = 48;
/** `m/12381/3600`: BLS12-381, and ETH in the list of coins. */
const PURPOSE_AND_COIN = [12381, 3600];
const INDEX_MAX = 2 ** 32 - 1;

/** https://eips.ethereum.org/EIPS/eip-2334#validator-keys */
export const signingKeyPath = (index: number): string => `m/12381/3600/${index}/0/0`;
/** The key above the signing key. Only a withdrawal key of BLS (0x00 credentials) has a use for it. */
export const withdrawalKeyPath = (index: number): string => `m/12381/3600/${index}/0`;

/** @throws {InvalidValueError} for a seed under 32 bytes, or an index that is no integer from 0 to 2^32−1 */
export const deriveSigningKey = (seed: Uint8Array, index: number): SecretKey =>
  deriveKeyAt(seed, [...PURPOSE_AND_COIN, index, 0, 0]);

/** As {@link deriveSigningKey}. */
export const deriveWithdrawalKey = (seed: Uint8Array, index: number): SecretKey =>
  deriveKeyAt(seed, [...PURPOSE_AND_COIN, index, 0]);

/**
 * The key at the end of `path`, whose first step is a child of the master key. https://eips.ethereum.org/EIPS/eip-2333
 * @throws {InvalidValueError} for a seed under 32 bytes, or a step that is no integer from 0 to 2^32−1
 */
export function deriveKeyAt(seed: Uint8Array, path: readonly number[]): SecretKey {
  if (seed.length < SEED_SIZE_BYTES_MIN) throw new InvalidValueError("the seed must have 32 bytes or more");
  let secret = hkdfModR(seed);
  for (const index of path) {
    const parent = secret;
    secret = hkdfModR(compressedLamportKey(parent, index));
    parent.fill(0);
  }
  const key = SecretKey.fromBytes(secret);
  secret.fill(0);
  return key;
}

/** A number below the curve's order and above zero, as 32 bytes. */
function hkdfModR(material: Uint8Array): Buffer {
  const input = Buffer.concat([material, Uint8Array.of(0)]);
  let salt: Uint8Array = Buffer.from("BLS-SIG-KEYGEN-SALT-", "ascii");
  let scalar = 0n;
  while (scalar === 0n) {
    salt = sha256(salt);
    const output = hkdf(input, salt, Uint8Array.of(0, MOD_R_SIZE_BYTES), MOD_R_SIZE_BYTES);
    scalar = BigInt(`0x${output.toString("hex")}`) % CURVE_ORDER;
    output.fill(0);
  }
  input.fill(0);
  return Buffer.from(scalar.toString(16).padStart(64, "0"), "hex");
}

function compressedLamportKey(parent: Uint8Array, index: number): Buffer {
  const salt = uint32(index);
  const flipped = parent.map((byte) => byte ^ 0xff);
  const hash = createHash("sha256");
  for (const material of [parent, flipped]) {
    const chunks = hkdf(material, salt, new Uint8Array(), LAMPORT_CHUNKS * CHUNK_SIZE_BYTES);
    for (let at = 0; at < chunks.length; at += CHUNK_SIZE_BYTES) {
      hash.update(sha256(chunks.subarray(at, at + CHUNK_SIZE_BYTES)));
    }
    chunks.fill(0);
  }
  flipped.fill(0);
  return hash.digest();
}

function uint32(index: number): Buffer {
  if (!Number.isInteger(index) || index < 0 || index > INDEX_MAX) {
    throw new InvalidValueError(`a key's index must be an integer from 0 to 2^32−1, not ${index}`);
  }
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(index);
  return bytes;
}

const hkdf = (material: Uint8Array, salt: Uint8Array, info: Uint8Array, sizeBytes: number): Buffer =>
  Buffer.from(hkdfSync("sha256", material, salt, info, sizeBytes));

const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
