import type {Epoch, Pubkey, Root, Slot} from "../primitives.ts";

/** Why a message may not be signed. Each is a `FailureReason` too. */
export const REFUSAL_REASONS = [
  "SOURCE_AFTER_TARGET",
  "DOUBLE_VOTE",
  "SURROUNDING_VOTE",
  "SURROUNDED_VOTE",
  "SOURCE_BELOW_MINIMUM",
  "TARGET_NOT_ABOVE_MINIMUM",
  "DOUBLE_PROPOSAL",
  "SLOT_NOT_ABOVE_MINIMUM",
  "KEY_FROZEN",
  "PROTECTION_STORE_FAILED",
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/**
 * An epoch or a slot as a record holds it, exact up to 2^64−1: a bigint when, and only when, it is above 2^53−1, as imports may have it.
 * So `===`, `<` and `>` compare any two of them rightly; arithmetic needs a look at the type first.
 */
export type RecordedEpoch = Epoch | bigint;
export type RecordedSlot = Slot | bigint;

export interface AttestationRecord {
  readonly sourceEpoch: RecordedEpoch;
  readonly targetEpoch: RecordedEpoch;
  /** Null when an import did not say it: such a record equals nothing. */
  readonly signingRoot: Root | null;
}

export interface BlockRecord {
  readonly slot: RecordedSlot;
  readonly signingRoot: Root | null;
}

/** What is already on record and stands against the request. */
export type ConflictingRecord =
  | ({readonly kind: "attestation"} & AttestationRecord)
  | ({readonly kind: "block"} & BlockRecord)
  /** The lower bound below which nothing is signed any more. */
  | {
      readonly kind: "watermark";
      readonly sourceEpoch?: RecordedEpoch;
      readonly targetEpoch?: RecordedEpoch;
      readonly slot?: RecordedSlot;
    };

export type Verdict =
  /** Recorded durably now; the caller may sign. */
  | {readonly kind: "accepted"}
  /** The same signing root was recorded before; signing it again is harmless. */
  | {readonly kind: "already_signed"}
  | {readonly kind: "refused"; readonly reason: RefusalReason; readonly conflict?: ConflictingRecord};

/** The highest values ever recorded or imported for a key. Those of votes are null while it has voted nothing, the slot while it has proposed nothing. */
export interface NewestRecords {
  readonly sourceEpoch: RecordedEpoch | null;
  readonly targetEpoch: RecordedEpoch | null;
  readonly slot: RecordedSlot | null;
}

/**
 * What the records say of a vote that the chain has seen: the very same is on record, another for its target is, one whose root nobody
 * told (or whose root was not asked for) is, or nothing for its target is.
 */
export type Explanation = "same" | "other" | "unknown_root" | "none";

/** What an import did with the messages of one kind; a message that is twice in the file counts once. */
export interface ImportCounts {
  readonly added: number;
  /** On record before. */
  readonly known: number;
  /** At or below the minimum of a key that had records: they raised it where they had to and are not kept. */
  readonly belowMinimum: number;
}

export interface KeyImportReport {
  readonly pubkey: Pubkey;
  readonly attestations: ImportCounts;
  readonly blocks: ImportCounts;
  /** A value above 2^53−1 came in: from here on the key signs nothing of that kind. */
  readonly isBlocked: boolean;
}

export interface ImportReport {
  /** In the order of the public keys. */
  readonly keys: readonly KeyImportReport[];
}

export interface ImportProgress {
  /** Of the file. */
  readonly bytesRead: number;
  readonly recordsRead: number;
  /** Null while the file is being read; then how many of its keys are in force. */
  readonly keys: {readonly done: number; readonly total: number} | null;
}

export interface ImportOptions {
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ExportOptions {
  /** One vote and one block a key, from the highest values, without roots: all that must not be signed again, and nothing more. */
  readonly isMinified?: boolean;
}

/** A rejected promise means "do not sign" too. Requests of one key are decided in the order of the calls. */
export interface SlashingProtection {
  recordAttestation(
    pubkey: Pubkey,
    vote: {readonly sourceEpoch: Epoch; readonly targetEpoch: Epoch; readonly signingRoot: Root},
  ): Promise<Verdict>;
  recordBlock(pubkey: Pubkey, proposal: {readonly slot: Slot; readonly signingRoot: Root}): Promise<Verdict>;
  /** Null for a key that has no records. */
  newest(pubkey: Pubkey): Promise<NewestRecords | null>;
  explains(pubkey: Pubkey, vote: {readonly targetEpoch: Epoch; readonly signingRoot?: Root}): Promise<Explanation>;
  /**
   * From the call on, until it is thawed or the store is opened again, every request of the key is refused with KEY_FROZEN. Resolves once all
   * earlier ones are decided: an export then holds the last vote.
   */
  freeze(pubkey: Pubkey): Promise<void>;
  /** Requests of the key that come after the call are decided again, by all that is on record. Nothing changes for a key that is not frozen. */
  thaw(pubkey: Pubkey): Promise<void>;
  /**
   * Takes in an EIP-3076 interchange file (its bytes, or what JSON.parse made of it): all of it, or nothing.
   * @throws what the store's package names for a file that is malformed or of another chain; then nothing has changed
   */
  importInterchange(source: AsyncIterable<Uint8Array> | object, options?: ImportOptions): Promise<ImportReport>;
  /**
   * An EIP-3076 interchange file, version 5, in pieces. Of all keys with records, or of the given ones, known or not, in the order of the
   * public keys; equal records give equal bytes. It refuses all that the store refuses, also what was forgotten behind the minimum.
   */
  exportInterchange(pubkeys?: readonly Pubkey[], options?: ExportOptions): AsyncIterable<string>;
  close(): Promise<void>;
}
