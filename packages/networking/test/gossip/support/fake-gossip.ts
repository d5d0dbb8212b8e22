import type {SlotClock} from "@mote/core";
import {messageTypeOf} from "../../../src/gossip/message-types.ts";
import type {Gossip, GossipKind, Peers} from "../../../src/network.ts";
import {chain} from "./chains.ts";

type EchoListener = Parameters<Gossip["onEcho"]>[0];

export interface Sent {
  readonly kind: GossipKind;
  readonly slot: number;
  readonly subnetId: number | undefined;
  readonly messageId: string;
  readonly sizeBytes: number;
}

/** Takes messages and subscriptions, and echoes when it is told to. */
export class FakeGossip implements Gossip {
  readonly sent: Sent[] = [];
  readonly joined = new Map<string, number>();
  /** Of the next messages. */
  peers = 3;
  /** Runs while a message is on its way. */
  onSending: (messageId: string) => void = () => {};
  readonly #listeners = new Set<EchoListener>();
  readonly #slotClock: SlotClock;
  readonly #digests = chain().digests;

  constructor(components: {readonly slotClock: SlotClock}) {
    this.#slotClock = components.slotClock;
  }

  handle(): void {}

  subscribe(kind: GossipKind, subnetId?: number): void {
    const key = `${kind} ${subnetId}`;
    this.joined.set(key, (this.joined.get(key) ?? 0) + 1);
  }

  unsubscribe(kind: GossipKind, subnetId?: number): void {
    const key = `${kind} ${subnetId}`;
    const count = (this.joined.get(key) ?? 0) - 1;
    if (count < 0) throw new Error(`${key} was not joined`);
    if (count === 0) this.joined.delete(key);
    else this.joined.set(key, count);
  }

  publish: Gossip["publish"] = async (kind, value, {slot, subnetId}) => {
    const {fork} = this.#digests.at(this.#slotClock.epochOf(slot));
    const messageId = `m${this.sent.length}`;
    const sizeBytes = messageTypeOf(kind, fork).serialize(value).length;
    this.sent.push({kind, slot, subnetId, messageId, sizeBytes});
    this.onSending(messageId);
    return {peers: this.peers, messageId};
  };

  onEcho(listener: EchoListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  echo(messageId: string, receivedMs = 1): void {
    for (const listener of this.#listeners) listener({messageId, receivedMs});
  }
}

export class FakePeers implements Pick<Peers, "wantSubnets"> {
  readonly wanted: string[] = [];

  wantSubnets: Peers["wantSubnets"] = (wanted) => {
    for (const {kind, subnetId, untilSlot} of wanted) this.wanted.push(`${kind} ${subnetId} until ${untilSlot}`);
  };
}
