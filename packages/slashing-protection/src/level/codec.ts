import {crc32} from "node:zlib";
import {
  type AttestationRecord,
  type BlockRecord,
  type Epoch,
  hexToBytes,
  PUBKEY_SIZE_BYTES,
  type Pubkey,
  ROOT_SIZE_BYTES,
  rootToHex,
  type Slot,
} from "@mote/core";
import {DamagedStoreError} from "../errors.ts";
import type {ProposalSummary} from "../rules/proposal-rules.ts";
import type {VoteSummary} from "../rules/vote-rules.ts";
import type {Entry, KeyRange} from "./protection-database.ts";

/**
 * The store's layout, schema version 1. All integers are big-endian, so that byte order is number order and the history of a key is
 * one range. A record is its key; several may stand for one target or slot, since an import may hold what should not exist.
 *
 *     00 name                                       a fact about the store
 *     01 pubkey(48)                                 the key's summary
 *     02 pubkey(48) target(8) source(8) root(0|32)  a vote; no root when an import did not say it
 *     03 pubkey(48) slot(8) root(0|32)              a proposal
 *
 * Every value ends with the CRC-32 of its key and itself: LevelDB does not check what it reads back.
 */
const KIND = {meta: 0, summary: 1, vote: 2, proposal: 3} as const;

/** Every key of every kind. */
export const EVERYTHING: KeyRange = {from: Uint8Array.of(0), before: Uint8Array.of(0xff)};

const UINT_SIZE_BYTES = 8;
const CHECKSUM_SIZE_BYTES = 4;
const PREFIX_SIZE_BYTES = 1 + PUBKEY_SIZE_BYTES;

export interface KeySummary {
  /** Null while the key has voted (proposed) nothing. */
  readonly votes: VoteSummary | null;
  readonly proposals: ProposalSummary | null;
}

export function encodeMeta(name: string, value: string): Entry {
  return sealed(Buffer.concat([Buffer.of(KIND.meta), Buffer.from(name)]), Buffer.from(value));
}

export const metaKey = (name: string): Uint8Array => encodeMeta(name, "").key;

export function decodeMeta(entry: Entry): string {
  return Buffer.from(unsealed(entry)).toString();
}

/** The keys of one validator's records. Built once a validator, since every request uses them. */
export class RecordCodec {
  readonly summaryKey: Uint8Array;
  readonly votes: KeyRange;
  readonly proposals: KeyRange;
  readonly #votePrefix: Buffer;
  readonly #proposalPrefix: Buffer;

