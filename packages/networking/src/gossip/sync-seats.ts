import {subcommitteesOf, syncCommitteeEpochAt} from "@mote/consensus";
import type {Cancel, Epoch, Slot, SlotClock, SyncCommitteeSubscription, ValidatorIndex} from "@mote/core";
import type {Gossip, Peers} from "../network.ts";

export interface SyncSeatsComponents {
  readonly slotClock: SlotClock;
  readonly gossip: Pick<Gossip, "subscribe" | "unsubscribe">;
  readonly peers: Pick<Peers, "wantSubnets">;
}

/** Our validators' seats in sync committees, and the subnets of those, joined while they last. */
export class SyncSeats {
  readonly #c: SyncSeatsComponents;
  /** By validator: one for each period that it has seats in, so two at most. */
  readonly #subscriptions = new Map<ValidatorIndex, readonly SyncCommitteeSubscription[]>();
  readonly #joined = new Set<number>();
  /** Null: not started. */
  #timer: Cancel | null = null;

  constructor(components: SyncSeatsComponents) {
    this.#c = components;
  }

  start(): void {
    this.#watchEpochs();
    this.#settle();
  }

  /** Stays in its topics, as {@link Gossip.unsubscribe} says. */
  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }

  learn(subscriptions: readonly SyncCommitteeSubscription[]): void {
    const {slotClock, peers} = this.#c;
    for (const subscription of subscriptions) {
      const {validatorIndex, untilEpoch} = subscription;
      const others = (this.#subscriptions.get(validatorIndex) ?? []).filter((one) => one.untilEpoch !== untilEpoch);
      const known = [...others, subscription].sort((a, b) => a.untilEpoch - b.untilEpoch);
      this.#subscriptions.set(validatorIndex, known);
    }
    const wanted = subscriptions.flatMap(({seats, untilEpoch}) =>
      subcommitteesOf(seats).map((subnetId) => ({
        kind: "syncnets" as const,
        subnetId,
        untilSlot: (slotClock.firstSlotOf(untilEpoch) - 1) as Slot,
      })),
    );
    if (wanted.length > 0) peers.wantSubnets(wanted);
    this.#settle();
  }

  /** The subnets that a message of this validator belongs on; none when it has no seat that we know of. */
  subnetsOf(validatorIndex: ValidatorIndex, slot: Slot): readonly number[] {
    const epoch = syncCommitteeEpochAt(slot);
    const subscription = this.#subscriptions.get(validatorIndex)?.find(({untilEpoch}) => epoch < untilEpoch);
    return subscription === undefined ? [] : subcommitteesOf(subscription.seats);
  }

  #watchEpochs(): void {
    const {slotClock} = this.#c;
    const next = slotClock.firstSlotOf((slotClock.currentEpoch() + 1) as Epoch);
    this.#timer = slotClock.at(slotClock.startMs(next), () => {
      this.#watchEpochs();
      this.#settle();
    });
  }

  #settle(): void {
    const epoch = this.#c.slotClock.currentEpoch();
    for (const [validatorIndex, subscriptions] of this.#subscriptions) {
      const lasting = subscriptions.filter(({untilEpoch}) => epoch < untilEpoch);
      if (lasting.length === 0) this.#subscriptions.delete(validatorIndex);
      else this.#subscriptions.set(validatorIndex, lasting);
    }
    if (this.#timer === null) return;
    const wanted = new Set([...this.#subscriptions.values()].flat().flatMap(({seats}) => subcommitteesOf(seats)));
    for (const subnetId of this.#joined) if (!wanted.has(subnetId)) this.#leave(subnetId);
    for (const subnetId of wanted) {
      if (this.#joined.has(subnetId)) continue;
      this.#joined.add(subnetId);
      this.#c.gossip.subscribe("sync_committee", subnetId);
    }
  }

  #leave(subnetId: number): void {
    this.#joined.delete(subnetId);
    this.#c.gossip.unsubscribe("sync_committee", subnetId);
  }
}
