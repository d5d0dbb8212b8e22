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
  "PROTECTION_STORE_FAILED",
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export interface AttestationRecord {
  readonly sourceEpoch: Epoch;
  readonly targetEpoch: Epoch;
  /** Null when an import did not say it: such a record equals nothing. */
  readonly signingRoot: Root | null;
}

export interface BlockRecord {
  readonly slot: Slot;
  readonly signingRoot: Root | null;
}

/** What is already on record and stands against the request. */
export type ConflictingRecord =
  | ({readonly kind: "attestation"} & AttestationRecord)
  | ({readonly kind: "block"} & BlockRecord)
  /** The lower bound below which nothing is signed any more. */
  | {readonly kind: "watermark"; readonly sourceEpoch?: Epoch; readonly targetEpoch?: Epoch; readonly slot?: Slot};

export type Verdict =
  /** Recorded durably now; the caller may sign. */
  | {readonly kind: "accepted"}
  /** The same signing root was recorded before; signing it again is harmless. */
  | {readonly kind: "already_signed"}
  | {readonly kind: "refused"; readonly reason: RefusalReason; readonly conflict?: ConflictingRecord};

/** A rejected promise means "do not sign" too. Requests of one key are decided in the order of the calls. */
export interface SlashingProtection {
  recordAttestation(
    pubkey: Pubkey,
    vote: {readonly sourceEpoch: Epoch; readonly targetEpoch: Epoch; readonly signingRoot: Root},
  ): Promise<Verdict>;
  recordBlock(pubkey: Pubkey, proposal: {readonly slot: Slot; readonly signingRoot: Root}): Promise<Verdict>;
  close(): Promise<void>;
}
