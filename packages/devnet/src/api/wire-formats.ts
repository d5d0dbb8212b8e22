/** Which routes may speak SSZ, as the OpenAPI has it. Every other one is JSON alone. Paths as fastify registers them. */
export const SSZ_RESPONSES: ReadonlySet<string> = new Set([
  "/eth/v2/beacon/blocks/:block_id",
  "/eth/v1/validator/attestation_data",
  "/eth/v2/validator/aggregate_attestation",
]);

export const SSZ_REQUESTS: ReadonlySet<string> = new Set([
  "/eth/v2/beacon/pool/attestations",
  "/eth/v2/validator/aggregate_and_proofs",
  "/eth/v1/validator/register_validator",
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
