import type {NetworkConfig} from "@mote/consensus";
import {
  type Attestation,
  type AttestationData,
  type AttesterDuties,
  type Clock,
  type CommitteeSubscription,
  type Liveness,
  type Pubkey,
  type Root,
  redactUrl,
  type SignedAggregateAndProof,
  type SingleAttestation,
  type ValidatorInfo,
} from "@mote/core";
import {BeaconApi, type CallReport} from "./http/beacon-api.ts";
import type {HttpClient} from "./http/http-client.ts";
import {type AggregateCall, aggregateAttestation} from "./routes/aggregate-attestation.ts";
import {type AttestationDataCall, attestationData} from "./routes/attestation-data.ts";
import {type AttesterDutiesRequest, attesterDuties} from "./routes/attester-duties.ts";
import * as chain from "./routes/chain.ts";
import * as inclusion from "./routes/inclusion.ts";
import {type LivenessRequest, liveness} from "./routes/liveness.ts";
import * as publish from "./routes/publish.ts";
import {validators} from "./routes/validators.ts";

/** One beacon node's calls, each bounded and decoded strictly. Every failure is a `BeaconNodeError`. Nothing is retried here. */
export class BeaconNode {
  readonly name: string;
  /** Fit for printing. */
  readonly redactedUrl: string;
  readonly http: HttpClient;
  readonly #api: BeaconApi;
  #version: string | null = null;

  /** @throws {Error} when the URL is no http or https URL */
  constructor(
    init: {readonly name: string; readonly url: string},
    components: {readonly clock: Clock; readonly onCall?: ((report: CallReport) => void) | undefined},
  ) {
    this.name = init.name;
    this.redactedUrl = redactUrl(init.url);
    this.#api = new BeaconApi(init, components);
    this.http = this.#api.http;
  }

  /** As the node last said; null until asked. */
  get knownVersion(): string | null {
    return this.#version;
  }

  /** Null: the chain's genesis is not known yet. */
  genesis(signal?: AbortSignal): Promise<chain.Genesis | null> {
    return chain.genesis(this.#api, signal);
  }

  spec(signal?: AbortSignal): Promise<chain.Spec> {
    return chain.spec(this.#api, signal);
  }

  forkSchedule(signal?: AbortSignal): Promise<readonly chain.ScheduledFork[]> {
    return chain.forkSchedule(this.#api, signal);
  }

  depositContract(signal?: AbortSignal): Promise<chain.DepositContract> {
    return chain.depositContract(this.#api, signal);
  }

  syncing(signal?: AbortSignal): Promise<chain.SyncStatus> {
    return chain.syncing(this.#api, signal);
  }

  /** Another version than before may speak another dialect: what was learned of the old one is forgotten. */
  async version(signal?: AbortSignal): Promise<string> {
    const version = await chain.version(this.#api, signal);
    if (this.#version !== null && this.#version !== version) this.#api.dialect.clear();
    this.#version = version;
    return version;
  }

  validators(pubkeys: readonly Pubkey[], signal?: AbortSignal): Promise<readonly ValidatorInfo[]> {
    return validators(this.#api, pubkeys, signal);
  }

  attesterDuties(request: AttesterDutiesRequest, signal?: AbortSignal): Promise<AttesterDuties> {
    return attesterDuties(this.#api, request, signal);
  }

  liveness(request: LivenessRequest, signal?: AbortSignal): Promise<readonly Liveness[]> {
    return liveness(this.#api, request, signal);
  }

  attestationData(config: NetworkConfig, call: AttestationDataCall, signal?: AbortSignal): Promise<AttestationData> {
    return attestationData(this.#api, config, call, signal);
  }

  aggregateAttestation(config: NetworkConfig, call: AggregateCall, signal?: AbortSignal): Promise<Attestation> {
    return aggregateAttestation(this.#api, config, call, signal);
  }

  publishAttestations(
    config: NetworkConfig,
    attestations: readonly SingleAttestation[],
    signal?: AbortSignal,
  ): Promise<readonly publish.ItemOutcome[]> {
    return publish.publishAttestations(this.#api, config, attestations, signal);
  }

  publishAggregates(
    config: NetworkConfig,
    aggregates: readonly SignedAggregateAndProof[],
    signal?: AbortSignal,
  ): Promise<readonly publish.ItemOutcome[]> {
    return publish.publishAggregates(this.#api, config, aggregates, signal);
  }

  subscribeCommittees(subscriptions: readonly CommitteeSubscription[], signal?: AbortSignal): Promise<void> {
    return publish.subscribeCommittees(this.#api, subscriptions, signal);
  }

  blockAttestations(blockRoot: Root, signal?: AbortSignal): Promise<readonly Attestation[]> {
    return inclusion.blockAttestations(this.#api, blockRoot, signal);
  }

  blockHeader(blockRoot: Root, signal?: AbortSignal): Promise<inclusion.BlockHeader> {
    return inclusion.blockHeader(this.#api, blockRoot, signal);
  }

  head(signal?: AbortSignal): Promise<inclusion.Head> {
    return inclusion.head(this.#api, signal);
  }

  committeeLengths(call: inclusion.CommitteesCall, signal?: AbortSignal): Promise<readonly number[]> {
    return inclusion.committeeLengths(this.#api, call, signal);
  }

  close(): void {
    this.http.close();
  }
}
