import type {Dialect} from "./dialect.ts";

/**
 * The shape of DVT middleware, as a cluster of one operator would have it: it holds whole keys, so nothing waits for peers.
 * Read in core/validatorapi/router.go at e62847076 (August 2026). Repository: github.com/ObolNetwork/charon.
 */
export const CHARON: Dialect = {
  name: "charon",
  version: "obolnetwork/charon/v1.8.0 (Mote devnet)",
  // eventsHandler passes the stream of the beacon node behind it through.
  invalidTopic: (topic) => `Invalid topic: ${topic}`,
  differences: [
    // attestationData: uintQuery answers 400 when the parameter is absent.
    {
      kind: "required_parameter",
      path: "/eth/v1/validator/attestation_data",
      parameter: "committee_index",
      message: "missing query parameter committee_index",
    },
    // The endpoint table lists JSON alone for these; wrap() answers 415 to bodies in SSZ and never looks at Accept.
    {kind: "json_response_only", path: "/eth/v1/validator/attestation_data"},
    {kind: "json_response_only", path: "/eth/v2/validator/aggregate_attestation"},
    {
      kind: "json_request_only",
      path: "/eth/v2/beacon/pool/attestations",
      message: "Cannot read the supplied content type.",
    },
    {
      kind: "json_request_only",
      path: "/eth/v2/validator/aggregate_and_proofs",
      message: "Cannot read the supplied content type.",
    },
    // Both are served by the middleware only; beacon nodes answer 501.
    {kind: "echoes_selections", path: "/eth/v1/validator/beacon_committee_selections"},
    {kind: "echoes_selections", path: "/eth/v1/validator/sync_committee_selections"},
    // Before pull request 4564 (June 2026) it went to the beacon node behind, whose older releases do not know it either.
    {kind: "missing_route", method: "GET", path: "/eth/v2/validator/duties/proposer/{epoch}"},
  ],
};
