import type {SignableKind} from "./signers/signable-message.ts";

/** In the order in which they go: what is lost first, or is worth most, before what can wait for the next slot. */
export const URGENCIES = ["proposal", "vote", "sync_committee", "payload_attestation", "background"] as const;
export type Urgency = (typeof URGENCIES)[number];

export const URGENCY_OF: Readonly<Record<SignableKind, Urgency>> = {
  block: "proposal",
  randao_reveal: "proposal",
  execution_payload_envelope: "proposal",
  attestation: "vote",
  aggregate_and_proof: "vote",
  sync_committee_message: "sync_committee",
  contribution_and_proof: "sync_committee",
  payload_attestation: "payload_attestation",
  // Needed only once their slots are there.
  selection_proof: "background",
  sync_committee_selection_proof: "background",
  proposer_preferences: "background",
  validator_registration: "background",
  voluntary_exit: "background",
  deposit: "background",
};
