import type {Cancel, Epoch, SlotClock} from "@mote/core";
import type {DigestPeriod, ForkDigests} from "../forks/fork-digests.ts";
import type {GossipKind} from "../network.ts";
import {type GossipTopic, subnetCountOf, type TopicTable} from "./topics.ts";

/** Before and after its time a digest's topics are followed. altair/p2p-interface.md#transitioning-the-gossip */
const OVERLAP_EPOCHS = 2;
/** For so long after we left, what a peer had on its way is no offence. */
const FAREWELL_SLOTS = 2;

/** Those whose topics are followed in an epoch, ascending. */
export function periodsFollowedAt({periods}: Pick<ForkDigests, "periods">, epoch: Epoch): readonly DigestPeriod[] {
  return periods.filter((period, at) => {
    const next = periods[at + 1];
    const isOver = next !== undefined && epoch >= next.epoch + OVERLAP_EPOCHS;
    return !isOver && epoch >= period.epoch - OVERLAP_EPOCHS;
  });
}

export interface SubscriptionsInit {
  readonly digests: ForkDigests;
  readonly topics: TopicTable;
}

export interface SubscriptionsComponents {
  readonly slotClock: SlotClock;
  readonly join: (topicName: string) => void;
  readonly leave: (topicName: string) => void;
}

interface Want {
  readonly kind: GossipKind;
  readonly subnetId: number | null;
  /** How many asked for it: it is left when the last one is gone. */
  count: number;
}

/** Keeps the topics joined that somebody wants, under every fork digest that is followed now. */
export class Subscriptions {
  readonly #init: SubscriptionsInit;
  readonly #components: SubscriptionsComponents;
  readonly #wants = new Map<string, Want>();
  readonly #joined = new Set<string>();
  /** Unix ms until which messages may still come. */
  readonly #leftUntilMs = new Map<string, number>();
  /** Null: not started. */
  #timer: Cancel | null = null;

  constructor(init: SubscriptionsInit, components: SubscriptionsComponents) {
    this.#init = init;
    this.#components = components;
  }

  /** @throws {Error} for a kind and subnet that no fork has: that is a bug */
  add(kind: GossipKind, subnetId: number | null): void {
    checkSubnet(kind, subnetId);
    const key = `${kind} ${subnetId}`;
    const want = this.#wants.get(key) ?? {kind, subnetId, count: 0};
    want.count++;
    this.#wants.set(key, want);
    this.#settle();
  }

  remove(kind: GossipKind, subnetId: number | null): void {
    const key = `${kind} ${subnetId}`;
    const want = this.#wants.get(key);
    if (want === undefined) return;
    want.count--;
    if (want.count === 0) this.#wants.delete(key);
    this.#settle();
  }

  start(): void {
    this.#watchEpochs();
    this.#settle();
  }

  /** Joins and leaves nothing from now on. */
  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }

  isJoined(topicName: string): boolean {
    return this.#joined.has(topicName);
  }

  /** Whether a peer may send messages on it: it is joined, or was a moment ago. */
  isExpected(topicName: string): boolean {
    if (this.#joined.has(topicName)) return true;
    const untilMs = this.#leftUntilMs.get(topicName);
    return untilMs !== undefined && this.#components.slotClock.nowMs() < untilMs;
  }

  #watchEpochs(): void {
    const {slotClock} = this.#components;
    const nextEpoch = (slotClock.currentEpoch() + 1) as Epoch;
    this.#timer = slotClock.at(slotClock.startMs(slotClock.firstSlotOf(nextEpoch)), () => {
      this.#watchEpochs();
      this.#settle();
    });
  }

  #settle(): void {
    if (this.#timer === null) return;
    const {slotClock, join, leave} = this.#components;
    const wanted = new Set(this.#wantedTopics().map(({name}) => name));
    const untilMs = slotClock.nowMs() + FAREWELL_SLOTS * slotClock.timing.slotDurationMs;
    for (const name of this.#joined) {
      if (wanted.has(name)) continue;
      this.#joined.delete(name);
      this.#leftUntilMs.set(name, untilMs);
      leave(name);
    }
    for (const name of wanted) {
      if (this.#joined.has(name)) continue;
      this.#joined.add(name);
      this.#leftUntilMs.delete(name);
      join(name);
    }
  }

  #wantedTopics(): GossipTopic[] {
    const {digests, topics} = this.#init;
    // Before genesis the topics of its epoch are joined, for the peers are there already.
    const epoch = Math.max(0, this.#components.slotClock.currentEpoch()) as Epoch;
    const periods = periodsFollowedAt(digests, epoch);
    return [...this.#wants.values()].flatMap(({kind, subnetId}) =>
      periods.map((period) => topics.find(kind, subnetId, period)).filter((topic) => topic !== null),
    );
  }
}

function checkSubnet(kind: GossipKind, subnetId: number | null): void {
  const count = subnetCountOf(kind);
  const isRight =
    count === null
      ? subnetId === null
      : subnetId !== null && Number.isInteger(subnetId) && subnetId >= 0 && subnetId < count;
  if (!isRight) throw new Error(`${kind} has no subnet ${subnetId}`);
}
