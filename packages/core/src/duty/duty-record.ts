import type {Pubkey, Slot, ValidatorIndex} from "../primitives.ts";
import type {FailureReason} from "./failure-reason.ts";

export const DUTY_KINDS = [
  "attestation",
  "aggregation",
  "proposal",
  /** Gloas: the envelope of a payload that the proposer built itself. */
  "payload_reveal",
  "sync_message",
  "sync_contribution",
  /** Gloas: a vote of the payload timeliness committee (PTC). */
  "payload_attestation",
] as const;
export type DutyKind = (typeof DUTY_KINDS)[number];

/** Names one duty: a validator has at most one of a kind in a slot; of contributions, one a subcommittee. */
export interface DutyKey {
  readonly kind: DutyKind;
  /** Of contributions only. */
  readonly subcommitteeIndex?: number;
  readonly slot: Slot;
  readonly validatorIndex: ValidatorIndex;
  readonly pubkey: Pubkey;
}

/** The stations of a duty, in their order. */
export const DUTY_STAGES = ["seen", "data", "recorded", "signed", "published", "echoed", "included"] as const;
export type DutyStage = (typeof DUTY_STAGES)[number];

export type DutyEnd =
  | {readonly kind: "done"}
  /** It was no duty of ours after all: the chain shuffled anew, or the validator left, before anything was signed. */
  | {readonly kind: "withdrawn"}
  | {readonly kind: "failed"; readonly reason: FailureReason; readonly detail: string};

export interface DutyRecord {
  readonly key: DutyKey;
  /** Unix ms at which the protocol asks for the message. */
  readonly dueMs: number;
  /** Unix ms at which each stage was reached. `seen` is the head event or the due time that set the duty off. */
  readonly reachedMs: Readonly<Partial<Record<DutyStage, number>>>;
  /** Null while the duty is open. */
  readonly end: DutyEnd | null;
}
