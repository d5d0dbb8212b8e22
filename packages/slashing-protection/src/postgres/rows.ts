import {
  type AttestationRecord,
  type BlockRecord,
  hexToBytes,
  type Pubkey,
  pubkeyToHex,
  type RecordedEpoch,
  type RecordedSlot,
  type Root,
  rootToHex,
} from "@mote/core";
import {DamagedStoreError} from "../errors.ts";
import type {ProposalSummary} from "../rules/proposal-rules.ts";
import type {VoteSummary} from "../rules/vote-rules.ts";
import type {Row} from "./statement.ts";

export interface KeySummary {
  readonly pubkey: Pubkey;
  /** Null while the key has voted (proposed) nothing. */
  readonly votes: VoteSummary | null;
  readonly proposals: ProposalSummary | null;
}

export const toBytes = (hex: Pubkey | Root): Buffer => Buffer.from(hexToBytes(hex));
export const toBytesOrNull = (root: Root | null): Buffer | null => (root === null ? null : toBytes(root));
export const toNumeric = (value: number | bigint): string => value.toString();

export const toPubkey = (value: unknown): Pubkey => pubkeyToHex(bytesOf(value));
export const toRootOrNull = (value: unknown): Root | null => (value === null ? null : rootToHex(bytesOf(value)));

/** In the form that `RecordedEpoch` and `RecordedSlot` have. */
export function toUint(value: unknown): number | bigint {
  if (typeof value !== "string" || !/^\d{1,20}$/.test(value)) throw new DamagedStoreError("a stored number is none");
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
}
export const toEpoch = (value: unknown): RecordedEpoch => toUint(value) as RecordedEpoch;
export const toSlot = (value: unknown): RecordedSlot => toUint(value) as RecordedSlot;

export const toVote = (row: Row): AttestationRecord => ({
  sourceEpoch: toEpoch(row.source),
  targetEpoch: toEpoch(row.target),
  signingRoot: toRootOrNull(row.signing_root),
});

export const toBlock = (row: Row): BlockRecord => ({
  slot: toSlot(row.slot),
  signingRoot: toRootOrNull(row.signing_root),
});

export const SUMMARY_COLUMNS =
  "pubkey, watermark_source, watermark_target, newest_source, newest_target, watermark_slot, newest_slot, kept_block_count";

export const toSummary = (row: Row): KeySummary => ({
  pubkey: toPubkey(row.pubkey),
  votes: row.newest_target === null ? null : toVoteSummary(row),
  proposals: row.newest_slot === null ? null : toProposalSummary(row),
});

export const toVoteSummary = (row: Row): VoteSummary => ({
  watermark: {sourceEpoch: toEpoch(row.watermark_source), targetEpoch: toEpoch(row.watermark_target)},
  newestSourceEpoch: toEpoch(row.newest_source),
  newestTargetEpoch: toEpoch(row.newest_target),
});

const toProposalSummary = (row: Row): ProposalSummary => ({
  watermarkSlot: toSlot(row.watermark_slot),
  newestSlot: toSlot(row.newest_slot),
  keptCount: Number(toUint(row.kept_block_count)),
});

/** Rows by the key that they belong to, in their order. */
export function groupByPubkey<T>(rows: readonly Row[], read: (row: Row) => T): Map<Pubkey, T[]> {
  const groups = new Map<Pubkey, T[]>();
  for (const row of rows) {
    const pubkey = toPubkey(row.pubkey);
    const group = groups.get(pubkey);
    if (group === undefined) groups.set(pubkey, [read(row)]);
    else group.push(read(row));
  }
  return groups;
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new DamagedStoreError("a stored key or root is none");
}
