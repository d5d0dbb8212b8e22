import type {NetworkConfig} from "@mote/consensus";
import type {
  Cancel,
  ChainData,
  ChainEvent,
  ChainEvents,
  ChainWitness,
  ChainWitnesses,
  Clock,
  DistributedSelections,
  DutiesSource,
  InclusionSource,
  Publisher,
  Random,
  SlotTiming,
  ValidatorLiveness,
  ValidatorStatuses,
} from "@mote/core";
import type {ChainIdentity, NodeAddress} from "./chain-identity.ts";
import type {BeaconNodeState, StateChange} from "./health.ts";
import type {CallReport} from "./http/beacon-api.ts";
import type {Connect} from "./http/http-client.ts";
import {MonitoredNode} from "./monitored-node.ts";
import {type BroadcastChoices, chosenStrategies, type StrategyChoices} from "./set/choices.ts";
import {KnownHeads} from "./set/known-heads.ts";
import {Lookups} from "./set/lookups.ts";
import {Members} from "./set/members.ts";
import {BeaconNetworkLookups, type NetworkLookups} from "./set/network-lookups.ts";
import {Publishing} from "./set/publishing.ts";
import {SigningData} from "./set/signing-data.ts";
import {thresholdOf} from "./strategies/threshold.ts";

export interface BeaconNodeSetInit {
  /** At least one; names are unique, those of proposer nodes included. Their order decides where nothing else does. */
  readonly nodes: readonly NodeAddress[];
  /** When given, blocks are asked of these, and published by them, as long as they do. */
  readonly proposerNodes?: readonly NodeAddress[];
  readonly timing: SlotTiming;
  readonly strategies?: StrategyChoices;
  /** Of `nodes` that must agree where the strategy is `threshold`; null: more than half. */
  readonly threshold?: number | null;
  /** What goes to every node; all of it, unless said otherwise. */
  readonly broadcast?: Partial<BroadcastChoices>;
  /** The nodes are the middleware of a distributed validator. */
  readonly distributed?: boolean;
}

export interface BeaconNodeSetComponents {
  readonly clock: Clock;
  readonly random: Random;
  readonly config: NetworkConfig;
  /** Called whenever a node comes (back): null when it is on our chain, otherwise the difference, for people. */
  readonly checkChain: (identity: ChainIdentity) => string | null;
  /** One call a change. Must not throw. */
  readonly onStateChange?: (change: StateChange) => void;
  /** Every call's end, for metrics and the watch on the clock. Must not throw. */
  readonly onCall?: (report: CallReport) => void;
  /** The way to each node: over sockets, unless said otherwise. */
  readonly connect?: Connect | undefined;
}

export interface BeaconNodeInfo {
  readonly name: string;
  /** Redacted. */
  readonly url: string;
  /** Only proposals are its business. */
  readonly isProposerNode: boolean;
  readonly state: BeaconNodeState;
  readonly detail: string;
  /** From 0 (not ready) to 1. */
  readonly score: number;
  readonly latencyMs: number | null;
  readonly version: string | null;
  readonly eventStreamStands: boolean;
}

