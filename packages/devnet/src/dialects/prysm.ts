import type {Dialect} from "./dialect.ts";

/** Prysm before its v7 releases of summer 2026. Repository: github.com/OffchainLabs/prysm. */
export const PRYSM: Dialect = {
  name: "prysm",
  version: "Prysm/v6.1.2 (Mote devnet)",
  // Issue 15037 shows the answer to a topic that is not known.
  invalidTopic: (topic) => `${topic}: invalid topic name`,
  differences: [
    // GetAttestationData, beacon-chain/rpc/eth/validator/handlers.go: the parameter is read as required, in every fork.
    {
      kind: "required_parameter",
      path: "/eth/v1/validator/attestation_data",
      parameter: "committee_index",
      message: "committee_index is required",
    },
    // Pull request 16930 (June 2026) added head_v2.
    {kind: "unknown_topic", topic: "head_v2"},
    // Issue 15037 (March 2025): block_gossip came with pull request 15038.
    {kind: "unknown_topic", topic: "block_gossip"},
    // newTopicRequest, beacon-chain/rpc/eth/events/events.go: the query's values are taken as they are, and one unknown name fails all.
    {kind: "topics_not_split"},
  ],
};
