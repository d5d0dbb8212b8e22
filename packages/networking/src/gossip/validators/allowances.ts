import type {Clock, SlotClock} from "@mote/core";
import type {GossipKind} from "../../network.ts";
import {type Quota, TokenBuckets} from "../../reqresp/token-buckets.ts";
import type {GossipReason} from "./judgement.ts";

/**
 * What honest peers do not let on either, so that each of them brings few. None hangs on what is not known here, or on what others sent before: that costs
 * nobody, however often it happens.
 */
const CHARGED: ReadonlySet<GossipReason> = new Set([
  "future_slot",
  "old_slot",
  "finalized_slot",
  "other_fork",
  "numbers_too_large",
  "too_many_signers",
]);

/** What a slot of mainnet brings; a smaller preset brings less. */
const PER_SLOT: Partial<Record<GossipKind, number>> = {
  // Of eight subnets, as many as are joined at once, with some 500 votes each.
  beacon_attestation: 4_096,
  // SYNC_COMMITTEE_SIZE
  sync_committee: 512,
  // PTC_SIZE
  payload_attestation_message: 512,
};
/** Blocks, and proofs of slashings. */
const PER_SLOT_OTHERS = 4;
/** Of traffic: more than the windows of a connection hold for one that was asleep. */
const SLOTS_AT_ONCE = 16;
/** So that what comes all the time may be twice of what honest peers send. */
const FILLED_IN_SLOTS = 8;

export interface AllowancesComponents {
  readonly clock: Clock;
  readonly slotClock: SlotClock;
}

/**
 * How many messages of a kind may come from a peer that are ignored for what they are. One peer may send all that mainnet has: while our clock is off, or a
 * beacon node lies of what is final, all that honest peers send looks like that, and not one of them must pay.
 */
export class Allowances {
  readonly #buckets: TokenBuckets;
  readonly #slotDurationMs: number;

  constructor({clock, slotClock}: AllowancesComponents) {
    this.#buckets = new TokenBuckets({clock});
    this.#slotDurationMs = slotClock.timing.slotDurationMs;
  }

  /** A message was ignored. @returns whether its peer pays: which buys it as much as one slot brings */
  overdraws(peer: string, kind: GossipKind, reason: GossipReason | null): boolean {
    if (reason === null || !CHARGED.has(reason)) return false;
    const perSlot = PER_SLOT[kind] ?? PER_SLOT_OTHERS;
    const quota: Quota = {tokens: SLOTS_AT_ONCE * perSlot, perMs: FILLED_IN_SLOTS * this.#slotDurationMs};
    const key = `${peer} ${kind}`;
    if (this.#buckets.take(key, 1, quota) === 0) return false;
    this.#buckets.giveBack(key, perSlot);
    return true;
  }
}
