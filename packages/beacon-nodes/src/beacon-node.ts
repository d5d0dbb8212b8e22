import type {NetworkConfig} from "@mote/consensus";
import {
  type Attestation,
  type AttestationData,
  type AttesterDuties,
  type Clock,
  type CommitteeSelection,
  type CommitteeSubscription,
  type Liveness,
  type ProposerDuties,
  type ProposerPreparation,
  type PtcDuties,
  type Pubkey,
  type Root,
  redactUrl,
  type SignedAggregateAndProof,
  type SignedBlock,
  type SignedEnvelope,
  type SingleAttestation,
  type SyncCommitteeSelection,
  type SyncCommitteeSubscription,
  type SyncDuty,
  type ValidatorIndex,
  type ValidatorInfo,
} from "@mote/core";
import {excerpt} from "./beacon-node-error.ts";
import {BeaconApi, type CallReport} from "./http/beacon-api.ts";
import type {Connect, HttpAddress, Transport} from "./http/http-client.ts";
import {type AggregateCall, aggregateAttestation} from "./routes/aggregate-attestation.ts";
import {type AttestationDataCall, attestationData} from "./routes/attestation-data.ts";
import * as attestations from "./routes/attestations.ts";
import {type AttesterDutiesRequest, attesterDuties} from "./routes/attester-duties.ts";
import {produceBlock} from "./routes/block.ts";
import type {BlockCall, BlockProposal} from "./routes/block-production.ts";
import {publishBlock, publishExecutionPayloadEnvelope} from "./routes/block-publication.ts";
import {publishBlsToExecutionChanges, type SignedBlsToExecutionChange} from "./routes/bls-to-execution-changes.ts";
import * as chain from "./routes/chain.ts";
import {type CommitteeCall, committee, type SyncCommitteeCall, syncCommittee} from "./routes/committee-members.ts";
import {headRoot} from "./routes/head-root.ts";
import * as inclusion from "./routes/inclusion.ts";
import * as lightClient from "./routes/light-client.ts";
import {type LivenessRequest, liveness} from "./routes/liveness.ts";
import type * as messages from "./routes/messages.ts";
import * as payload from "./routes/payload-attestation.ts";
import * as preparation from "./routes/preparation.ts";
import {type ProposerDutiesRequest, proposerDuties} from "./routes/proposer-duties.ts";
import {type PtcDutiesRequest, ptcDuties} from "./routes/ptc-duties.ts";
import type {ItemOutcome} from "./routes/publish.ts";
import {committeeSelections, syncCommitteeSelections} from "./routes/selections.ts";
import * as syncCommitteeRoutes from "./routes/sync-committee.ts";
import {type SyncDutiesRequest, syncDuties} from "./routes/sync-duties.ts";
import {type ValidatorIdentity, validatorIdentities} from "./routes/validator-identities.ts";
import {type ValidatorDetails, validatorDetails, validatorDetailsByIndex, validators} from "./routes/validators.ts";
import {publishVoluntaryExit} from "./routes/voluntary-exit.ts";

export interface BeaconNodeInit extends HttpAddress {
  readonly name: string;
  /**
   * True for the middleware of a distributed validator: its `attestation_data` and `blocks` answer when the cluster has agreed, and always
   * want the committee.
   */
  readonly distributed?: boolean;
}

export interface BeaconNodeComponents {
  readonly clock: Clock;
  readonly onCall?: ((report: CallReport) => void) | undefined;
  /** Over sockets, unless said otherwise. */
  readonly connect?: Connect | undefined;
}

type Signal = AbortSignal | undefined;

/** One beacon node's calls, each bounded and decoded strictly. Every failure is a `BeaconNodeError`. Nothing is retried here. */
export class BeaconNode {
  readonly name: string;
  /** Fit for printing. */
  readonly redactedUrl: string;
  readonly http: Transport;
  readonly #api: BeaconApi;
  #version: string | null = null;

  /** @throws {Error} when the URL is no http or https URL, or a header or a PEM text cannot be used; the message repeats none of them */
  constructor(init: BeaconNodeInit, components: BeaconNodeComponents) {
    this.name = init.name;
    this.redactedUrl = redactUrl(init.url);
    this.#api = new BeaconApi(init, components);
    this.http = this.#api.http;
  }

  /** As the node last said; null until asked. */
  get knownVersion(): string | null {
    return this.#version;
  }

  // The chain and the node

