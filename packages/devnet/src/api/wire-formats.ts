/** Which routes may speak SSZ, as the OpenAPI has it. Every other one is JSON alone. Paths as fastify registers them. */
export const SSZ_RESPONSES: ReadonlySet<string> = new Set([
  "/eth/v2/beacon/blocks/:block_id",
  "/eth/v1/validator/attestation_data",
  "/eth/v2/validator/aggregate_attestation",
  "/eth/v3/validator/blocks/:slot",
  "/eth/v4/validator/blocks/:slot",
  "/eth/v1/validator/execution_payload_envelopes/:slot/:beacon_block_root",
  "/eth/v1/validator/payload_attestation_data",
  "/eth/v1/beacon/execution_payload_envelopes/:block_id",
  "/eth/v1/beacon/light_client/bootstrap/:block_root",
  "/eth/v1/beacon/light_client/updates",
  "/eth/v1/beacon/light_client/finality_update",
  "/eth/v1/beacon/light_client/optimistic_update",
]);

export const SSZ_REQUESTS: ReadonlySet<string> = new Set([
  "/eth/v2/beacon/pool/attestations",
  "/eth/v2/validator/aggregate_and_proofs",
  "/eth/v1/validator/register_validator",
  "/eth/v1/validator/proposer_preferences",
  "/eth/v1/beacon/pool/payload_attestations",
  "/eth/v2/beacon/blocks",
  "/eth/v2/beacon/blinded_blocks",
  "/eth/v1/beacon/execution_payload_envelopes",
]);

export const SSZ = "application/octet-stream";
export const JSON_TYPE = "application/json";

/** The Accept header without SSZ; empty when nothing but SSZ was acceptable. */
export function withoutSsz(accept: string): string {
  return accept
    .split(",")
    .filter((part) => !part.trim().toLowerCase().startsWith(SSZ))
    .join(",");
}
