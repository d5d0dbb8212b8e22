import {consensusVersion, type NetworkConfig} from "@mote/consensus";
import type {
  Attestation,
  AttestationDataOutcome,
  AttestationDataRequest,
  AttesterDuties,
  Cancel,
  ChainData,
  ChainEvent,
  ChainEvents,
  ChainWitness,
  ChainWitnesses,
  Clock,
  CommitteeSubscription,
  DutiesSource,
  Epoch,
  InclusionSource,
  Liveness,
  Pubkey,
  Publisher,
  PublishOutcome,
  Random,
  Root,
  SignedAggregateAndProof,
  SingleAttestation,
  Slot,
  SlotTiming,
  ValidatorIndex,
  ValidatorInfo,
  ValidatorLiveness,
  ValidatorStatuses,
} from "@mote/core";
import type {BeaconNode} from "./beacon-node.ts";
import {type BeaconNodeError, NoBeaconNodeError} from "./beacon-node-error.ts";
import type {ChainIdentity, NodeAddress} from "./chain-identity.ts";
import type {BeaconNodeState, StateChange} from "./health.ts";
import type {CallReport} from "./http/beacon-api.ts";
import {HEDGE_DELAY_MS, KNOWN_HEADS_MAX} from "./limits.ts";
import {MonitoredNode} from "./monitored-node.ts";
import type {BlockHeader} from "./routes/inclusion.ts";
import type {ItemOutcome} from "./routes/publish.ts";
import {bestAggregate} from "./strategies/best-aggregate.ts";
import {broadcast} from "./strategies/broadcast.ts";
import {first} from "./strategies/first.ts";
import {gatherLiveness} from "./strategies/liveness.ts";
import {groupBy} from "./strategies/tally.ts";
import {agreeOnAttestationData, thresholdOf} from "./strategies/threshold.ts";

export interface BeaconNodeSetInit {
  /** At least one; names are unique. Their order decides where nothing else does. */
  readonly nodes: readonly NodeAddress[];
  readonly timing: SlotTiming;
}

export interface BeaconNodeSetComponents {
  readonly clock: Clock;
  readonly random: Random;
  readonly config: NetworkConfig;
  /** Called whenever a node comes (back): null when it is on our chain, otherwise the difference, for people. */
  readonly checkChain: (identity: ChainIdentity) => string | null;
  /** One call a change. Must not throw. */
  readonly onStateChange?: (change: StateChange) => void;
  /** Every call's end, for metrics. Must not throw. */
  readonly onCall?: (report: CallReport) => void;
}

export interface BeaconNodeInfo {
  readonly name: string;
  /** Redacted. */
  readonly url: string;
  readonly state: BeaconNodeState;
  readonly detail: string;
  /** From 0 (every call failed lately) to 1. */
  readonly score: number;
  readonly latencyMs: number | null;
  readonly version: string | null;
  readonly eventStreamStands: boolean;
}

