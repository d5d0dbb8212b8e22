import {type Clock, type Log, messageOf} from "@mote/core";
import type {GossipKind, GossipTypes, Offence, Received, Validation} from "../network.ts";
import {messageTypeOf} from "./message-types.ts";
import type {GossipTopic, TopicTable} from "./topics.ts";

/** A message off the wire, before anybody has looked into it. */
export interface RawMessage {
  readonly topicName: string;
  /** SSZ; as it came when it was damaged. */
  readonly data: Uint8Array;
  /** Whether snappy could not uncompress it within its type's bounds. */
  readonly isDamaged: boolean;
  readonly peer: string;
}

export type Handler<Kind extends GossipKind> = (received: Received<Kind>) => Validation | Promise<Validation>;
type AnyHandler = (received: Received<GossipKind>) => Validation | Promise<Validation>;

/** phase0/p2p-interface.md asks for bounded queues. Each of these waits for a signature batch, some 100 ms. */
const IN_VALIDATION_MAX: Readonly<Record<GossipKind, number>> = {
  // Up to 10 MiB each.
  beacon_block: 16,
  execution_payload: 16,
  beacon_attestation: 8_192,
  beacon_aggregate_and_proof: 2_048,
  sync_committee: 4_096,
  sync_committee_contribution_and_proof: 1_024,
  payload_attestation_message: 2_048,
  voluntary_exit: 256,
  bls_to_execution_change: 256,
  proposer_slashing: 64,
  // Up to 2 MiB each.
  attester_slashing: 16,
  light_client_finality_update: 64,
  light_client_optimistic_update: 64,
  proposer_preferences: 1_024,
  execution_payload_bid: 256,
};
/** Of a kind's queue one peer fills half at most: others would be ignored for what it sends, and what is ignored does not come again. */
const PEER_PART = 1 / 2;

export interface InboundInit {
  readonly topics: TopicTable;
}

export interface InboundComponents {
  readonly clock: Clock;
  readonly log: Log;
  readonly onOffence: (peer: string, offence: Offence, detail: string) => void;
}

/** From bytes to a verdict. Nothing that a peer sends makes it throw. */
export class Inbound {
  readonly #topics: TopicTable;
  readonly #components: InboundComponents;
  readonly #handlers = new Map<GossipKind, AnyHandler>();
  readonly #inValidation = new Map<GossipKind, Queue>();

  constructor(init: InboundInit, components: InboundComponents) {
    this.#topics = init.topics;
    this.#components = components;
  }

  /** @throws {Error} for a second handler of a kind: that is a bug */
  handle<Kind extends GossipKind>(kind: Kind, handler: Handler<Kind>): void {
    if (this.#handlers.has(kind)) throw new Error(`${kind} has a handler`);
    this.#handlers.set(kind, handler as unknown as AnyHandler);
  }

  async validate(message: RawMessage): Promise<Validation> {
    const topic = this.#topics.byName(message.topicName);
    if (topic === null) return this.#refuse(message, "no topic of this chain");
    const {kind} = topic;
    if (message.isDamaged) return this.#refuse(message, `${kind}: damaged, or of another size than its type`);
    const handler = this.#handlers.get(kind);
    if (handler === undefined) return "ignore";
    const queue = this.#queueOf(kind);
    if (!queue.enter(message.peer)) return "ignore";
    try {
      return await this.#judge(message, topic, handler);
    } finally {
      queue.leave(message.peer);
    }
  }

  #queueOf(kind: GossipKind): Queue {
    const queue = this.#inValidation.get(kind) ?? new Queue({countMax: IN_VALIDATION_MAX[kind]});
    this.#inValidation.set(kind, queue);
    return queue;
  }

  async #judge(message: RawMessage, topic: GossipTopic, handler: AnyHandler): Promise<Validation> {
    const {kind, subnetId, period} = topic;
    const value = decode(topic, message.data);
    if (value === null) return this.#refuse(message, `${kind}: not the SSZ of its type`);
    const {clock, log} = this.#components;
    try {
      const verdict = await handler({kind, value, subnetId, period, receivedMs: clock.nowMs(), peer: message.peer});
      return verdict === "reject" ? this.#refuse(message, `${kind}: proven wrong`) : verdict;
    } catch (error) {
      log.error("a gossip message could not be judged", {kind, peer: message.peer, error: messageOf(error)});
      return "ignore";
    }
  }

  #refuse({peer}: RawMessage, detail: string): Validation {
    this.#components.onOffence(peer, "invalid_message", detail);
    return "reject";
  }
}

/** How many messages of a kind are in validation, of all peers and of each. */
class Queue {
  readonly #countMax: number;
  readonly #countOfPeer = new Map<string, number>();
  #count = 0;

  constructor(init: {readonly countMax: number}) {
    this.#countMax = init.countMax;
  }

  /** @returns whether there is room; when there is, {@link leave} ends it */
  enter(peer: string): boolean {
    const ofPeer = this.#countOfPeer.get(peer) ?? 0;
    if (this.#count >= this.#countMax || ofPeer >= this.#countMax * PEER_PART) return false;
    this.#count++;
    this.#countOfPeer.set(peer, ofPeer + 1);
    return true;
  }

  leave(peer: string): void {
    const ofPeer = (this.#countOfPeer.get(peer) ?? 0) - 1;
    this.#count--;
    if (ofPeer > 0) this.#countOfPeer.set(peer, ofPeer);
    else this.#countOfPeer.delete(peer);
  }
}

/** Null for bytes that are no value of the topic's type. */
function decode({kind, period}: GossipTopic, data: Uint8Array): GossipTypes[GossipKind] | null {
  try {
    return messageTypeOf(kind, period.fork).deserialize(data);
  } catch {
    return null;
  }
}