  /** Null: the chain's genesis is not known yet. */
  genesis(signal?: Signal): Promise<chain.Genesis | null> {
    return chain.genesis(this.#api, signal);
  }

  spec(signal?: Signal): Promise<chain.Spec> {
    return chain.spec(this.#api, signal);
  }

  forkSchedule(signal?: Signal): Promise<readonly chain.ScheduledFork[]> {
    return chain.forkSchedule(this.#api, signal);
  }

  depositContract(signal?: Signal): Promise<chain.DepositContract> {
    return chain.depositContract(this.#api, signal);
  }

  peerCount(signal?: Signal): Promise<number> {
    return chain.peerCount(this.#api, signal);
  }

  syncing(signal?: Signal): Promise<chain.SyncStatus> {
    return chain.syncing(this.#api, signal);
  }

  /** Another version than before may speak another dialect: what was learned of the old one is forgotten. */
  async version(signal?: Signal): Promise<string> {
    const version = excerpt(this.http.redact(await chain.version(this.#api, signal)));
    if (this.#version !== null && this.#version !== version) this.#api.dialect.clear();
    this.#version = version;
    return version;
  }

  headRoot(signal?: Signal): Promise<{readonly root: Root}> {
    return headRoot(this.#api, signal);
  }

  // Duties

  validators(pubkeys: readonly Pubkey[], signal?: Signal): Promise<readonly ValidatorInfo[]> {
    return validators(this.#api, pubkeys, signal);
  }

  validatorDetails(pubkeys: readonly Pubkey[], signal?: Signal): Promise<readonly ValidatorDetails[]> {
    return validatorDetails(this.#api, pubkeys, signal);
  }

  validatorDetailsByIndex(indices: readonly ValidatorIndex[], signal?: Signal): Promise<readonly ValidatorDetails[]> {
    return validatorDetailsByIndex(this.#api, indices, signal);
  }

  attesterDuties(request: AttesterDutiesRequest, signal?: Signal): Promise<AttesterDuties> {
    return attesterDuties(this.#api, request, signal);
  }

  proposerDuties(request: ProposerDutiesRequest, signal?: Signal): Promise<ProposerDuties> {
    return proposerDuties(this.#api, request, signal);
  }

  syncDuties(request: SyncDutiesRequest, signal?: Signal): Promise<readonly SyncDuty[]> {
    return syncDuties(this.#api, request, signal);
  }

  ptcDuties(request: PtcDutiesRequest, signal?: Signal): Promise<PtcDuties> {
    return ptcDuties(this.#api, request, signal);
  }

  liveness(request: LivenessRequest, signal?: Signal): Promise<readonly Liveness[]> {
    return liveness(this.#api, request, signal);
  }

  /** Of a distributed validator: partial proofs in, the cluster's proofs out. */
  committeeSelections(partial: readonly CommitteeSelection[], signal?: Signal): Promise<readonly CommitteeSelection[]> {
    return committeeSelections(this.#api, partial, signal);
  }

  /** As {@link BeaconNode.committeeSelections}. */
  syncCommitteeSelections(
    partial: readonly SyncCommitteeSelection[],
    signal?: Signal,
  ): Promise<readonly SyncCommitteeSelection[]> {
    return syncCommitteeSelections(this.#api, partial, signal);
  }

  // What to sign

  attestationData(config: NetworkConfig, call: AttestationDataCall, signal?: Signal): Promise<AttestationData> {
    return attestationData(this.#api, config, call, signal);
  }

  aggregateAttestation(config: NetworkConfig, call: AggregateCall, signal?: Signal): Promise<Attestation> {
    return aggregateAttestation(this.#api, config, call, signal);
  }

  block(config: NetworkConfig, call: BlockCall, signal?: Signal): Promise<BlockProposal> {
    return produceBlock(this.#api, config, call, signal);
  }

  syncCommitteeContribution(
    call: syncCommitteeRoutes.ContributionCall,
    signal?: Signal,
  ): Promise<messages.SyncCommitteeContribution> {
    return syncCommitteeRoutes.syncCommitteeContribution(this.#api, call, signal);
  }

  /** Null: no block of the slot was seen, so there is nothing to vote on. */
  payloadAttestationData(
    config: NetworkConfig,
    call: payload.PayloadAttestationDataCall,
    signal?: Signal,
  ): Promise<messages.PayloadAttestationData | null> {
    return payload.payloadAttestationData(this.#api, config, call, signal);
  }

  // What was signed; outcomes are in the order of the messages, one each

  publishAttestations(
    config: NetworkConfig,
    votes: readonly SingleAttestation[],
    signal?: Signal,
  ): Promise<readonly ItemOutcome[]> {
    return attestations.publishAttestations(this.#api, config, votes, signal);
  }

  publishAggregates(
    config: NetworkConfig,
    aggregates: readonly SignedAggregateAndProof[],
    signal?: Signal,
  ): Promise<readonly ItemOutcome[]> {
    return attestations.publishAggregates(this.#api, config, aggregates, signal);
  }

  publishBlock(config: NetworkConfig, block: SignedBlock, signal?: Signal): Promise<readonly ItemOutcome[]> {
    return publishBlock(this.#api, config, block, signal);
  }

  publishExecutionPayloadEnvelope(
    config: NetworkConfig,
    envelope: SignedEnvelope,
    signal?: Signal,
  ): Promise<readonly ItemOutcome[]> {
    return publishExecutionPayloadEnvelope(this.#api, config, envelope, signal);
  }

  publishSyncCommitteeMessages(
    votes: readonly messages.SyncCommitteeMessage[],
    signal?: Signal,
  ): Promise<readonly ItemOutcome[]> {
    return syncCommitteeRoutes.publishSyncCommitteeMessages(this.#api, votes, signal);
  }

  publishContributions(
    contributions: readonly messages.SignedContributionAndProof[],
    signal?: Signal,
  ): Promise<readonly ItemOutcome[]> {
    return syncCommitteeRoutes.publishContributions(this.#api, contributions, signal);
  }

  publishPayloadAttestations(
    config: NetworkConfig,
    votes: readonly messages.PayloadAttestationMessage[],
    signal?: Signal,
  ): Promise<readonly ItemOutcome[]> {
    return payload.publishPayloadAttestations(this.#api, config, votes, signal);
  }

  publishBlsToExecutionChanges(
    changes: readonly SignedBlsToExecutionChange[],
    signal?: Signal,
  ): Promise<readonly ItemOutcome[]> {
    return publishBlsToExecutionChanges(this.#api, changes, signal);
  }

  publishVoluntaryExit(exit: messages.SignedVoluntaryExit, signal?: Signal): Promise<readonly ItemOutcome[]> {
    return publishVoluntaryExit(this.#api, exit, signal);
  }

  publishProposerPreferences(
    config: NetworkConfig,
    preferences: readonly messages.SignedProposerPreferences[],
    signal?: Signal,
  ): Promise<readonly ItemOutcome[]> {
    return preparation.publishProposerPreferences(this.#api, config, preferences, signal);
  }

  // What the node should get ready for

  subscribeCommittees(subscriptions: readonly CommitteeSubscription[], signal?: Signal): Promise<void> {
    return attestations.subscribeCommittees(this.#api, subscriptions, signal);
  }

  subscribeSyncCommittees(subscriptions: readonly SyncCommitteeSubscription[], signal?: Signal): Promise<void> {
    return syncCommitteeRoutes.subscribeSyncCommittees(this.#api, subscriptions, signal);
  }

  prepareProposers(preparations: readonly ProposerPreparation[], signal?: Signal): Promise<void> {
    return preparation.prepareProposers(this.#api, preparations, signal);
  }

  registerValidators(registrations: readonly messages.SignedValidatorRegistration[], signal?: Signal): Promise<void> {
    return preparation.registerValidators(this.#api, registrations, signal);
  }

  // What blocks carry

  blockAttestations(blockRoot: Root, signal?: Signal): Promise<readonly Attestation[]> {
    return inclusion.blockAttestations(this.#api, blockRoot, signal);
  }

  blockHeader(blockRoot: Root, signal?: Signal): Promise<inclusion.BlockHeader> {
    return inclusion.blockHeader(this.#api, blockRoot, signal);
  }

  head(signal?: Signal): Promise<inclusion.Head> {
    return inclusion.head(this.#api, signal);
  }

  committeeLengths(call: inclusion.CommitteesCall, signal?: Signal): Promise<readonly number[]> {
    return inclusion.committeeLengths(this.#api, call, signal);
  }

  // What a light node on the network holds messages against

  /** Of the block that has this name on the node's chain. */
  header(name: "head" | "finalized" | "genesis", signal?: Signal): Promise<inclusion.Head> {
    return inclusion.headerOf(this.#api, name, signal);
  }

  committee(call: CommitteeCall, signal?: Signal): Promise<readonly ValidatorIndex[]> {
    return committee(this.#api, call, signal);
  }

  syncCommittee(call: SyncCommitteeCall, signal?: Signal): Promise<readonly ValidatorIndex[]> {
    return syncCommittee(this.#api, call, signal);
  }

  validatorIdentities(indices: readonly ValidatorIndex[], signal?: Signal): Promise<readonly ValidatorIdentity[]> {
    return validatorIdentities(this.#api, indices, signal);
  }

  lightClientBootstrap(blockRoot: Root, signal?: Signal): ReturnType<typeof lightClient.lightClientBootstrap> {
    return lightClient.lightClientBootstrap(this.#api, blockRoot, signal);
  }

  lightClientUpdates(
    config: NetworkConfig,
    call: lightClient.LightClientUpdatesCall,
    signal?: Signal,
  ): ReturnType<typeof lightClient.lightClientUpdates> {
    return lightClient.lightClientUpdates(this.#api, config, call, signal);
  }

  lightClientFinalityUpdate(signal?: Signal): ReturnType<typeof lightClient.lightClientFinalityUpdate> {
    return lightClient.lightClientFinalityUpdate(this.#api, signal);
  }

  lightClientOptimisticUpdate(signal?: Signal): ReturnType<typeof lightClient.lightClientOptimisticUpdate> {
    return lightClient.lightClientOptimisticUpdate(this.#api, signal);
  }

  close(): void {
    this.http.close();
  }
}
