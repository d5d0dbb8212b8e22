import {type GossipSub, type GossipSubComponents, type GossipsubMessage, TopicValidatorResult} from "@libp2p/gossipsub";
import type {NetworkConfig} from "@mote/consensus";
import {type Cancel, type Log, messageOf, type Random, type SlotClock} from "@mote/core";
import type {ForkDigests} from "../forks/fork-digests.ts";
import type {Gossip, GossipKind, GossipTypes, Offence, Validation} from "../network.ts";
import {type Echo, Echoes} from "./echoes.ts";
import {guardFloods} from "./flood-guards.ts";
import {createGossipsub} from "./gossipsub.ts";
import {type GossipRouter, hookRouter, routerOf} from "./gossipsub-seams.ts";
import {type Handler, Inbound} from "./inbound.ts";
import {allowLargeMessages} from "./large-messages.ts";
import {messageIdToString} from "./message-id.ts";
import {messageTypeOf} from "./message-types.ts";
import {inflatedSizeBytesMax} from "./size-bounds.ts";
import {Subscriptions} from "./subscriptions.ts";
import {type GossipTopic, TopicTable} from "./topics.ts";
import {SnappyTransform} from "./transform.ts";

export interface Libp2pGossipInit {
  readonly config: NetworkConfig;
  readonly digests: ForkDigests;
}

export interface Libp2pGossipComponents {
  readonly slotClock: SlotClock;
  readonly random: Random;
  readonly log: Log;
  readonly onOffence: (peer: string, offence: Offence, detail: string) => void;
  /** What the peer manager thinks of a peer: from −100 to 0. */
  readonly appScore: (peer: string) => number;
}

export type PublishAt = Parameters<Gossip["publish"]>[2];
export type Published = Awaited<ReturnType<Gossip["publish"]>>;

const VERDICTS: Readonly<Record<Validation, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
};

/** Gossip over libp2p's gossipsub: bounded, typed, under the fork digests of now. */
export class Libp2pGossip implements Gossip {
  readonly #config: NetworkConfig;
  readonly #digests: ForkDigests;
  readonly #topics: TopicTable;
  readonly #components: Libp2pGossipComponents;
  readonly #transform: SnappyTransform;
  readonly #inbound: Inbound;
  readonly #echoes: Echoes;
  readonly #subscriptions: Subscriptions;
  /** Null until the host is made. */
  #router: GossipRouter | null = null;

