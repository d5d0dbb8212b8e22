import {ssz} from "@mote/consensus";
import {
  type Attestation,
  type AttestationData,
  type Checkpoint,
  hexToBytes,
  InvalidValueError,
  parseEpoch,
  parseRoot,
  parseSignature,
  parseSlot,
  parseUint,
} from "@mote/core";

/** Shapes that several routes share, from JSON. All throw {@link InvalidValueError} naming the field. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function parseObject(value: unknown, field: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new InvalidValueError(`${field} must be an object`);
}

export function parseList(value: unknown, field: string, itemsMax: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new InvalidValueError(`${field} must be a list`);
  if (value.length > itemsMax) throw new InvalidValueError(`${field} has ${value.length} items, more than ${itemsMax}`);
  return value;
}

export function parseBoolean(value: unknown, field: string): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidValueError(`${field} must be true or false`);
}

export function parseText(value: unknown, field: string, charactersMax: number): string {
  if (typeof value === "string" && value.length <= charactersMax) return value;
  throw new InvalidValueError(`${field} must be a string of at most ${charactersMax} characters`);
}

/** `execution_optimistic`; a node that leaves it out means false (the OpenAPI says so). */
export const parseOptimistic = (body: JsonObject): boolean =>
  body.execution_optimistic === undefined || body.execution_optimistic === null
    ? false
    : parseBoolean(body.execution_optimistic, "execution_optimistic");

/** The `data` that nearly every answer wraps its content in. */
export const dataOf = (body: unknown): JsonObject => parseObject(parseObject(body, "answer").data, "data");

export function parseCheckpoint(value: unknown, field: string): Checkpoint {
  const checkpoint = parseObject(value, field);
  return {
    epoch: parseEpoch(checkpoint.epoch, `${field}.epoch`),
    root: parseRoot(checkpoint.root, `${field}.root`),
  };
}

export function parseAttestationData(value: unknown): AttestationData {
  const data = parseObject(value, "data");
  return {
    slot: parseSlot(data.slot, "slot"),
    index: parseUint(data.index, "index"),
    beaconBlockRoot: parseRoot(data.beacon_block_root, "beacon_block_root"),
    source: parseCheckpoint(data.source, "source"),
    target: parseCheckpoint(data.target, "target"),
  };
}

/** electra/beacon-chain.md: MAX_VALIDATORS_PER_COMMITTEE × MAX_COMMITTEES_PER_SLOT of the mainnet preset, the largest there is. */
const AGGREGATION_BITS_MAX = 131_072;
/** Of the preset that the SSZ types were made with. */
export const COMMITTEES_PER_SLOT_MAX = ssz.electra.Attestation.fields.committeeBits.lengthBits;

export function parseAttestation(value: unknown): Attestation {
  const attestation = parseObject(value, "attestation");
  return {
    aggregationBits: parseBitlist(attestation.aggregation_bits, "aggregation_bits", AGGREGATION_BITS_MAX),
    committeeBits: parseBitvector(attestation.committee_bits, "committee_bits", COMMITTEES_PER_SLOT_MAX),
    data: parseAttestationData(attestation.data),
    signature: parseSignature(attestation.signature, "signature"),
  };
}

type Bits = Attestation["aggregationBits"];

function parseBitlist(value: unknown, field: string, lengthMax: number): Bits {
  const bytes = parseBytes(value, field, (lengthMax >> 3) + 1);
  const last = bytes.at(-1) ?? 0;
  if (last === 0) throw new InvalidValueError(`${field} lacks its length bit`);
  // The highest bit set of the last byte marks the length and is no bit of the list.
  const topBit = 31 - Math.clz32(last);
  const length = (bytes.length - 1) * 8 + topBit;
  if (length > lengthMax) throw new InvalidValueError(`${field} has ${length} bits, more than ${lengthMax}`);
  bytes[bytes.length - 1] = last & ~(1 << topBit);
  return {bits: bytes.subarray(0, Math.ceil(length / 8)), length};
}

function parseBitvector(value: unknown, field: string, length: number): Bits {
  const sizeBytes = Math.ceil(length / 8);
  const bits = parseBytes(value, field, sizeBytes);
  const unused = sizeBytes * 8 - length;
  if (bits.length !== sizeBytes || (bits.at(-1) ?? 0) >> (8 - unused) !== 0) {
    throw new InvalidValueError(`${field} must have ${length} bits`);
  }
  return {bits, length};
}

function parseBytes(value: unknown, field: string, sizeBytesMax: number): Uint8Array {
  if (typeof value === "string" && value.length <= 2 + 2 * sizeBytesMax && /^0x([0-9a-fA-F]{2})+$/.test(value)) {
    return hexToBytes(value);
  }
  throw new InvalidValueError(`${field} must be 0x and hex bytes, at most ${sizeBytesMax}`);
}

/** Hex of exactly `sizeBytes` bytes. Made for large ones: a regular expression over a blob takes longer than all the rest of its block. */
export function parseSizedBytes(value: unknown, sizeBytes: number, field: string): Uint8Array {
  if (typeof value === "string" && value.length === 2 + 2 * sizeBytes && value.startsWith("0x")) {
    // Stops at the first character that is no hex digit.
    const bytes = Buffer.from(value.slice(2), "hex");
    if (bytes.length === sizeBytes) return new Uint8Array(bytes);
  }
  throw new InvalidValueError(`${field} must be 0x and ${2 * sizeBytes} hex digits`);
}