/** All configured beacon nodes behind core's ports. */
export class BeaconNodeSet
  implements
    DutiesSource,
    ValidatorStatuses,
    ValidatorLiveness,
    ChainData,
    InclusionSource,
    ChainWitnesses,
    ChainEvents,
    Publisher,
    DistributedSelections,
    NetworkLookups
{
  readonly #members: Members;
  readonly #lookups: Lookups;
  readonly #networkLookups: NetworkLookups;
  readonly #signingData: SigningData;
  readonly #publishing: Publishing;
  readonly #listeners = new Set<(event: ChainEvent) => void>();
  readonly #heads: KnownHeads;

  /** @throws {Error} when there is no node, a name comes twice, an address cannot be used, or a choice makes no sense */
  constructor(init: BeaconNodeSetInit, components: BeaconNodeSetComponents) {
    const {nodes, proposerNodes = [], timing, distributed = false} = init;
    const {clock, config} = components;
    checkNames(nodes, proposerNodes);
    const threshold = init.threshold ?? thresholdOf(nodes.length);
    if (!Number.isInteger(threshold) || threshold < 1 || threshold > nodes.length)
      throw new Error(`${threshold} of ${nodes.length} beacon nodes can never agree`);
    const monitored = (address: NodeAddress) => this.#monitored({...address, timing, distributed}, components);
    this.#members = new Members({
      nodes: nodes.map(monitored),
      proposerNodes: proposerNodes.map(monitored),
      threshold,
      majority: thresholdOf(nodes.length),
    });
    this.#heads = new KnownHeads({timing}, {clock});
    const own = {members: this.#members, clock, config, slotOf: this.#heads.slotOf};
    const strategies = chosenStrategies(init.strategies ?? {}, distributed);
    this.#lookups = new Lookups({timing}, own);
    this.#networkLookups = new BeaconNetworkLookups({timing}, own);
    this.#signingData = new SigningData({strategies, distributed}, own);
    const broadcast = {attestations: true, blocks: true, syncMessages: true, subscriptions: true, ...init.broadcast};
    this.#publishing = new Publishing({broadcast}, own);
  }

  get nodes(): readonly BeaconNodeInfo[] {
    const {newestHeadSlot} = this.#members;
    return this.#members.all.map(({node, health, eventStreamStands}) => ({
      name: node.name,
      url: node.redactedUrl,
      isProposerNode: this.#members.isProposerNode(node.name),
      state: health.state,
      detail: health.detail,
      score: health.score(newestHeadSlot),
      latencyMs: health.latencyMs,
      version: node.knownVersion,
      eventStreamStands,
    }));
  }

  /** @returns when one node is ready that serves more than proposals, or each was asked once */
  async start(): Promise<void> {
    const starting = this.#members.all.map((member) => ({member, started: member.start()}));
    const oneReady = new Promise<void>((resolve, reject) => {
      for (const {member, started} of starting) {
        started.then(() => {
          if (member.state === "ready" && !this.#members.isProposerNode(member.node.name)) resolve();
        }, reject);
      }
    });
    await Promise.race([oneReady, Promise.all(starting.map(({started}) => started))]);
  }

  /** Ends all calls under way and all streams. */
  async stop(): Promise<void> {
    this.#members.stop();
    await Promise.all(this.#members.all.map((member) => member.stop()));
  }

  subscribe(listener: (event: ChainEvent) => void): Cancel {
    // A listener that subscribes twice is called twice.
    const own = (event: ChainEvent) => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  // Duties and lookups

  attesterDuties: DutiesSource["attesterDuties"] = (...asked) => this.#lookups.attesterDuties(...asked);
  proposerDuties: DutiesSource["proposerDuties"] = (...asked) => this.#lookups.proposerDuties(...asked);
  syncDuties: DutiesSource["syncDuties"] = (...asked) => this.#lookups.syncDuties(...asked);
  ptcDuties: DutiesSource["ptcDuties"] = (...asked) => this.#lookups.ptcDuties(...asked);
  validators: ValidatorStatuses["validators"] = (...asked) => this.#lookups.validators(...asked);
  liveness: ValidatorLiveness["liveness"] = (...asked) => this.#lookups.liveness(...asked);
  blockAttestations: InclusionSource["blockAttestations"] = (...asked) => this.#lookups.blockAttestations(...asked);
  blockHeader: InclusionSource["blockHeader"] = (...asked) => this.#lookups.blockHeader(...asked);
  committeeLengths: InclusionSource["committeeLengths"] = (...asked) => this.#lookups.committeeLengths(...asked);
  committeeSelections: DistributedSelections["committeeSelections"] = (...asked) =>
    this.#lookups.committeeSelections(...asked);
  syncCommitteeSelections: DistributedSelections["syncCommitteeSelections"] = (...asked) =>
    this.#lookups.syncCommitteeSelections(...asked);

  get witnessThreshold(): number {
    return this.#lookups.witnessThreshold;
  }

  witnesses(): readonly ChainWitness[] {
    return this.#lookups.witnesses();
  }

  committee: NetworkLookups["committee"] = (...asked) => this.#networkLookups.committee(...asked);
  syncCommittee: NetworkLookups["syncCommittee"] = (...asked) => this.#networkLookups.syncCommittee(...asked);
  agreedValidatorIdentities: NetworkLookups["agreedValidatorIdentities"] = (...asked) =>
    this.#networkLookups.agreedValidatorIdentities(...asked);
  genesisBlockRoot: NetworkLookups["genesisBlockRoot"] = () => this.#networkLookups.genesisBlockRoot();
  agreedFinalizedRoot: NetworkLookups["agreedFinalizedRoot"] = () => this.#networkLookups.agreedFinalizedRoot();
  lightClientSources: NetworkLookups["lightClientSources"] = () => this.#networkLookups.lightClientSources();

  // What to sign

  attestationData: ChainData["attestationData"] = (...asked) => this.#signingData.attestationData(...asked);
  aggregateAttestation: ChainData["aggregateAttestation"] = (...asked) =>
    this.#signingData.aggregateAttestation(...asked);
  block: ChainData["block"] = (...asked) => this.#signingData.block(...asked);
  headRoot: ChainData["headRoot"] = (...asked) => this.#signingData.headRoot(...asked);
  syncCommitteeContribution: ChainData["syncCommitteeContribution"] = (...asked) =>
    this.#signingData.syncCommitteeContribution(...asked);
  payloadAttestationData: ChainData["payloadAttestationData"] = (...asked) =>
    this.#signingData.payloadAttestationData(...asked);

  // What was signed, and what nodes should know

  publishAttestations: Publisher["publishAttestations"] = (...sent) => this.#publishing.publishAttestations(...sent);
  publishAggregates: Publisher["publishAggregates"] = (...sent) => this.#publishing.publishAggregates(...sent);
  publishBlock: Publisher["publishBlock"] = (...sent) => this.#publishing.publishBlock(...sent);
  publishExecutionPayloadEnvelope: Publisher["publishExecutionPayloadEnvelope"] = (...sent) =>
    this.#publishing.publishExecutionPayloadEnvelope(...sent);
  publishSyncCommitteeMessages: Publisher["publishSyncCommitteeMessages"] = (...sent) =>
    this.#publishing.publishSyncCommitteeMessages(...sent);
  publishContributions: Publisher["publishContributions"] = (...sent) => this.#publishing.publishContributions(...sent);
  publishPayloadAttestations: Publisher["publishPayloadAttestations"] = (...sent) =>
    this.#publishing.publishPayloadAttestations(...sent);
  publishVoluntaryExit: Publisher["publishVoluntaryExit"] = (...sent) => this.#publishing.publishVoluntaryExit(...sent);
  publishProposerPreferences: Publisher["publishProposerPreferences"] = (...sent) =>
    this.#publishing.publishProposerPreferences(...sent);
  subscribeCommittees: Publisher["subscribeCommittees"] = (...sent) => this.#publishing.subscribeCommittees(...sent);
  subscribeSyncCommittees: Publisher["subscribeSyncCommittees"] = (...sent) =>
    this.#publishing.subscribeSyncCommittees(...sent);
  prepareProposers: Publisher["prepareProposers"] = (...sent) => this.#publishing.prepareProposers(...sent);
  registerValidators: Publisher["registerValidators"] = (...sent) => this.#publishing.registerValidators(...sent);

  #monitored(
    init: NodeAddress & {readonly timing: SlotTiming; readonly distributed: boolean},
    components: BeaconNodeSetComponents,
  ): MonitoredNode {
    const {clock, random, checkChain, connect, onStateChange = () => {}, onCall = () => {}} = components;
    const onEvent = (event: ChainEvent) => this.#onEvent(event);
    return new MonitoredNode(init, {clock, random, checkChain, onStateChange, onCall, onEvent, connect});
  }

  #onEvent(event: ChainEvent): void {
    this.#heads.hear(event);
    for (const listener of this.#listeners) listener(event);
  }
}

function checkNames(nodes: readonly NodeAddress[], proposerNodes: readonly NodeAddress[]): void {
  if (nodes.length === 0) throw new Error("at least one beacon node is needed");
  const names = [...nodes, ...proposerNodes].map(({name}) => name);
  if (new Set(names).size < names.length) throw new Error("two beacon nodes have one name");
}
