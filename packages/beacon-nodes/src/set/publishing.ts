import {consensusVersion, type NetworkConfig} from "@mote/consensus";
import type {Clock, Publisher, PublishOutcome, Slot} from "@mote/core";
import type {BeaconNode} from "../beacon-node.ts";
import {type BeaconNodeError, NoBeaconNodeError} from "../beacon-node-error.ts";
import type {MonitoredNode} from "../monitored-node.ts";
import type {ItemOutcome} from "../routes/publish.ts";
import {noAnswer} from "../strategies/best.ts";
import {type BroadcastPath, broadcast} from "../strategies/broadcast.ts";
import {first} from "../strategies/first.ts";
import {groupBy} from "../strategies/tally.ts";
import {URGENT_HEDGE} from "../strategies/timing.ts";
import type {BroadcastChoices} from "./choices.ts";
import type {Members} from "./members.ts";

export interface PublishingComponents {
  readonly members: Members;
  readonly clock: Clock;
  readonly config: NetworkConfig;
}

type Send = (node: BeaconNode, signal: AbortSignal) => Promise<readonly ItemOutcome[]>;
type SendItems<I> = (node: BeaconNode, items: readonly I[], signal: AbortSignal) => Promise<readonly ItemOutcome[]>;
type Tell = (node: BeaconNode, signal: AbortSignal) => Promise<void>;

interface Delivery {
  /** Names the kind of call: latencies are compared within it. */
  readonly what: string;
  /** False: the first node, and the next when it fails or is late. */
  readonly toAll: boolean;
}

/** What was signed goes to every node, or to one and then the next, as the operator chose. */
export class Publishing implements Publisher {
  readonly #toAll: BroadcastChoices;
  readonly #components: PublishingComponents;

  constructor(init: {readonly broadcast: BroadcastChoices}, components: PublishingComponents) {
    this.#toAll = init.broadcast;
    this.#components = components;
  }

  publishAttestations: Publisher["publishAttestations"] = (attestations) => {
    const {config} = this.#components;
    return this.#sendByFork(
      attestations,
      ({data}) => data.slot,
      {what: "publishing attestations", toAll: this.#toAll.attestations},
      (node, items, signal) => node.publishAttestations(config, items, signal),
    );
  };

  publishAggregates: Publisher["publishAggregates"] = (aggregates) => {
    const {config} = this.#components;
    return this.#sendByFork(
      aggregates,
      ({message}) => message.aggregate.data.slot,
      {what: "publishing aggregates", toAll: this.#toAll.attestations},
      (node, items, signal) => node.publishAggregates(config, items, signal),
    );
  };

  publishPayloadAttestations: Publisher["publishPayloadAttestations"] = (messages) => {
    const {config} = this.#components;
    return this.#sendByFork(
      messages,
      ({data}) => data.slot as Slot,
      {what: "publishing payload attestations", toAll: this.#toAll.attestations},
      (node, items, signal) => node.publishPayloadAttestations(config, items, signal),
    );
  };