/** All configured beacon nodes behind core's ports: what may be signed is agreed by ⌊n/2⌋+1 of them, what is signed goes to each. */
export class BeaconNodeSet
  implements
    DutiesSource,
    ValidatorStatuses,
    ValidatorLiveness,
    ChainData,
    InclusionSource,
    ChainWitnesses,
    ChainEvents,
    Publisher
{
  readonly #members: readonly MonitoredNode[];
  readonly #timing: SlotTiming;
  readonly #components: BeaconNodeSetComponents;
  readonly #listeners = new Set<(event: ChainEvent) => void>();
  readonly #headSlots = new Map<Root, Slot>();
  readonly #stopping = new AbortController();

  /** @throws {Error} when there is no node, a name comes twice, or a URL is no http or https URL */
  constructor({nodes, timing}: BeaconNodeSetInit, components: BeaconNodeSetComponents) {
    if (nodes.length === 0) throw new Error("at least one beacon node is needed");
    if (new Set(nodes.map(({name}) => name)).size < nodes.length) throw new Error("two beacon nodes have one name");
    this.#timing = timing;
    this.#components = components;
    const {clock, random, checkChain, onStateChange = () => {}, onCall = () => {}} = components;
    const onEvent = (event: ChainEvent) => this.#onEvent(event);
    this.#members = nodes.map(
      (address) => new MonitoredNode({...address, timing}, {clock, random, checkChain, onStateChange, onCall, onEvent}),
    );
  }

  get nodes(): readonly BeaconNodeInfo[] {
    return this.#members.map(({node, health, eventStreamStands}) => ({
      name: node.name,
      url: node.redactedUrl,
      state: health.state,
      detail: health.detail,
      score: health.score,
      latencyMs: health.latencyMs,
      version: node.knownVersion,
      eventStreamStands,
    }));
  }

  /** @returns when one node is ready, or each was asked once */
  async start(): Promise<void> {
    const started = this.#members.map((member) => member.start());
    const oneReady = new Promise<void>((resolve, reject) => {
      this.#members.forEach((member, index) => {
        started[index]?.then(() => {
          if (member.state === "ready") resolve();
        }, reject);
      });
    });
    await Promise.race([oneReady, Promise.all(started)]);
  }

  /** Ends all calls under way and all streams. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#members.map((member) => member.stop()));
  }

  subscribe(listener: (event: ChainEvent) => void): Cancel {
    // A listener that subscribes twice is called twice.
    const own = (event: ChainEvent) => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  async attesterDuties(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<AttesterDuties> {
    const {slotsPerEpoch} = this.#timing;
    return this.#first("attester duties", (node, signal) =>
      node.attesterDuties({epoch, indices, slotsPerEpoch}, signal),
    );
  }

  async validators(pubkeys: readonly Pubkey[]): Promise<readonly ValidatorInfo[]> {
    if (pubkeys.length === 0) return [];
    return this.#first("validators", (node, signal) => node.validators(pubkeys, signal));
  }

  async liveness(epoch: Epoch, indices: readonly ValidatorIndex[]): Promise<readonly Liveness[]> {
    if (indices.length === 0) return [];
    const {clock} = this.#components;
    const ask = whenReady((node, signal) => node.liveness({epoch, indices}, signal));
    return gatherLiveness(
      {indices, threshold: thresholdOf(this.#members.length), signal: this.#stopping.signal},
      {clock, askers: this.#askers(ask)},
    );
  }

  attestationData({slot, committeeIndex, head, untilMs}: AttestationDataRequest): Promise<AttestationDataOutcome> {
    const {clock, config} = this.#components;
    const ask = whenReady((node, signal) => node.attestationData(config, {slot, committeeIndex}, signal));
    return agreeOnAttestationData(
      {threshold: thresholdOf(this.#members.length), head, untilMs, signal: this.#stopping.signal},
      {clock, askers: this.#askers(ask), slotOf: (root) => this.#headSlots.get(root)},
    );
  }

  async aggregateAttestation(request: Parameters<ChainData["aggregateAttestation"]>[0]): Promise<Attestation> {
    const {clock, config} = this.#components;
    const ask = async (member: MonitoredNode, signal: AbortSignal) => {
      await member.ensureOurChain();
      return member.node.aggregateAttestation(config, request, signal);
    };
    return bestAggregate({untilMs: request.untilMs, signal: this.#stopping.signal}, {clock, askers: this.#askers(ask)});
  }

  blockAttestations(blockRoot: Root): Promise<readonly Attestation[]> {
    return this.#first("attestations of a block", (node, signal) => node.blockAttestations(blockRoot, signal));
  }

  blockHeader(blockRoot: Root): Promise<BlockHeader> {
    return this.#first("block header", (node, signal) => node.blockHeader(blockRoot, signal));
  }

  committeeLengths(slot: Slot): Promise<readonly number[]> {
    const {slotsPerEpoch} = this.#timing;
    return this.#first("committees", (node, signal) => node.committeeLengths({slot, slotsPerEpoch}, signal));
  }

  get witnessThreshold(): number {
    return thresholdOf(this.#members.length);
  }

  witnesses(): readonly ChainWitness[] {
    const {signal} = this.#stopping;
    const {slotsPerEpoch} = this.#timing;
    return this.#members
      .filter(({state}) => state !== "wrong_chain")
      .map((member): ChainWitness => {
        const told = <T>(ask: (node: BeaconNode) => Promise<T>) => whenReady(ask)(member, signal);
        return {
          attesterDuties: (epoch, indices) =>
            told((node) => node.attesterDuties({epoch, indices, slotsPerEpoch}, signal)),
          head: () => told((node) => node.head(signal)),
          blockHeader: (root) => member.node.blockHeader(root, signal),
          blockAttestations: (root) => member.node.blockAttestations(root, signal),
          committeeLengths: (slot) => told((node) => node.committeeLengths({slot, slotsPerEpoch}, signal)),
        };
      });
  }

  publishAttestations(attestations: readonly SingleAttestation[]): Promise<readonly PublishOutcome[]> {
    const {config} = this.#components;
    return this.#publish(
      attestations,
      ({data}) => data.slot,
      (node, items, signal) => node.publishAttestations(config, items, signal),
    );
  }

  publishAggregates(aggregates: readonly SignedAggregateAndProof[]): Promise<readonly PublishOutcome[]> {
    const {config} = this.#components;
    return this.#publish(
      aggregates,
      ({message}) => message.aggregate.data.slot,
      (node, items, signal) => node.publishAggregates(config, items, signal),
    );
  }

  async subscribeCommittees(subscriptions: readonly CommitteeSubscription[]): Promise<void> {
    if (subscriptions.length === 0) return;
    const {signal} = this.#stopping;
    try {
      await Promise.any(this.#receivers().map(({node}) => node.subscribeCommittees(subscriptions, signal)));
    } catch (error) {
      const errors = error instanceof AggregateError ? (error.errors as BeaconNodeError[]) : [];
      throw new NoBeaconNodeError("committee subscriptions", errors);
    }
  }

  #first<T>(what: string, ask: (node: BeaconNode, signal: AbortSignal) => Promise<T>): Promise<T> {
    const {clock} = this.#components;
    const {signal} = this.#stopping;
    return first(this.#readyByCost(), ask, {what, hedgeDelayMs: HEDGE_DELAY_MS, signal}, {clock});
  }

  /** The best first; differences below this are noise, and the order of configuration stands. */
  #readyByCost(): BeaconNode[] {
    const COST_STEP_MS = 25;
    const cost = ({health}: MonitoredNode) => Math.floor(health.costMs / COST_STEP_MS);
    return this.#members
      .filter(({state}) => state === "ready")
      .sort((a, b) => cost(a) - cost(b))
      .map(({node}) => node);
  }

  /** Every node, also those that did not answer lately: they may have come back this moment, and asking costs nothing. */
  #askers<T>(ask: (member: MonitoredNode, signal: AbortSignal) => Promise<T>) {
    return this.#members
      .filter(({state}) => state !== "wrong_chain")
      .map((member) => ({
        name: member.node.name,
        ask: (signal: AbortSignal) => ask(member, AbortSignal.any([signal, this.#stopping.signal])),
      }));
  }

  /** Nodes that messages go to: syncing ones too, they have peers. */
  #receivers(): MonitoredNode[] {
    const onOurChain = this.#members.filter(({state}) => state !== "wrong_chain");
    const reachable = onOurChain.filter(({state}) => state !== "unreachable");
    return reachable.length > 0 ? reachable : onOurChain;
  }

  /** A request carries messages of one fork: around a fork, they are sent apart. */
  async #publish<I>(
    items: readonly I[],
    slotOf: (item: I) => Slot,
    send: (node: BeaconNode, items: readonly I[], signal: AbortSignal) => Promise<readonly ItemOutcome[]>,
  ): Promise<readonly PublishOutcome[]> {
    const {clock, config} = this.#components;
    const {signal} = this.#stopping;
    const groups = groupBy([...items.keys()], (index) => consensusVersion(config, slotOf(items[index] as I)));
    const outcomes: PublishOutcome[] = [];
    await Promise.all(
      groups.map(async (indices) => {
        const group = indices.map((index) => items[index] as I);
        const paths = this.#receivers().map(({node}) => ({name: node.name, send: () => send(node, group, signal)}));
        const ofGroup = await broadcast(group.length, {clock, paths});
        ofGroup.forEach((outcome, at) => {
          outcomes[indices[at] as number] = outcome;
        });
      }),
    );
    return outcomes;
  }

  #onEvent(event: ChainEvent): void {
    if (event.kind === "head") {
      this.#headSlots.set(event.blockRoot, event.slot);
      if (this.#headSlots.size > KNOWN_HEADS_MAX) {
        const [oldest] = this.#headSlots.keys();
        if (oldest !== undefined) this.#headSlots.delete(oldest);
      }
    }
    for (const listener of this.#listeners) listener(event);
  }
}

/** A question whose answer counts only if the node is on our chain and, by its own word at this moment, sound. */
function whenReady<T>(ask: (node: BeaconNode, signal: AbortSignal) => Promise<T>) {
  return async (member: MonitoredNode, signal: AbortSignal): Promise<T> => {
    await member.ensureOurChain();
    const [answer] = await Promise.all([ask(member.node, signal), member.ensureReady(signal)]);
    return answer;
  };
}
