import type {ForkName} from "@lodestar/params";
import {sszTypesFor} from "@lodestar/types";
import type {GossipKind, GossipTypes} from "../network.ts";

/** What gossip needs of an SSZ type. Sizes are in bytes. */
export interface MessageType<Value> {
  readonly minSize: number;
  readonly maxSize: number;
  serialize(value: Value): Uint8Array;
  /** @throws {Error} for bytes that are no such value */
  deserialize(bytes: Uint8Array): Value;
}

const TYPE_NAMES = {
  beacon_block: "SignedBeaconBlock",
  beacon_attestation: "SingleAttestation",
  beacon_aggregate_and_proof: "SignedAggregateAndProof",
  sync_committee: "SyncCommitteeMessage",
  sync_committee_contribution_and_proof: "SignedContributionAndProof",
  voluntary_exit: "SignedVoluntaryExit",
  proposer_slashing: "ProposerSlashing",
  attester_slashing: "AttesterSlashing",
  bls_to_execution_change: "SignedBLSToExecutionChange",
  light_client_finality_update: "LightClientFinalityUpdate",
  light_client_optimistic_update: "LightClientOptimisticUpdate",
  execution_payload: "SignedExecutionPayloadEnvelope",
  payload_attestation_message: "PayloadAttestationMessage",
  proposer_preferences: "SignedProposerPreferences",
  execution_payload_bid: "SignedExecutionPayloadBid",
} as const satisfies Record<GossipKind, string>;

/** @throws {Error} when the fork has no such message: a topic of the topic table always has one */
export function messageTypeOf<Kind extends GossipKind>(kind: Kind, fork: ForkName): MessageType<GossipTypes[Kind]> {
  const types = sszTypesFor(fork) as unknown as Readonly<Record<string, MessageType<GossipTypes[Kind]> | undefined>>;
  const type = types[TYPE_NAMES[kind]];
  if (type === undefined) throw new Error(`${fork} has no ${TYPE_NAMES[kind]}`);
  return type;
}
