import {
  aggregateAndProofToSsz,
  attestationDataToSsz,
  electraTypesAt,
  type NetworkConfig,
  SLOTS_PER_EPOCH,
  ssz,
} from "@mote/consensus";
import {assertNever, bytesToHex, type Epoch, type Slot} from "@mote/core";
import type {SignableMessage} from "../signable-message.ts";

/** What a Web3Signer has no request type for, and what that costs, in words. */
export const UNKNOWN_TO_WEB3SIGNER = {
  payload_attestation: {what: "payload attestations", cost: "its keys cast none"},
  execution_payload_envelope: {
    what: "execution payload envelopes",
    cost: "blocks of its keys go out without their payload, so they earn no fees",
  },
  proposer_preferences: {what: "proposer preferences", cost: "builders make no bids for blocks of its keys"},
} as const satisfies Partial<Record<SignableMessage["kind"], {readonly what: string; readonly cost: string}>>;

export type UnknownToWeb3Signer = keyof typeof UNKNOWN_TO_WEB3SIGNER;

export const isUnknownToWeb3Signer = (
  message: SignableMessage,
): message is Extract<SignableMessage, {readonly kind: UnknownToWeb3Signer}> => message.kind in UNKNOWN_TO_WEB3SIGNER;

type Json = Readonly<Record<string, unknown>>;

/**
 * The body of `POST /api/v1/eth2/sign/{pubkey}`: the message in full, from which the signer computes the root anew and refuses another.
 * github.com/Consensys/web3signer, openapi-specs/eth2/signing/schemas.yaml
 */
export function requestBodyOf(message: Exclude<SignableMessage, {readonly kind: UnknownToWeb3Signer}>): Json {
  const {signingRoot, config} = message;
  const inFork = (type: string, epoch: number, content: Json): Json => ({
    type,
    signingRoot,
    fork_info: forkInfoAt(config, epoch as Epoch),
    ...content,
  });
  const epochOf = (slot: number) => Math.floor(slot / SLOTS_PER_EPOCH);
  switch (message.kind) {
    case "attestation": {
      const {data} = message;
      const attestation = ssz.phase0.AttestationData.toJson(attestationDataToSsz(data));
      return inFork("ATTESTATION", data.target.epoch, {attestation});
    }
    case "block": {
      const {header} = message;
      const block_header = ssz.phase0.BeaconBlockHeader.toJson(header);
      const beacon_block = {version: versionAt(config, header.slot), block_header};
      return inFork("BLOCK_V2", epochOf(header.slot), {beacon_block});
    }
    case "randao_reveal":
      return inFork("RANDAO_REVEAL", message.epoch, {randao_reveal: {epoch: `${message.epoch}`}});
    case "selection_proof":
      return inFork("AGGREGATION_SLOT", epochOf(message.slot), {aggregation_slot: {slot: `${message.slot}`}});
    case "aggregate_and_proof": {
      const {slot} = message.aggregateAndProof.aggregate.data;
      const {AggregateAndProof} = electraTypesAt(config, slot);
      const data = AggregateAndProof.toJson(aggregateAndProofToSsz(message.aggregateAndProof));
      const aggregate_and_proof = {version: versionAt(config, slot), data};
      return inFork("AGGREGATE_AND_PROOF_V2", epochOf(slot), {aggregate_and_proof});
    }
    case "sync_committee_message": {
      const {slot, beaconBlockRoot} = message;
      const sync_committee_message = {slot: `${slot}`, beacon_block_root: beaconBlockRoot};
      return inFork("SYNC_COMMITTEE_MESSAGE", epochOf(slot), {sync_committee_message});
    }
    case "sync_committee_selection_proof": {
      const sync_aggregator_selection_data = ssz.altair.SyncAggregatorSelectionData.toJson(message.data);
      const epoch = epochOf(message.data.slot);
      return inFork("SYNC_COMMITTEE_SELECTION_PROOF", epoch, {sync_aggregator_selection_data});
    }
    case "contribution_and_proof": {
      const {contributionAndProof} = message;
      const contribution_and_proof = ssz.altair.ContributionAndProof.toJson(contributionAndProof);
      const epoch = epochOf(contributionAndProof.contribution.slot);
      return inFork("SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF", epoch, {contribution_and_proof});
    }
    case "voluntary_exit": {
      const voluntary_exit = ssz.phase0.VoluntaryExit.toJson(message.exit);
      return {type: "VOLUNTARY_EXIT", signingRoot, fork_info: exitForkInfo(config), voluntary_exit};
    }
    case "validator_registration": {
      const validator_registration = ssz.bellatrix.ValidatorRegistrationV1.toJson(message.registration);
      return {type: "VALIDATOR_REGISTRATION", signingRoot, validator_registration};
    }
    case "deposit": {
      const deposit = ssz.phase0.DepositMessage.toJson(message.deposit) as Json;
      const genesis_fork_version = bytesToHex(config.GENESIS_FORK_VERSION);
      return {type: "DEPOSIT", signingRoot, deposit: {...deposit, genesis_fork_version}};
    }
    default:
      return assertNever(message);
  }
}

const versionAt = (config: NetworkConfig, slot: number): string => config.getForkName(slot as Slot).toUpperCase();

function forkInfoAt(config: NetworkConfig, epoch: Epoch): Json {
  const fork = config.getForkInfoAtEpoch(epoch);
  return forkInfo(config, {previous: fork.prevVersion, current: fork.version, epoch: fork.epoch});
}

/** Exits are signed in Capella's domain for good: with this fork a signer that does not know EIP-7044 finds the same domain as one that does. */
function exitForkInfo(config: NetworkConfig): Json {
  const {version, epoch} = config.forks.capella;
  return forkInfo(config, {previous: version, current: version, epoch});
}

function forkInfo(
  config: NetworkConfig,
  {previous, current, epoch}: {readonly previous: Uint8Array; readonly current: Uint8Array; readonly epoch: number},
): Json {
  return {
    fork: {previous_version: bytesToHex(previous), current_version: bytesToHex(current), epoch: `${epoch}`},
    genesis_validators_root: bytesToHex(config.genesisValidatorsRoot),
  };
}
