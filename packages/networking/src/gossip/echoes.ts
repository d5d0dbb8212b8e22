import type {Cancel, Clock, Random} from "@mote/core";
import type {GossipKind} from "../network.ts";
import type {Offer} from "./gossipsub-seams.ts";
import {messageIdToString} from "./message-id.ts";

export interface Echo {
  readonly messageId: string;
  readonly receivedMs: number;
}

/**
 * Kinds of which a peer is held back as listener. Blocks, payloads and aggregates go to everyone at once: they are few, each weighs much, and it is late
 * in the slot when they are sent.
 */
const LISTENED_KINDS: ReadonlySet<GossipKind> = new Set([
  "beacon_attestation",
  "sync_committee",
  "payload_attestation_message",
]);
/** With fewer peers on a topic all are sent to: delivery comes before proof. */
const RECIPIENTS_MIN_FOR_LISTENER = 3;
const RECIPIENTS_MIN_FOR_SECOND_LISTENER = 8;

/** More than a thousand validators send in two slots. */
const AWAITED_MAX = 8_192;
/** An offer is repeated for three heartbeats; what comes later says nothing of this duty. */
const AWAITED_SLOTS = 2;
/** Of one RPC. The library reads no more either: GossipsubMaxIHaveLength. */
const OFFERED_IDS_MAX = 5_000;

/**
 * Proof that a message of ours travelled.
 *
 * Gossipsub never sends a message back to the one it came from, so if every peer got it from us none would ever return it. One peer of our mesh, two of a
 * large one, are therefore left out: they get the message from others, and hand it on to us as to all of their mesh. What counts as echo is that message
 * coming in, or its id in a peer's IHAVE, which peers send for what they hold as valid.
 *
 * An echo proves that a peer got the message and took it for valid, by the word of this one peer: a peer can lie, as it can about all that it sends. It
 * does not prove that the message reached an aggregator or a proposer. No echo proves nothing.
 */
export class Echoes {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #awaitedMs: number;
  /** Unix ms until which an echo counts, by message id, oldest first. */
  readonly #awaited = new Map<string, number>();
  readonly #listeners = new Set<(echo: Echo) => void>();

  constructor(init: {readonly slotDurationMs: number}, components: {readonly clock: Clock; readonly random: Random}) {
    this.#awaitedMs = AWAITED_SLOTS * init.slotDurationMs;
    this.#clock = components.clock;
    this.#random = components.random;
  }

  subscribe(listener: (echo: Echo) => void): Cancel {
    const once = (echo: Echo) => listener(echo);
    this.#listeners.add(once);
    return () => this.#listeners.delete(once);
  }

  /** A message of ours is about to leave. */
  expect(messageId: string): void {
    const nowMs = this.#clock.nowMs();
    for (const [id, untilMs] of this.#awaited) {
      if (untilMs > nowMs && this.#awaited.size < AWAITED_MAX) break;
      this.#awaited.delete(id);
    }
    this.#awaited.set(messageId, nowMs + this.#awaitedMs);
  }

  /** It did not leave. */
  forget(messageId: string): void {
    this.#awaited.delete(messageId);
  }

  /** A peer sent a message. Tells of an echo once. */
  onMessage(messageId: string): void {
    const untilMs = this.#awaited.get(messageId);
    if (untilMs === undefined) return;
    this.#awaited.delete(messageId);
    const receivedMs = this.#clock.nowMs();
    if (receivedMs > untilMs) return;
    for (const listener of this.#listeners) listener({messageId, receivedMs});
  }

  /** A peer offers messages: IHAVE. */
  onOffered(offers: readonly Offer[]): void {
    if (this.#awaited.size === 0) return;
    let read = 0;
    for (const {messageIDs} of offers) {
      for (const id of messageIDs ?? []) {
        if (++read > OFFERED_IDS_MAX) return;
        this.onMessage(messageIdToString(id));
      }
    }
  }

  /**
   * Takes the listeners out of `recipients`; none while nobody wants to know of echoes.
   * @param mesh the peers of it that have us in their mesh too, and so hand on to us what they get
   */
  holdBack(kind: GossipKind, recipients: Set<string>, mesh: ReadonlySet<string>): void {
    if (this.#listeners.size === 0 || !LISTENED_KINDS.has(kind) || recipients.size < RECIPIENTS_MIN_FOR_LISTENER)
      return;
    const candidates = [...mesh].filter((peer) => recipients.has(peer));
    const count = recipients.size >= RECIPIENTS_MIN_FOR_SECOND_LISTENER ? 2 : 1;
    for (let held = 0; held < count && candidates.length > 0; held++) {
      const [listener] = candidates.splice(Math.floor(this.#random.next() * candidates.length), 1);
      recipients.delete(listener as string);
    }
  }
}
