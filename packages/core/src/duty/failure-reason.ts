import {REFUSAL_REASONS} from "../ports/slashing-protection.ts";

/**
 * Why a duty ended without its effect: the one closed list that log, metric, documentation (docs/failure-reasons.md) and, later,
 * dashboard and alerts share.
 */
export const FAILURE_REASONS = [
  // No data that may be signed
  "NO_BEACON_NODE",
  "BEACON_DATA_LATE",
  "BEACON_DATA_INVALID",
  "BEACON_NODES_DISAGREE",
  "HEAD_NOT_AGREED",
  "REFEREE_VETO",
  // The data were there, and signing them was refused
  ...REFUSAL_REASONS,
  "TARGET_IN_FUTURE",
  "SLOT_IN_FUTURE",
  "ALREADY_ATTEMPTED",
  "FEE_RECIPIENT_MISMATCH",
  "BUILDER_NOT_ALLOWED",
  "KEY_NOT_ACTIVE",
  "VOTES_UNEXPLAINED",
  "LIVENESS_UNKNOWN",
  "DOPPELGANGER_WATCH",
  "VALIDATOR_SLASHED",
  "CLOCK_OFF",
  "SIGNER_FAILED",
  // Signed, and it did not travel
  "PUBLISH_REFUSED",
  "PUBLISH_UNANSWERED",
  "NO_AGGREGATE",
  "NO_CONTRIBUTION",
  // Published, and the chain does not have it
  "NOT_INCLUDED",
  // We were not there
  "SLOT_PASSED_BY",
  "SHUTTING_DOWN",
  "INTERNAL_ERROR",
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];
