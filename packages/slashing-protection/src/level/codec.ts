import {crc32} from "node:zlib";
import type {AttestationRecord, BlockRecord, Pubkey, RecordedEpoch, RecordedSlot, Root} from "@mote/core";
import {DamagedStoreError} from "../errors.ts";
import {type Crc32Shift, crc32ShiftBy, shifted} from "./crc32-shift.ts";
import {EMPTY_SUMMARY, type KeySummary, type Tally} from "./key-summary.ts";
import type {Entry, KeyRange} from "./protection-database.ts";

/**
 * The store's layout, schema version 2. Everything is ASCII text, since LevelDB hands strings over ten times as fast as bytes. Integers
 * in keys have 16 hex digits, so that byte order is number order and the history of a key is one range. A record is its key; several
 * may stand for one target or slot, since an import may hold what should not exist.
 *
 *     0 name                              a fact about the store
 *     1 pubkey(96)                        the key's summary
 *     2 pubkey target source root(0|64)   a vote; no root when an import did not say it
 *     3 pubkey slot root(0|64)            a proposal
 *     4 sequence                          a batch that was written, and the totals after it
 *
 * Every value ends with the CRC-32 of its key and itself, its seal: LevelDB does not check what it reads back.
 */
const KIND = {meta: "0", summary: "1", vote: "2", proposal: "3", batch: "4"} as const;

/** All keys that start with `prefix`: no key has a `~` in it. */
const rangeOf = (prefix: string): KeyRange => ({from: prefix, before: `${prefix}~`});

/** Every key of every kind. */
export const EVERYTHING: KeyRange = {from: KIND.meta, before: "~"};
export const SUMMARIES = rangeOf(KIND.summary);
export const VOTES = rangeOf(KIND.vote);
export const PROPOSALS = rangeOf(KIND.proposal);
export const BATCHES = rangeOf(KIND.batch);

const UINT_DIGITS = 16;
const ROOT_DIGITS = 64;
const SEAL_DIGITS = 8;
const PREFIX_LENGTH = 1 + 96;
const ZERO_CODE = 0x30;
const NINE_CODE = 0x39;
const A_CODE = 0x61;
const SEAL_MISMATCH = "an entry does not match its checksum";

/** An entry to be written. */
export interface SealedEntry extends Entry {
  readonly type: "put";
  readonly seal: number;
}

export const metaKey = (name: string): string => KIND.meta + name;
export const encodeMeta = (name: string, value: string): SealedEntry => sealed(metaKey(name), value);
export const decodeMeta = (entry: Entry): string => unsealed(entry);

/** The keys of one validator's records. Built once a validator, since every request uses them. */
export class RecordCodec {
  readonly pubkey: Pubkey;
  readonly #digits: string;

  constructor(pubkey: Pubkey) {
    this.pubkey = pubkey;
    this.#digits = pubkey.slice(2);
  }

  get summaryKey(): string {
    return KIND.summary + this.#digits;
  }

