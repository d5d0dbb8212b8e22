import type {Validation} from "../../network.ts";

/** Why a message does not travel on: what is wrong with it, or what cannot be known of it here. */
export type GossipReason =
  // What it says of time and chain
  | "future_slot"
  | "old_slot"
  | "finalized_slot"
  | "other_fork"
  | "numbers_too_large"
  // What it is made of
  | "wrong_index"
  | "wrong_target_epoch"
  | "wrong_subnet"
  | "wrong_timestamp"
  | "wrong_bid"
  | "too_many_operations"
  | "too_many_blobs"
  | "not_after_parent"
  | "payload_of_own_slot"
  | "not_slashable"
  | "wrong_indices"
  // Who made it
  | "not_a_member"
  | "not_the_proposer"
  | "bad_signature"
  | "seen"
  | "another_of_one"
  | "not_ours"
  // What is not known here
  | "unknown_committee"
  | "unknown_proposer"
  | "unknown_key"
  | "unknown_block"
  | "unknown_finality"
  | "unknown_payload"
  | "unknown_status"
  | "too_many_signers"
  | "too_many_unproven"
  | "no_listener"
  | "not_judged";

/** `null` is the reason of what is accepted, and of what a listener has judged. */
export interface Judgement {
  readonly validation: Validation;
  readonly reason: GossipReason | null;
}

export const ACCEPT: Judgement = {validation: "accept", reason: null};
export const ignore = (reason: GossipReason): Judgement => ({validation: "ignore", reason});
export const reject = (reason: GossipReason): Judgement => ({validation: "reject", reason});
