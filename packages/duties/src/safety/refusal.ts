import type {FailureReason} from "@mote/core";

/**
 * What a signature is for. attest: votes, aggregates and their selection proofs, payload votes; propose: blocks, randao, envelopes; sync: messages,
 * proofs and contributions of sync committees; administer: registrations, preferences, exits.
 */
export type SigningPurpose = "attest" | "propose" | "sync" | "administer";

export interface Refusal {
  readonly reason: FailureReason;
  readonly detail: string;
}
