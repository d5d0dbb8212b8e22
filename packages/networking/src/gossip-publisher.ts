import type {SignedBeaconBlock} from "@lodestar/types";
import {aggregateAndProofToSsz, singleAttestationsToSsz} from "@mote/consensus";
import {
  type Cancel,
  type EchoedMessage,
  type Log,
  messageOf,
  type Publisher,
  type PublishOutcome,
  type Signature,
  type Slot,
  type SlotClock,
  type ValidatorIndex,
} from "@mote/core";
import {DutySubnets} from "./gossip/duty-subnets.ts";
import {OwnMessages} from "./gossip/own-messages.ts";
import {SyncSeats} from "./gossip/sync-seats.ts";
import type {Gossip, GossipKind, GossipTypes, Peers} from "./network.ts";

/** Stands in receipts where the name of a beacon node else does. */
export const GOSSIP_PATH = "gossip";

/** What gossip can do of the port; builders and fee recipients are the beacon nodes' business. */
export type GossipPublishing = Omit<Publisher, "prepareProposers" | "registerValidators">;

export interface GossipPublisherInit {
  /** Attestation subnets joined at once; see {@link DutySubnets}. */
  readonly attestationSubnetsMax: number;
}

export interface GossipPublisherComponents {
  readonly gossip: Gossip;
  readonly peers: Pick<Peers, "wantSubnets">;
  readonly slotClock: SlotClock;
  readonly log: Log;
  /** A peer has handed one of our messages on. Once a message. */
  readonly onEcho: (message: EchoedMessage, receivedMs: number) => void;
}

interface Item<Kind extends GossipKind = GossipKind> {
  readonly kind: Kind;
  readonly value: GossipTypes[Kind];
  readonly slot: Slot;
  /** Empty: which ones is not known. Null: a topic without subnets. */
  readonly subnets: readonly number[] | null;
  /** Null: nobody waits for its echo. */
  readonly echoed: Omit<EchoedMessage, "slot"> | null;
}

/**
 * The second way out, beside the beacon nodes. A message is accepted when it went to at least one peer: what that peer made of it nobody says, and that is
 * what the echo is for.
 *
 * Blobs travel as data columns, which beacon nodes alone send: what has blobs is not to come here before one of them has taken it.
 */
export class GossipPublisher implements GossipPublishing {
  readonly #c: GossipPublisherComponents;
  readonly #subnets: DutySubnets;
  readonly #seats: SyncSeats;
  readonly #own: OwnMessages;
  #unsubscribe: Cancel = () => {};

  constructor(init: GossipPublisherInit, components: GossipPublisherComponents) {
    this.#c = components;
    this.#subnets = new DutySubnets({joinedMax: init.attestationSubnetsMax}, components);
    this.#seats = new SyncSeats(components);
    this.#own = new OwnMessages(components);
  }

  start(): void {
    this.#unsubscribe = this.#c.gossip.onEcho((echo) => this.#own.echoed(echo));
    this.#subnets.start();
    this.#seats.start();
  }

  stop(): void {
    this.#unsubscribe();
    this.#subnets.stop();
    this.#seats.stop();
  }

  subscribeCommittees: Publisher["subscribeCommittees"] = async (subscriptions) => this.#subnets.learn(subscriptions);

  subscribeSyncCommittees: Publisher["subscribeSyncCommittees"] = async (subscriptions) =>
    this.#seats.learn(subscriptions);

