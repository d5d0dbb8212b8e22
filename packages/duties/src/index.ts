export * from "./attestation/attestation-data-check.ts";
export * from "./duty-runner.ts";
export * from "./safety/stale-backup.ts";
export * from "./validators/validator-registry.ts";