  publishProposerPreferences: Publisher["publishProposerPreferences"] = (preferences) => {
    const {config} = this.#components;
    return this.#sendByFork(
      preferences,
      ({message}) => message.proposalSlot as Slot,
      {what: "publishing proposer preferences", toAll: true},
      (node, items, signal) => node.publishProposerPreferences(config, items, signal),
    );
  };

  publishSyncCommitteeMessages: Publisher["publishSyncCommitteeMessages"] = (messages) =>
    this.#send(
      messages.length,
      {what: "publishing sync committee messages", toAll: this.#toAll.syncMessages},
      (node, signal) => node.publishSyncCommitteeMessages(messages, signal),
    );

  publishContributions: Publisher["publishContributions"] = (contributions) =>
    this.#send(
      contributions.length,
      {what: "publishing contributions", toAll: this.#toAll.syncMessages},
      (node, signal) => node.publishContributions(contributions, signal),
    );

  publishVoluntaryExit: Publisher["publishVoluntaryExit"] = async (exit) => {
    const delivery = {what: "publishing a voluntary exit", toAll: true};
    const outcomes = await this.#send(1, delivery, (node, signal) => node.publishVoluntaryExit(exit, signal));
    return outcomes[0] as PublishOutcome;
  };

  publishBlock: Publisher["publishBlock"] = (block) => {
    const {config} = this.#components;
    const isTiedToProducer = block.produced.kind === "blinded";
    return this.#sendProposal("publishing a block", {...block, isTiedToProducer}, (node, signal) =>
      node.publishBlock(config, block, signal),
    );
  };

  publishExecutionPayloadEnvelope: Publisher["publishExecutionPayloadEnvelope"] = (envelope) => {
    const {config} = this.#components;
    const isTiedToProducer = envelope.blobData === null;
    return this.#sendProposal("publishing an envelope", {...envelope, isTiedToProducer}, (node, signal) =>
      node.publishExecutionPayloadEnvelope(config, envelope, signal),
    );
  };

  subscribeCommittees: Publisher["subscribeCommittees"] = (subscriptions) => {
    const delivery = {what: "committee subscriptions", toAll: this.#toAll.subscriptions};
    return this.#tell(subscriptions, delivery, (node, signal) => node.subscribeCommittees(subscriptions, signal));
  };

  subscribeSyncCommittees: Publisher["subscribeSyncCommittees"] = (subscriptions) => {
    const delivery = {what: "sync committee subscriptions", toAll: this.#toAll.subscriptions};
    return this.#tell(subscriptions, delivery, (node, signal) => node.subscribeSyncCommittees(subscriptions, signal));
  };

  prepareProposers: Publisher["prepareProposers"] = (preparations) =>
    this.#tellAll(preparations, "proposer preparations", (node, signal) => node.prepareProposers(preparations, signal));

  registerValidators: Publisher["registerValidators"] = (registrations) =>
    this.#tellAll(registrations, "validator registrations", (node, signal) =>
      node.registerValidators(registrations, signal),
    );

  /** A request carries messages of one fork: around a fork, they are sent apart. */
  async #sendByFork<I>(
    items: readonly I[],
    slotOf: (item: I) => Slot,
    delivery: Delivery,
    send: SendItems<I>,
  ): Promise<readonly PublishOutcome[]> {
    const {config} = this.#components;
    const groups = groupBy([...items.keys()], (index) => consensusVersion(config, slotOf(items[index] as I)));
    const outcomes: PublishOutcome[] = [];
    await Promise.all(
      groups.map(async (indices) => {
        const group = indices.map((index) => items[index] as I);
        const ofGroup = await this.#send(group.length, delivery, (node, signal) => send(node, group, signal));
        ofGroup.forEach((outcome, at) => {
          outcomes[indices[at] as number] = outcome;
        });
      }),
    );
    return outcomes;
  }

  #send(count: number, delivery: Delivery, send: Send): Promise<readonly PublishOutcome[]> {
    if (count === 0) return Promise.resolve([]);
    return this.#sendTo(this.#components.members.receivers(), count, delivery, send);
  }

  /** The node that made it has checked it and sends it first. What proposer nodes made is theirs, unless none of them takes it. */
  async #sendProposal(
    what: string,
    {beaconNode, isTiedToProducer}: {readonly beaconNode: string; readonly isTiedToProducer: boolean},
    send: Send,
  ): Promise<PublishOutcome> {
    const {members} = this.#components;
    const producer = members.find(beaconNode);
    const producerFirst = (others: readonly MonitoredNode[]) =>
      producer === null ? others : [producer, ...others.filter((member) => member !== producer)];
    const publish = async (nodes: readonly MonitoredNode[]): Promise<PublishOutcome> => {
      const [outcome] = await this.#sendTo(nodes, 1, {what, toAll: this.#toAll.blocks}, send);
      return outcome as PublishOutcome;
    };
    if (isTiedToProducer) return publish(producerFirst([]));
    const proposerNodes = members.proposerReceivers();
    if (!members.isProposerNode(beaconNode)) return publish(producerFirst([...proposerNodes, ...members.receivers()]));
    const outcome = await publish(producerFirst(proposerNodes));
    if (outcome.kind === "accepted") return outcome;
    const byOthers = await publish(members.receivers());
    return {...byOthers, receipts: [...outcome.receipts, ...byOthers.receipts]};
  }

  #sendTo(
    nodes: readonly MonitoredNode[],
    count: number,
    {what, toAll}: Delivery,
    send: Send,
  ): Promise<readonly PublishOutcome[]> {
    const {members, clock} = this.#components;
    const paths = nodes.map((member): BroadcastPath => {
      const path = {
        name: member.node.name,
        send: () => member.timed(what, () => send(member.node, members.stopping)),
      };
      return toAll ? path : {...path, nextAfterMs: member.hedgeDelayMs(what, URGENT_HEDGE)};
    });
    return broadcast(count, {clock, paths});
  }

  async #tell(items: readonly unknown[], {what, toAll}: Delivery, tell: Tell): Promise<void> {
    if (toAll) return this.#tellAll(items, what, tell);
    if (items.length === 0) return;
    const {members, clock} = this.#components;
    const askers = members.receivers().map((member) => members.asker(member, {what, ask: tell}));
    const outcome = await first(askers, {untilMs: null, asksAgain: false, signal: members.stopping}, {clock});
    if (outcome.kind === "answered") return;
    throw noAnswer(what, outcome.answers);
  }

  /** Every node, those for proposals too: any of them may have to make the block. */
  async #tellAll(items: readonly unknown[], what: string, tell: Tell): Promise<void> {
    if (items.length === 0) return;
    const {members} = this.#components;
    const nodes = [...members.receivers(), ...members.proposerReceivers()];
    try {
      await Promise.any(nodes.map(({node}) => tell(node, members.stopping)));
    } catch (error) {
      const errors = error instanceof AggregateError ? (error.errors as BeaconNodeError[]) : [];
      throw new NoBeaconNodeError(what, errors);
    }
  }
}
