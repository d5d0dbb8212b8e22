import {ATTESTATION_SUBNET_COUNT, SLOTS_PER_EPOCH} from "@lodestar/params";
import type {Cancel, CommitteeIndex, CommitteeSubscription, Epoch, Slot, SlotClock} from "@mote/core";
import type {Gossip, Peers} from "../network.ts";

/** Enough for a mesh to form, and to have heard the subnet before it is our turn. */
const JOIN_AHEAD_SLOTS = 2;
/** Duties are known for this epoch and the next; one more for a clock that is behind. */
const AHEAD_EPOCHS_MAX = 3;
/**
 * Whoever leaves a mesh is not taken back for 10 s, and the library looks at that only every 15 heartbeats: a subnet that is needed again before then is
 * not left. gossipsub-v1.1.md#prune-backoff-and-peer-exchange
 */
const LEAVING_COSTS_MS = 10_000 + 15 * 700;

/** phase0/validator.md#broadcast-attestation */
export function computeSubnetForAttestation(committeesPerSlot: number, slot: Slot, index: CommitteeIndex): number {
  return (committeesPerSlot * (slot % SLOTS_PER_EPOCH) + index) % ATTESTATION_SUBNET_COUNT;
}

export interface DutySubnetsInit {
  /**
   * So many subnets at once where each has a committee in every slot, as on mainnet, where that brings the votes of some 500 validators a slot. Where they
   * share fewer committees, as many more. Votes on others are published without joining.
   */
  readonly joinedMax: number;
}

export interface DutySubnetsComponents {
  readonly slotClock: SlotClock;
  readonly gossip: Pick<Gossip, "subscribe" | "unsubscribe">;
  readonly peers: Pick<Peers, "wantSubnets">;
}

/** Joins the attestation subnets of our own duties from shortly before each until its slot is over. */
export class DutySubnets {
  readonly #joinedMax: number;
  readonly #c: DutySubnetsComponents;
  readonly #committeesPerSlot = new Map<Epoch, number>();
  /** The subnets of each slot's duties. */
  readonly #duties = new Map<Slot, Set<number>>();
  /** The last slot that a duty wanted each joined subnet in. */
  readonly #joined = new Map<number, Slot>();
  /** Null: not started. */
  #timer: Cancel | null = null;

  constructor(init: DutySubnetsInit, components: DutySubnetsComponents) {
    this.#joinedMax = init.joinedMax;
    this.#c = components;
  }

  start(): void {
    this.#watchSlots();
    this.#settle();
  }

  /** Stays in its topics, as {@link Gossip.unsubscribe} says. */
  stop(): void {
    this.#timer?.();
    this.#timer = null;
  }

  learn(subscriptions: readonly CommitteeSubscription[]): void {
    const {slotClock, peers} = this.#c;
    const current = slotClock.currentSlot();
    const lastSlot = current + AHEAD_EPOCHS_MAX * slotClock.timing.slotsPerEpoch;
    const wanted = new Map<string, {kind: "attnets"; subnetId: number; untilSlot: Slot}>();
    for (const {slot, committeeIndex, committeesAtSlot} of subscriptions) {
      if (slot < current || slot > lastSlot) continue;
      this.#committeesPerSlot.set(slotClock.epochOf(slot), committeesAtSlot);
      const subnetId = computeSubnetForAttestation(committeesAtSlot, slot, committeeIndex);
      const ofSlot = this.#duties.get(slot) ?? new Set();
      this.#duties.set(slot, ofSlot.add(subnetId));
      wanted.set(`${slot} ${subnetId}`, {kind: "attnets", subnetId, untilSlot: slot});
    }
    if (wanted.size > 0) peers.wantSubnets([...wanted.values()]);
    this.#settle();
  }

  /** Null while no subscription has told how many committees the epoch has. */
  subnetOf(slot: Slot, committeeIndex: CommitteeIndex): number | null {
    const committees = this.#committeesPerSlot.get(this.#c.slotClock.epochOf(slot));
    return committees === undefined ? null : computeSubnetForAttestation(committees, slot, committeeIndex);
  }

  #watchSlots(): void {
    const {slotClock} = this.#c;
    this.#timer = slotClock.at(slotClock.startMs((slotClock.currentSlot() + 1) as Slot), () => {
      this.#watchSlots();
      this.#settle();
    });
  }

  #settle(): void {
    this.#forgetPast();
    if (this.#timer === null) return;
    const current = this.#c.slotClock.currentSlot();
    const wanted = this.#wantedNow();
    const kept = this.#keptNow(wanted);
    for (const subnetId of this.#joined.keys()) {
      if (!wanted.has(subnetId) && !kept.has(subnetId)) this.#leave(subnetId);
    }
    for (const subnetId of wanted) {
      if (!this.#joined.has(subnetId)) this.#c.gossip.subscribe("beacon_attestation", subnetId);
      this.#joined.set(subnetId, current);
    }
  }

  /** The most urgent first. */
  #wantedNow(): ReadonlySet<number> {
    const current = this.#c.slotClock.currentSlot();
    const joinedMax = this.#joinedMaxNow();
    const wanted = new Set<number>();
    for (const [slot, subnets] of [...this.#duties].sort(([a], [b]) => a - b)) {
      const joinsInSlots = slot - JOIN_AHEAD_SLOTS - current;
      for (const subnetId of subnets) {
        const isDue = joinsInSlots <= 0 || (this.#joined.has(subnetId) && joinsInSlots <= this.#lingerSlots());
        if (isDue && wanted.size < joinedMax) wanted.add(subnetId);
      }
    }
    return wanted;
  }

  /** While the duties of the next epoch are not known, nobody can say whether a subnet will be needed again soon. */
  #keptNow(wanted: ReadonlySet<number>): ReadonlySet<number> {
    const {slotClock} = this.#c;
    const joinedMax = this.#joinedMaxNow();
    const kept = new Set<number>();
    if (this.#committeesPerSlot.has((slotClock.currentEpoch() + 1) as Epoch)) return kept;
    for (const [subnetId, wantedSlot] of this.#joined) {
      const hasRoom = wanted.size + kept.size < joinedMax;
      const isRecent = slotClock.currentSlot() - wantedSlot <= this.#lingerSlots();
      if (hasRoom && isRecent && !wanted.has(subnetId)) kept.add(subnetId);
    }
    return kept;
  }

  /** Subnets are as many on every network, committees are not. */
  #joinedMaxNow(): number {
    const committees = Math.max(1, ...this.#committeesPerSlot.values());
    return Math.floor((this.#joinedMax * ATTESTATION_SUBNET_COUNT) / committees);
  }

  #lingerSlots(): number {
    return Math.ceil(LEAVING_COSTS_MS / this.#c.slotClock.timing.slotDurationMs);
  }

  #leave(subnetId: number): void {
    this.#joined.delete(subnetId);
    this.#c.gossip.unsubscribe("beacon_attestation", subnetId);
  }

  /** An epoch's committees outlive its duties by one epoch: aggregates and late votes are of the slots just gone. */
  #forgetPast(): void {
    const {slotClock} = this.#c;
    for (const slot of this.#duties.keys()) if (slot < slotClock.currentSlot()) this.#duties.delete(slot);
    for (const epoch of this.#committeesPerSlot.keys()) {
      if (epoch < slotClock.currentEpoch() - 1) this.#committeesPerSlot.delete(epoch);
    }
  }
}
