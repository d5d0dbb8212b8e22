/**
 * The domain values that every package speaks in. Brands exist for the compiler only: at run time a `Slot` is a number and a `Pubkey` a
 * lowercase hex string, so they print, compare and serve as map keys as they are.
 */
declare const brand: unique symbol;
type Branded<T, Name extends string> = T & {readonly [brand]: Name};

export type Slot = Branded<number, "Slot">;
export type Epoch = Branded<number, "Epoch">;
export type ValidatorIndex = Branded<number, "ValidatorIndex">;
export type CommitteeIndex = Branded<number, "CommitteeIndex">;
/** 32 bytes as `0x` and 64 lowercase hex digits. */
export type Root = Branded<`0x${string}`, "Root">;
/** A compressed BLS public key, 48 bytes, as `0x` and 96 lowercase hex digits. */
export type Pubkey = Branded<`0x${string}`, "Pubkey">;
/** An address of the execution layer, 20 bytes, as `0x` and 40 lowercase hex digits. */
export type ExecutionAddress = Branded<`0x${string}`, "ExecutionAddress">;
/** A compressed BLS signature, 96 bytes. */
export type Signature = Branded<Uint8Array, "Signature">;

/** 2^64−1 on the wire: "not scheduled", "has not exited". The one epoch above 2^53−1 that Mote knows by name. */
export const FAR_FUTURE_EPOCH = Number.POSITIVE_INFINITY as Epoch;
const FAR_FUTURE_EPOCH_DECIMAL = "18446744073709551615";

export const ROOT_SIZE_BYTES = 32;
export const PUBKEY_SIZE_BYTES = 48;
export const SIGNATURE_SIZE_BYTES = 96;
export const EXECUTION_ADDRESS_SIZE_BYTES = 20;

/** A value from outside that is not what its field promises. The message names the field and what came instead. */
export class InvalidValueError extends Error {
  override name = "InvalidValueError";
}

/**
 * An unsigned integer as the Beacon API writes it (a decimal string) or as JSON may carry it (a number).
 * @throws {InvalidValueError} when it is no integer, is negative, or is above 2^53−1: Mote refuses such a number and never rounds it.
 */
export function parseUint(value: unknown, field: string): number {
  const parsed = typeof value === "string" && /^\d{1,20}$/.test(value) ? Number(value) : value;
  if (typeof parsed === "number" && Number.isSafeInteger(parsed) && parsed >= 0) return parsed;
  throw new InvalidValueError(`${field} must be an integer from 0 to 2^53−1, not ${excerpt(value)}`);
}

export const parseSlot = (value: unknown, field: string): Slot => parseUint(value, field) as Slot;
export const parseValidatorIndex = (value: unknown, field: string): ValidatorIndex =>
  parseUint(value, field) as ValidatorIndex;
export const parseCommitteeIndex = (value: unknown, field: string): CommitteeIndex =>
  parseUint(value, field) as CommitteeIndex;

/** As {@link parseUint}, and 2^64−1 is {@link FAR_FUTURE_EPOCH}. */
export function parseEpoch(value: unknown, field: string): Epoch {
  if (value === FAR_FUTURE_EPOCH || value === FAR_FUTURE_EPOCH_DECIMAL) return FAR_FUTURE_EPOCH;
  return parseUint(value, field) as Epoch;
}

export const parseRoot = (value: unknown, field: string): Root => parseHex(value, ROOT_SIZE_BYTES, field) as Root;
export const parsePubkey = (value: unknown, field: string): Pubkey =>
  parseHex(value, PUBKEY_SIZE_BYTES, field) as Pubkey;

export const parseExecutionAddress = (value: unknown, field: string): ExecutionAddress =>
  parseHex(value, EXECUTION_ADDRESS_SIZE_BYTES, field) as ExecutionAddress;

export function parseSignature(value: unknown, field: string): Signature {
  return hexToBytes(parseHex(value, SIGNATURE_SIZE_BYTES, field)) as Signature;
}

/**
 * `0x`-prefixed hex of exactly `sizeBytes` bytes, in lower case.
 * @throws {InvalidValueError} for any other length or character
 */
export function parseHex(value: unknown, sizeBytes: number, field: string): `0x${string}` {
  if (typeof value === "string" && value.length === 2 + 2 * sizeBytes && /^0x[0-9a-fA-F]*$/.test(value)) {
    return value.toLowerCase() as `0x${string}`;
  }
  throw new InvalidValueError(`${field} must be 0x and ${2 * sizeBytes} hex digits, not ${excerpt(value)}`);
}

export function bytesToHex(bytes: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;
}

/** The reverse of {@link bytesToHex}; takes hex that was checked before (see {@link parseHex}). */
export function hexToBytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), "hex"));
}

export const rootToHex = (root: Uint8Array): Root => bytesToHex(root) as Root;
export const executionAddressToHex = (address: Uint8Array): ExecutionAddress => bytesToHex(address) as ExecutionAddress;
export const pubkeyToHex = (pubkey: Uint8Array): Pubkey => bytesToHex(pubkey) as Pubkey;

/** `0x1234abcd…` for people; never for comparison. */
export const abbreviate = (hex: string): string => (hex.length > 12 ? `${hex.slice(0, 10)}…` : hex);

/** What came from outside, short enough for a log line. */
function excerpt(value: unknown): string {
  // What JSON.parse made may have a `toString` of its own.
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