  constructor({config, digests}: Libp2pGossipInit, components: Libp2pGossipComponents) {
    const {slotClock, random} = components;
    const topics = new TopicTable({digests});
    this.#config = config;
    this.#digests = digests;
    this.#topics = topics;
    this.#components = components;
    this.#subscriptions = new Subscriptions(
      {digests, topics},
      {
        slotClock,
        join: (topicName) => this.#move("joined", topicName),
        leave: (topicName) => this.#move("left", topicName),
      },
    );
    this.#transform = new SnappyTransform(
      {config, topics},
      {isExpected: (topicName) => this.#subscriptions.isExpected(topicName)},
    );
    this.#inbound = new Inbound({topics}, {...components, clock: slotClock});
    this.#echoes = new Echoes({slotDurationMs: slotClock.timing.slotDurationMs}, {clock: slotClock, random});
  }

  /** The libp2p service to make the host with. */
  readonly service = (components: GossipSubComponents): GossipSub => {
    const {slotClock, appScore, onOffence} = this.#components;
    const init = {config: this.#config, timing: slotClock.timing, topics: this.#topics};
    const service = createGossipsub(init, {transform: this.#transform, appScore})(components);
    const router = routerOf(service);
    hookRouter(router, {
      onSelected: (topicName, recipients) => this.#holdBack(topicName, recipients),
      onDuplicate: (messageId) => this.#echoes.onMessage(messageId),
      onOffered: (_peer, offers) => this.#echoes.onOffered(offers),
    });
    allowLargeMessages(router);
    guardFloods(
      router,
      {inflatedBytes: {tokens: inflatedSizeBytesMax(this.#config), perMs: slotClock.timing.slotDurationMs}},
      {
        clock: slotClock,
        onFlood: onOffence,
        inflatedSizeBytes: ({topic, data}) => (data === undefined ? 0 : this.#transform.inflatedSizeBytes(topic, data)),
      },
    );
    router.addEventListener("gossipsub:message", ({detail}) => void this.#onMessage(detail));
    this.#router = router;
    return service;
  };

  /** Joins what was subscribed to. After the host has started. */
  start(): void {
    this.#subscriptions.start();
  }

  /** Before the host stops. */
  stop(): void {
    this.#subscriptions.stop();
  }

  handle<Kind extends GossipKind>(kind: Kind, handler: Handler<Kind>): void {
    this.#inbound.handle(kind, handler);
  }

  subscribe(kind: GossipKind, subnetId?: number): void {
    this.#subscriptions.add(kind, subnetId ?? null);
  }

  unsubscribe(kind: GossipKind, subnetId?: number): void {
    this.#subscriptions.remove(kind, subnetId ?? null);
  }

  onEcho(listener: (echo: Echo) => void): Cancel {
    return this.#echoes.subscribe(listener);
  }

  async publish<Kind extends GossipKind>(kind: Kind, value: GossipTypes[Kind], at: PublishAt): Promise<Published> {
    const {slotClock, log} = this.#components;
    try {
      const period = this.#digests.at(slotClock.epochOf(at.slot));
      const topic = this.#topics.find(kind, at.subnetId ?? null, period);
      if (topic === null) throw new Error(`${period.fork} has no topic ${kind} ${at.subnetId ?? ""}`);
      return await this.#send(topic, messageTypeOf(kind, period.fork).serialize(value));
    } catch (error) {
      log.warn("a message could not be gossiped", {kind, slot: at.slot, error: messageOf(error)});
      return {peers: 0, messageId: ""};
    }
  }

  async #send(topic: GossipTopic, ssz: Uint8Array): Promise<Published> {
    if (this.#router === null) throw new Error("no host was made yet");
    const messageId = messageIdToString(this.#transform.messageId({topic: topic.name, data: ssz}));
    if (this.#router.publishedMessageIds.has(messageId)) return {peers: 1, messageId};
    this.#echoes.expect(messageId);
    try {
      const {recipients} = await this.#router.publish(topic.name, ssz);
      return {peers: recipients.length, messageId};
    } catch (error) {
      if (isSaying(error, "PublishError.Duplicate")) {
        // When it is not ours from a call beside this one, a peer had it before us, as when a beacon node was faster: that is as good as an echo.
        if (!this.#router.publishedMessageIds.has(messageId)) this.#echoes.onMessage(messageId);
        return {peers: 1, messageId};
      }
      this.#echoes.forget(messageId);
      if (isSaying(error, "PublishError.NoPeersSubscribedToTopic")) return {peers: 0, messageId};
      throw error;
    }
  }

  /** The library throws when its host has stopped, and timers know nothing of hosts. */
  #move(what: "joined" | "left", topicName: string): void {
    try {
      if (what === "joined") this.#router?.subscribe(topicName);
      else this.#router?.unsubscribe(topicName);
    } catch (error) {
      this.#components.log.warn(`a gossip topic was not ${what}`, {topicName, error: messageOf(error)});
    }
  }

  #holdBack(topicName: string, recipients: Set<string>): void {
    const topic = this.#topics.byName(topicName);
    const mesh = this.#router?.mesh.get(topicName);
    if (topic !== null && mesh !== undefined) this.#echoes.holdBack(topic.kind, recipients, mesh);
  }

  async #onMessage({msg, msgId, propagationSource}: GossipsubMessage): Promise<void> {
    const {log} = this.#components;
    const peer = propagationSource.toString();
    try {
      const isDamaged = this.#transform.isDamaged(msg.data);
      const verdict = await this.#inbound.validate({topicName: msg.topic, data: msg.data, isDamaged, peer});
      this.#router?.reportMessageValidationResult(msgId, peer, VERDICTS[verdict]);
    } catch (error) {
      log.error("a gossip message got no verdict", {topic: msg.topic, peer, error: messageOf(error)});
    }
  }
}

const isSaying = (error: unknown, message: string): boolean => error instanceof Error && error.message === message;