  constructor(pubkey: Pubkey) {
    const prefix = (kind: number) => Buffer.concat([Buffer.of(kind), hexToBytes(pubkey)]);
    this.summaryKey = prefix(KIND.summary);
    this.#votePrefix = prefix(KIND.vote);
    this.#proposalPrefix = prefix(KIND.proposal);
    this.votes = rangeOf(this.#votePrefix);
    this.proposals = rangeOf(this.#proposalPrefix);
  }

  encodeVote(vote: AttestationRecord): Entry {
    const key = Buffer.concat([
      this.#votePrefix,
      uints(vote.targetEpoch, vote.sourceEpoch),
      rootBytes(vote.signingRoot),
    ]);
    return sealed(key, NOTHING);
  }

  encodeProposal(proposal: BlockRecord): Entry {
    return sealed(
      Buffer.concat([this.#proposalPrefix, uints(proposal.slot), rootBytes(proposal.signingRoot)]),
      NOTHING,
    );
  }

  /** The votes on record for one target. */
  votesAt(targetEpoch: Epoch): KeyRange {
    return rangeOf(Buffer.concat([this.#votePrefix, uints(targetEpoch)]));
  }

  /** The proposals on record for one slot. */
  proposalsAt(slot: Slot): KeyRange {
    return rangeOf(Buffer.concat([this.#proposalPrefix, uints(slot)]));
  }

  encodeSummary({votes, proposals}: KeySummary): Entry {
    const flags = (votes === null ? 0 : 1) | (proposals === null ? 0 : 2);
    const fields = [
      votes?.watermark.sourceEpoch,
      votes?.watermark.targetEpoch,
      votes?.newestSourceEpoch,
      votes?.newestTargetEpoch,
      proposals?.watermarkSlot,
      proposals?.newestSlot,
      proposals?.keptCount,
    ];
    return sealed(this.summaryKey, Buffer.concat([Buffer.of(flags), uints(...fields.map((field) => field ?? 0))]));
  }
}

export function decodeVote(entry: Entry): AttestationRecord {
  const body = recordBody(entry, 2 * UINT_SIZE_BYTES);
  return {
    targetEpoch: readUint(body, 0) as Epoch,
    sourceEpoch: readUint(body, 1) as Epoch,
    signingRoot: readRoot(body, 2),
  };
}

export function decodeProposal(entry: Entry): BlockRecord {
  const body = recordBody(entry, UINT_SIZE_BYTES);
  return {slot: readUint(body, 0) as Slot, signingRoot: readRoot(body, 1)};
}

export function decodeSummary(entry: Entry): KeySummary {
  const value = unsealed(entry);
  if (value.length !== 1 + 7 * UINT_SIZE_BYTES) throw new DamagedStoreError("a summary has the wrong length");
  const flags = value[0] ?? 0;
  const fields = value.subarray(1);
  const votes = {
    watermark: {sourceEpoch: readUint(fields, 0) as Epoch, targetEpoch: readUint(fields, 1) as Epoch},
    newestSourceEpoch: readUint(fields, 2) as Epoch,
    newestTargetEpoch: readUint(fields, 3) as Epoch,
  };
  const proposals = {
    watermarkSlot: readUint(fields, 4) as Slot,
    newestSlot: readUint(fields, 5) as Slot,
    keptCount: readUint(fields, 6),
  };
  return {votes: flags & 1 ? votes : null, proposals: flags & 2 ? proposals : null};
}

const NOTHING = Buffer.alloc(0);

function uints(...values: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * UINT_SIZE_BYTES);
  values.forEach((value, index) => {
    bytes.writeBigUInt64BE(BigInt(value), index * UINT_SIZE_BYTES);
  });
  return bytes;
}

/** The `index`th integer of `bytes`. @throws {DamagedStoreError} above 2^53−1, which this schema never holds */
function readUint(bytes: Buffer, index: number): number {
  const value = Number(bytes.readBigUInt64BE(index * UINT_SIZE_BYTES));
  if (!Number.isSafeInteger(value)) throw new DamagedStoreError("an epoch or slot on record is above 2^53−1");
  return value;
}

const rootBytes = (root: string | null): Uint8Array => (root === null ? NOTHING : hexToBytes(root));

function readRoot(body: Buffer, uintCount: number): AttestationRecord["signingRoot"] {
  const root = body.subarray(uintCount * UINT_SIZE_BYTES);
  return root.length === 0 ? null : rootToHex(root);
}

/** What follows the prefix in a record's key. */
function recordBody(entry: Entry, uintsSizeBytes: number): Buffer {
  unsealed(entry);
  const body = Buffer.from(entry.key).subarray(PREFIX_SIZE_BYTES);
  if (body.length !== uintsSizeBytes && body.length !== uintsSizeBytes + ROOT_SIZE_BYTES) {
    throw new DamagedStoreError("a record has the wrong length");
  }
  return body;
}

/** All keys that start with `prefix`. */
function rangeOf(prefix: Uint8Array): KeyRange {
  const before = Buffer.from(prefix);
  for (let index = before.length - 1; ; index--) {
    const byte = before[index] ?? 0;
    before[index] = (byte + 1) & 0xff;
    // The first byte is a kind, so the carry ends there at the latest.
    if (byte !== 0xff) return {from: prefix, before};
  }
}

function sealed(key: Uint8Array, value: Buffer): Entry {
  const seal = Buffer.allocUnsafe(CHECKSUM_SIZE_BYTES);
  seal.writeUInt32BE(crc32(value, crc32(key)));
  return {key, value: Buffer.concat([value, seal])};
}

/** The value without its checksum. @throws {DamagedStoreError} when the checksum does not match */
function unsealed({key, value}: Entry): Buffer {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const bodySizeBytes = bytes.length - CHECKSUM_SIZE_BYTES;
  const body = bytes.subarray(0, Math.max(0, bodySizeBytes));
  if (bodySizeBytes < 0 || bytes.readUInt32BE(bodySizeBytes) !== crc32(body, crc32(key))) {
    throw new DamagedStoreError(
      "a slashing-protection record does not match its checksum: restore or import the history",
    );
  }
  return body;
}
