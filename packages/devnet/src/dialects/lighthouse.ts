import type {Dialect} from "./dialect.ts";

/** Lighthouse before the pull requests named below. Repository: github.com/sigp/lighthouse. */
export const LIGHTHOUSE: Dialect = {
  name: "lighthouse",
  version: "Lighthouse/v8.1.0 (Mote devnet)",
  invalidTopic: (topic) => `BAD_REQUEST: unable to parse query: unknown topic ${topic}`,
  differences: [
    // ValidatorAttestationDataQuery, common/eth2/src/types.rs: the field is not optional.
    {
      kind: "required_parameter",
      path: "/eth/v1/validator/attestation_data",
      parameter: "committee_index",
      message: "BAD_REQUEST: invalid query: missing field `committee_index`",
    },
    // Pull request 9597 (July 2026) added head_v2.
    {kind: "unknown_topic", topic: "head_v2"},
    // Issue 8892, closed by 8907 (August 2026): these two answered in JSON only.
    {kind: "json_response_only", path: "/eth/v1/validator/attestation_data"},
    {kind: "json_response_only", path: "/eth/v2/validator/aggregate_attestation"},
    // Issue 7626: votes and aggregates are read as JSON only.
    {
      kind: "json_request_only",
      path: "/eth/v2/beacon/pool/attestations",
      message: "UNSUPPORTED_MEDIA_TYPE: The request's content-type is not supported",
    },
    {
      kind: "json_request_only",
      path: "/eth/v2/validator/aggregate_and_proofs",
      message: "UNSUPPORTED_MEDIA_TYPE: The request's content-type is not supported",
    },
    // Pull request 9959 (September 2026): the slot stood in the path, and a slot without a block was answered 404.
    {kind: "parameter_in_path", path: "/eth/v1/validator/payload_attestation_data", parameter: "slot"},
    {kind: "empty_is_not_found", path: "/eth/v1/validator/payload_attestation_data/{slot}"},
    // erigontech/erigon issue 21977: proposer duties v2 came with 8.2.0.
    {kind: "missing_route", method: "GET", path: "/eth/v2/validator/duties/proposer/{epoch}"},
    // Issue 8252 quotes such a body.
    {kind: "error_stacktraces"},
  ],
};
