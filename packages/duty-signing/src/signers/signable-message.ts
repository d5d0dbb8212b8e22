import type {altair, bellatrix, gloas, phase0} from "@lodestar/types";
import {
  aggregateAndProofSigningRoot,
  attestationSigningRoot,
  blockRootSigningRoot,
  contributionAndProofSigningRoot,
  depositSigningRoot,
  executionPayloadEnvelopeSigningRoot,
  type NetworkConfig,
  payloadAttestationSigningRoot,
  proposerPreferencesSigningRoot,
  randaoRevealSigningRoot,
  selectionProofSigningRoot,
  syncCommitteeMessageSigningRoot,
  syncCommitteeSelectionProofSigningRoot,
  validatorRegistrationSigningRoot,
  voluntaryExitSigningRoot,
} from "@mote/consensus";
import type {AggregateAndProof, AttestationData, Epoch, Root, Slot} from "@mote/core";

/** All that a validator signs. Nothing is copied or converted: a signer that has to be told more than the root makes it of this. */
export type SignableContent =
  | {readonly kind: "attestation"; readonly data: AttestationData}
  | {readonly kind: "block"; readonly header: phase0.BeaconBlockHeader}
  | {readonly kind: "randao_reveal"; readonly epoch: Epoch}
  | {readonly kind: "selection_proof"; readonly slot: Slot}
  | {readonly kind: "aggregate_and_proof"; readonly aggregateAndProof: AggregateAndProof}
  | {readonly kind: "sync_committee_message"; readonly slot: Slot; readonly beaconBlockRoot: Root}
  | {readonly kind: "sync_committee_selection_proof"; readonly data: altair.SyncAggregatorSelectionData}
  | {readonly kind: "contribution_and_proof"; readonly contributionAndProof: altair.ContributionAndProof}
  | {readonly kind: "validator_registration"; readonly registration: bellatrix.ValidatorRegistrationV1}
  | {readonly kind: "voluntary_exit"; readonly exit: phase0.VoluntaryExit}
  | {readonly kind: "deposit"; readonly deposit: phase0.DepositMessage}
  | {readonly kind: "payload_attestation"; readonly data: gloas.PayloadAttestationData}
  | {readonly kind: "execution_payload_envelope"; readonly envelope: gloas.ExecutionPayloadEnvelope}
  | {readonly kind: "proposer_preferences"; readonly preferences: gloas.ProposerPreferences};

export type SignableKind = SignableContent["kind"];

/** A message and the root that is signed for it. The chain's configuration tells whoever wants to know the fork of its domain. */
export type SignableMessage = SignableContent & {readonly config: NetworkConfig; readonly signingRoot: Root};

export type SignableOf<Kind extends SignableKind> = Extract<SignableMessage, {readonly kind: Kind}>;

export function attestationToSign(config: NetworkConfig, data: AttestationData): SignableOf<"attestation"> {
  return {kind: "attestation", data, config, signingRoot: attestationSigningRoot(config, data)};
}

/** @param root the header's, and so the block's: 32 bytes. Who signs a block has it already. */
export function blockToSign(
  config: NetworkConfig,
  header: phase0.BeaconBlockHeader,
  root: Uint8Array,
): SignableOf<"block"> {
  return {kind: "block", header, config, signingRoot: blockRootSigningRoot(config, header.slot as Slot, root)};
}

export function randaoRevealToSign(config: NetworkConfig, epoch: Epoch): SignableOf<"randao_reveal"> {
  return {kind: "randao_reveal", epoch, config, signingRoot: randaoRevealSigningRoot(config, epoch)};
}

export function selectionProofToSign(config: NetworkConfig, slot: Slot): SignableOf<"selection_proof"> {
  return {kind: "selection_proof", slot, config, signingRoot: selectionProofSigningRoot(config, slot)};
}

export function aggregateAndProofToSign(
  config: NetworkConfig,
  aggregateAndProof: AggregateAndProof,
): SignableOf<"aggregate_and_proof"> {
  const signingRoot = aggregateAndProofSigningRoot(config, aggregateAndProof);
  return {kind: "aggregate_and_proof", aggregateAndProof, config, signingRoot};
}

export function syncCommitteeMessageToSign(
  config: NetworkConfig,
  slot: Slot,
  beaconBlockRoot: Root,
): SignableOf<"sync_committee_message"> {
  const signingRoot = syncCommitteeMessageSigningRoot(config, slot, beaconBlockRoot);
  return {kind: "sync_committee_message", slot, beaconBlockRoot, config, signingRoot};
}

export function syncCommitteeSelectionProofToSign(
  config: NetworkConfig,
  data: altair.SyncAggregatorSelectionData,
): SignableOf<"sync_committee_selection_proof"> {
  const signingRoot = syncCommitteeSelectionProofSigningRoot(config, data);
  return {kind: "sync_committee_selection_proof", data, config, signingRoot};
}

export function contributionAndProofToSign(
  config: NetworkConfig,
  contributionAndProof: altair.ContributionAndProof,
): SignableOf<"contribution_and_proof"> {
  const signingRoot = contributionAndProofSigningRoot(config, contributionAndProof);
  return {kind: "contribution_and_proof", contributionAndProof, config, signingRoot};
}

export function validatorRegistrationToSign(
  config: NetworkConfig,
  registration: bellatrix.ValidatorRegistrationV1,
): SignableOf<"validator_registration"> {
  const signingRoot = validatorRegistrationSigningRoot(config, registration);
  return {kind: "validator_registration", registration, config, signingRoot};
}

export function voluntaryExitToSign(config: NetworkConfig, exit: phase0.VoluntaryExit): SignableOf<"voluntary_exit"> {
  return {kind: "voluntary_exit", exit, config, signingRoot: voluntaryExitSigningRoot(config, exit)};
}

export function depositToSign(config: NetworkConfig, deposit: phase0.DepositMessage): SignableOf<"deposit"> {
  return {kind: "deposit", deposit, config, signingRoot: depositSigningRoot(config, deposit)};
}

export function payloadAttestationToSign(
  config: NetworkConfig,
  data: gloas.PayloadAttestationData,
): SignableOf<"payload_attestation"> {
  return {kind: "payload_attestation", data, config, signingRoot: payloadAttestationSigningRoot(config, data)};
}

export function executionPayloadEnvelopeToSign(
  config: NetworkConfig,
  envelope: gloas.ExecutionPayloadEnvelope,
): SignableOf<"execution_payload_envelope"> {
  const signingRoot = executionPayloadEnvelopeSigningRoot(config, envelope);
  return {kind: "execution_payload_envelope", envelope, config, signingRoot};
}

export function proposerPreferencesToSign(
  config: NetworkConfig,
  preferences: gloas.ProposerPreferences,
): SignableOf<"proposer_preferences"> {
  const signingRoot = proposerPreferencesSigningRoot(config, preferences);
  return {kind: "proposer_preferences", preferences, config, signingRoot};
}