  get votes(): KeyRange {
    return rangeOf(KIND.vote + this.#digits);
  }

  get proposals(): KeyRange {
    return rangeOf(KIND.proposal + this.#digits);
  }

  /** The votes on record for one target. */
  votesAt(targetEpoch: RecordedEpoch): KeyRange {
    return rangeOf(KIND.vote + this.#digits + digitsOf(targetEpoch));
  }

  /** The proposals on record for one slot. */
  proposalsAt(slot: RecordedSlot): KeyRange {
    return rangeOf(KIND.proposal + this.#digits + digitsOf(slot));
  }

  encodeVote(vote: AttestationRecord): SealedEntry {
    return sealed(KIND.vote + this.#digits + voteDigits(vote), "");
  }

  encodeProposal(proposal: BlockRecord): SealedEntry {
    return sealed(KIND.proposal + this.#digits + proposalDigits(proposal), "");
  }

  /** Decimal numbers, those of votes and those of proposals apart; none for what the key has none of. */
  encodeSummary({votes, proposals, voteTally, proposalTally}: KeySummary): SealedEntry {
    let value = "";
    if (votes !== null) {
      const {watermark, newestSourceEpoch, newestTargetEpoch} = votes;
      value = `${watermark.sourceEpoch} ${watermark.targetEpoch} ${newestSourceEpoch} ${newestTargetEpoch}`;
      value += ` ${voteTally.count} ${voteTally.digest}`;
    }
    value += "/";
    if (proposals !== null) {
      value += `${proposals.watermarkSlot} ${proposals.newestSlot} ${proposalTally.count} ${proposalTally.digest}`;
    }
    return sealed(this.summaryKey, value);
  }
}

/** Whose summary or record a key of the store is. */
export function pubkeyOf(key: string): Pubkey {
  if (key.length < PREFIX_LENGTH) throw new DamagedStoreError("a key of the store has the wrong length");
  return `0x${key.slice(1, PREFIX_LENGTH)}` as Pubkey;
}

/** The checksum of an entry, as it was written. */
export const sealOf = ({value}: Entry): number => hexAt(value, value.length - SEAL_DIGITS, SEAL_DIGITS);

export const decodeVote = (entry: Entry): AttestationRecord => readVote(checkedKey(entry), PREFIX_LENGTH);
export const decodeProposal = (entry: Entry): BlockRecord => readProposal(checkedKey(entry), PREFIX_LENGTH);

/** What the records of one kind of one key are, and what their seals add up to. */
export interface ReadRecords<R> {
  readonly records: R[];
  readonly tally: Tally;
}

/** @throws {DamagedStoreError} when one of them does not match its seal */
export const decodeVotes = (entries: readonly Entry[]): ReadRecords<AttestationRecord> => readAll(entries, VOTE_FORM);
export const decodeProposals = (entries: readonly Entry[]): ReadRecords<BlockRecord> => readAll(entries, PROPOSAL_FORM);

export type StagedItem =
  | {readonly kind: "attestation"; readonly record: AttestationRecord}
  | {readonly kind: "block"; readonly record: BlockRecord};

/** A record in the spool of an import: its key without the public key, `2 target source root(0|64)` or `3 slot root(0|64)`. */
export const encodeStagedVote = (vote: AttestationRecord): string => KIND.vote + voteDigits(vote);
export const encodeStagedProposal = (proposal: BlockRecord): string => KIND.proposal + proposalDigits(proposal);

/** What comes in has a checksum of its own. @throws {DamagedStoreError} for what no record looks like */
export function decodeStaged(line: string): StagedItem {
  if (line[0] === KIND.vote) return {kind: "attestation", record: readVote(line, 1)};
  if (line[0] === KIND.proposal) return {kind: "block", record: readProposal(line, 1)};
  throw new DamagedStoreError("a record is of no kind that there is");
}

export function decodeSummary(entry: Entry): KeySummary {
  const [votes = "", proposals = ""] = unsealed(entry).split("/");
  return {
    ...EMPTY_SUMMARY,
    ...(votes === "" ? {} : readVoteSummary(votes.split(" ").map(decimal))),
    ...(proposals === "" ? {} : readProposalSummary(proposals.split(" ").map(decimal))),
  };
}

function readVoteSummary(fields: readonly (number | bigint)[]): Pick<KeySummary, "votes" | "voteTally"> {
  const epoch = (index: number) => fields[index] as RecordedEpoch;
  return {
    votes: {
      watermark: {sourceEpoch: epoch(0), targetEpoch: epoch(1)},
      newestSourceEpoch: epoch(2),
      newestTargetEpoch: epoch(3),
    },
    voteTally: {count: Number(fields[4]), digest: Number(fields[5])},
  };
}

function readProposalSummary(fields: readonly (number | bigint)[]): Pick<KeySummary, "proposals" | "proposalTally"> {
  const slot = (index: number) => fields[index] as RecordedSlot;
  const keptCount = Number(fields[2]);
  return {
    proposals: {watermarkSlot: slot(0), newestSlot: slot(1), keptCount},
    proposalTally: {count: keptCount, digest: Number(fields[3])},
  };
}

/** A batch that was written: its number, and what all summaries were after it. */
export interface BatchMark {
  readonly sequence: number;
  /** How many keys have a summary. */
  readonly keyCount: number;
  /** The sum of the summaries' seals, modulo 2^32. */
  readonly digest: number;
}

export const batchKey = (sequence: number): string => KIND.batch + digitsOf(sequence);

export const encodeBatchMark = ({sequence, keyCount, digest}: BatchMark): SealedEntry =>
  sealed(batchKey(sequence), `${keyCount} ${digest}`);

export function decodeBatchMark(entry: Entry): BatchMark {
  const [keyCount, digest] = unsealed(entry).split(" ").map(Number);
  return {sequence: Number(uintAt(entry.key, 1)), keyCount: keyCount ?? 0, digest: digest ?? 0};
}

function readVote(key: string, at: number): AttestationRecord {
  const rootAt = at + 2 * UINT_DIGITS;
  assertEndsWithRoot(key, rootAt);
  return {
    sourceEpoch: uintAt(key, at + UINT_DIGITS) as RecordedEpoch,
    targetEpoch: uintAt(key, at) as RecordedEpoch,
    signingRoot: rootOf(key, rootAt),
  };
}

function readProposal(key: string, at: number): BlockRecord {
  const rootAt = at + UINT_DIGITS;
  assertEndsWithRoot(key, rootAt);
  return {slot: uintAt(key, at) as RecordedSlot, signingRoot: rootOf(key, rootAt)};
}

/** How the records of one kind are read, and what such a key does to the checksum of those before it. */
interface RecordForm<R> {
  readonly read: (key: string, at: number) => R;
  /** Of a key without a root. */
  readonly bareLength: number;
  readonly bare: Crc32Shift;
  readonly rooted: Crc32Shift;
}

const formOf = <R>(read: RecordForm<R>["read"], bareLength: number): RecordForm<R> => ({
  read,
  bareLength,
  bare: crc32ShiftBy(bareLength),
  rooted: crc32ShiftBy(bareLength + ROOT_DIGITS),
});
const VOTE_FORM = formOf(readVote, PREFIX_LENGTH + 2 * UINT_DIGITS);
const PROPOSAL_FORM = formOf(readProposal, PREFIX_LENGTH + UINT_DIGITS);

/**
 * A checksum of each record would cost as much as all else that is done with it, by the call alone. So their keys are put in a row, and the
 * checksum of the row must be the one that their seals make up.
 */
function readAll<R>(entries: readonly Entry[], {read, bareLength, bare, rooted}: RecordForm<R>): ReadRecords<R> {
  const records: R[] = [];
  let row = "";
  let rowSeal = 0;
  let digest = 0;
  for (const entry of entries) {
    if (entry.value.length !== SEAL_DIGITS) throw new DamagedStoreError("a record has the wrong length");
    const seal = sealOf(entry);
    // Of what are no hex digits a number beyond 32 bits could come, and be taken for the one that it is cut to.
    if (seal !== seal >>> 0) throw new DamagedStoreError(SEAL_MISMATCH);
    records.push(read(entry.key, PREFIX_LENGTH));
    row += entry.key;
    rowSeal = (shifted(rowSeal, entry.key.length === bareLength ? bare : rooted) ^ seal) >>> 0;
    digest = (digest + seal) >>> 0;
  }
  if (crc32(row) !== rowSeal) throw new DamagedStoreError(SEAL_MISMATCH);
  return {records, tally: {count: records.length, digest}};
}

/** A record's key, once its seal is found right. */
function checkedKey(entry: Entry): string {
  if (unsealed(entry) !== "") throw new DamagedStoreError("a record has the wrong length");
  return entry.key;
}

function assertEndsWithRoot(key: string, rootAt: number): void {
  if (key.length === rootAt || key.length === rootAt + ROOT_DIGITS) return;
  throw new DamagedStoreError("a record has the wrong length");
}

const rootOf = (key: string, at: number): Root | null => (key.length === at ? null : (`0x${key.slice(at)}` as Root));

const voteDigits = ({targetEpoch, sourceEpoch, signingRoot}: AttestationRecord): string =>
  digitsOf(targetEpoch) + digitsOf(sourceEpoch) + rootDigits(signingRoot);

const proposalDigits = ({slot, signingRoot}: BlockRecord): string => digitsOf(slot) + rootDigits(signingRoot);

const rootDigits = (root: Root | null): string => (root === null ? "" : root.slice(2));
const digitsOf = (value: number | bigint): string => value.toString(16).padStart(UINT_DIGITS, "0");

/** In the form that `RecordedEpoch` and `RecordedSlot` have: a bigint above 2^53−1. */
function uintAt(key: string, at: number): number | bigint {
  const value = hexAt(key, at, UINT_DIGITS);
  return value <= Number.MAX_SAFE_INTEGER ? value : BigInt(`0x${key.slice(at, at + UINT_DIGITS)}`);
}

/** What lowercase hex digits say, exact up to 2^53. Made by hand: a history is read within a verdict, and a text a number cost a tenth of it. */
function hexAt(text: string, at: number, digits: number): number {
  let value = 0;
  for (let index = at; index < at + digits; index++) {
    const code = text.charCodeAt(index);
    value = value * 16 + (code <= NINE_CODE ? code - ZERO_CODE : code - A_CODE + 10);
  }
  return value;
}

function decimal(digits: string): number | bigint {
  const value = Number(digits);
  return value <= Number.MAX_SAFE_INTEGER ? value : BigInt(digits);
}

function sealed(key: string, value: string): SealedEntry {
  const seal = checksum(key, value);
  return {type: "put", key, value: value + seal.toString(16).padStart(SEAL_DIGITS, "0"), seal};
}

/** The value without its seal. @throws {DamagedStoreError} when the seal does not match */
function unsealed(entry: Entry): string {
  const value = entry.value.slice(0, -SEAL_DIGITS);
  if (sealOf(entry) !== checksum(entry.key, value)) {
    throw new DamagedStoreError(SEAL_MISMATCH);
  }
  return value;
}

const checksum = (key: string, value: string): number => (value === "" ? crc32(key) : crc32(value, crc32(key)));