  publishAttestations: Publisher["publishAttestations"] = (attestations) => {
    const values = singleAttestationsToSsz(attestations);
    return this.#sendAll(attestations, ({data, committeeIndex, attesterIndex, signature}, at) => {
      const subnetId = this.#subnets.subnetOf(data.slot, committeeIndex);
      return {
        kind: "beacon_attestation",
        value: values[at] as (typeof values)[number],
        slot: data.slot,
        subnets: subnetId === null ? [] : [subnetId],
        echoed: {kind: "attestation", validatorIndex: attesterIndex, signature},
      };
    });
  };

  publishAggregates: Publisher["publishAggregates"] = (aggregates) =>
    this.#sendAll(aggregates, ({message, signature}) => ({
      kind: "beacon_aggregate_and_proof",
      value: {message: aggregateAndProofToSsz(message), signature},
      slot: message.aggregate.data.slot,
      subnets: null,
      echoed: {kind: "aggregation", validatorIndex: message.aggregatorIndex, signature},
    }));

  publishBlock: Publisher["publishBlock"] = ({produced, signature}) => {
    // Nobody but its builder can fill a blinded block: this path was not tried.
    if (produced.kind === "blinded") return Promise.resolve(unanswered([]));
    const {block} = produced;
    return this.#send({
      kind: "beacon_block",
      value: {message: block, signature} as SignedBeaconBlock,
      slot: block.slot as Slot,
      subnets: null,
      echoed: {kind: "proposal", validatorIndex: block.proposerIndex as ValidatorIndex, signature},
    });
  };

  publishExecutionPayloadEnvelope: Publisher["publishExecutionPayloadEnvelope"] = ({signed}) =>
    this.#send({
      kind: "execution_payload",
      value: signed,
      slot: signed.message.payload.slotNumber as Slot,
      subnets: null,
      echoed: null,
    });

  publishSyncCommitteeMessages: Publisher["publishSyncCommitteeMessages"] = (messages) =>
    this.#sendAll(messages, (value) => {
      const [slot, validatorIndex] = [value.slot as Slot, value.validatorIndex as ValidatorIndex];
      return {
        kind: "sync_committee",
        value,
        slot,
        subnets: this.#seats.subnetsOf(validatorIndex, slot),
        echoed: {kind: "sync_message", validatorIndex, signature: value.signature as Signature},
      };
    });

  publishContributions: Publisher["publishContributions"] = (contributions) =>
    this.#sendAll(contributions, (value) => ({
      kind: "sync_committee_contribution_and_proof",
      value,
      slot: value.message.contribution.slot as Slot,
      subnets: null,
      echoed: {
        kind: "sync_contribution",
        validatorIndex: value.message.aggregatorIndex as ValidatorIndex,
        signature: value.signature as Signature,
      },
    }));

  publishPayloadAttestations: Publisher["publishPayloadAttestations"] = (messages) =>
    this.#sendAll(messages, (value) => ({
      kind: "payload_attestation_message",
      value,
      slot: value.data.slot as Slot,
      subnets: null,
      echoed: {
        kind: "payload_attestation",
        validatorIndex: value.validatorIndex as ValidatorIndex,
        signature: value.signature as Signature,
      },
    }));

  publishVoluntaryExit: Publisher["publishVoluntaryExit"] = (exit) =>
    this.#send({
      kind: "voluntary_exit",
      value: exit,
      // An exit holds in every fork, so it goes under the digest of now.
      slot: Math.max(0, this.#c.slotClock.currentSlot()) as Slot,
      subnets: null,
      echoed: null,
    });

  publishProposerPreferences: Publisher["publishProposerPreferences"] = (preferences) =>
    this.#sendAll(preferences, (value) => ({
      kind: "proposer_preferences",
      value,
      // In the epoch before Gloas they travel under Gloas' digest. gloas/p2p-interface.md#new-proposer_preferences
      slot: value.message.proposalSlot as Slot,
      subnets: null,
      echoed: null,
    }));

  #sendAll<Message>(
    messages: readonly Message[],
    itemOf: (message: Message, at: number) => Item,
  ): Promise<readonly PublishOutcome[]> {
    return Promise.all(messages.map((message, at) => this.#send(itemOf(message, at))));
  }

  async #send({kind, value, slot, subnets, echoed}: Item): Promise<PublishOutcome> {
    const {gossip, slotClock, log} = this.#c;
    if (subnets?.length === 0) {
      return unanswered([receipt("unanswered", "the subnet is not known: no subscription told it")]);
    }
    try {
      const places = subnets === null ? [{slot}] : subnets.map((subnetId) => ({slot, subnetId}));
      const published = (await Promise.all(places.map((at) => gossip.publish(kind, value, at)))).filter(
        ({peers}) => peers > 0,
      );
      if (published.length === 0) return unanswered([receipt("unanswered", "no peer follows the topic")]);
      if (echoed !== null) {
        const messageIds = published.map(({messageId}) => messageId);
        this.#own.sent(messageIds, {...echoed, slot});
      }
      return {kind: "accepted", atMs: slotClock.nowMs(), receipts: [receipt("accepted", "")]};
    } catch (error) {
      log.error("a message could not be gossiped", {kind, slot, error: messageOf(error)});
      return unanswered([receipt("unanswered", messageOf(error))]);
    }
  }
}

const receipt = (kind: "accepted" | "unanswered", detail: string) => ({path: GOSSIP_PATH, kind, detail});

const unanswered = (receipts: PublishOutcome["receipts"]): PublishOutcome => ({
  kind: "failed",
  reason: "PUBLISH_UNANSWERED",
  receipts,
});
