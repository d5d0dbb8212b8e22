import type {ChainEvent, Log, SlotClock} from "@mote/core";
import type {SlotService} from "../slot-service.ts";
import {boundsOf, ClockOffset, type DateSample, type OffsetBounds} from "./clock-offset.ts";
import type {Refusal} from "./refusal.ts";

/** Off by more than this for sure is said. */
const WARN_MS = 500;
/** MAXIMUM_GOSSIP_CLOCK_DISPARITY: a beacon node may take in a block so long before its slot. phase0/p2p-interface.md#configuration */
const EARLY_BLOCK_MS = 500;

export interface ClockWatchInit {
  /** So many beacon nodes must agree that our clock is off: one of several that lies, or whose own clock is off, changes nothing. */
  readonly beaconNodeThreshold: number;
}

export interface ClockWatchComponents {
  readonly slotClock: SlotClock;
  readonly log: Log;
}

/** Compares our clock with those of the beacon nodes, by what they send anyway. */
export class ClockWatch implements SlotService {
  readonly #offsets = new Map<string, ClockOffset>();
  readonly #init: ClockWatchInit;
  readonly #c: ClockWatchComponents;
  #isSaid = false;
  /** What was last worked out, until the next millisecond or answer: each vote of a slot asks, twice. */
  #judged: {readonly atMs: number; readonly offMs: number} | null = null;

  constructor(init: ClockWatchInit, components: ClockWatchComponents) {
    this.#init = init;
    this.#c = components;
  }

  /** An answer of a beacon node itself: one that says its `Age` comes from a cache and tells nothing. */
  onDate(sample: DateSample): void {
    const bounds = boundsOf(sample);
    if (bounds !== null) this.#learn(sample.beaconNode, bounds, sample.serverDateMs);
  }

  /** A head that is there before its slot has started by our clock. */
  onChainEvent(event: ChainEvent): void {
    if (event.kind !== "head") return;
    const startMs = this.#c.slotClock.startMs(event.slot);
    const lowMs = startMs - EARLY_BLOCK_MS - event.receivedMs;
    if (lowMs > 0) this.#learn(event.beaconNode, {lowMs, highMs: Number.POSITIVE_INFINITY}, startMs);
  }

  /** Null unless our clock is off by more than a slot for sure. */
  refusal(): Refusal | null {
    const offMs = this.#offForSureMs();
    if (Math.abs(offMs) <= this.#c.slotClock.timing.slotDurationMs) return null;
    return {reason: "CLOCK_OFF", detail: `this machine's clock is ${describe(offMs)}, more than a slot`};
  }

  #learn(beaconNode: string, bounds: OffsetBounds, saidMs: number): void {
    const offset = this.#offsets.get(beaconNode) ?? new ClockOffset();
    this.#offsets.set(beaconNode, offset);
    offset.add(bounds, {saidMs, nowMs: this.#c.slotClock.nowMs()});
    this.#judged = null;
    this.#say();
  }

  #say(): void {
    const {log, slotClock} = this.#c;
    const offMs = this.#offForSureMs();
    if (Math.abs(offMs) > WARN_MS) {
      if (!this.#isSaid) {
        log.warn(`this machine's clock is ${describe(offMs)}: check its time service`, {
          signing: `refused when it is more than a slot (${slotClock.timing.slotDurationMs} ms) off`,
        });
      }
      this.#isSaid = true;
    } else if (this.#isSaid && this.#isRightForSure()) {
      log.info("this machine's clock is right again");
      this.#isSaid = false;
    }
  }

  /** By how much our clock is off at least, as so many beacon nodes as it takes agree; positive: it is behind. */
  #offForSureMs(): number {
    const nowMs = this.#c.slotClock.nowMs();
    if (this.#judged?.atMs !== nowMs) this.#judged = {atMs: nowMs, offMs: this.#offForSureAt(nowMs)};
    return this.#judged.offMs;
  }

  #offForSureAt(nowMs: number): number {
    const all = this.#bounds(nowMs);
    const {beaconNodeThreshold} = this.#init;
    const behindMs = nthHighest(
      beaconNodeThreshold,
      all.map(({lowMs}) => lowMs),
    );
    const aheadMs = nthHighest(
      beaconNodeThreshold,
      all.map(({highMs}) => -highMs),
    );
    if (behindMs > 0) return behindMs;
    return aheadMs > 0 ? -aheadMs : 0;
  }

  /** Not being sure that it is off does not make it right. */
  #isRightForSure(): boolean {
    const right = this.#bounds(this.#c.slotClock.nowMs()).filter(
      ({lowMs, highMs}) => lowMs > -WARN_MS && highMs < WARN_MS,
    );
    return right.length >= this.#init.beaconNodeThreshold;
  }

  #bounds(nowMs: number): OffsetBounds[] {
    return [...this.#offsets.values()].map((offset) => offset.at(nowMs)).filter((bounds) => bounds !== null);
  }
}

/** −∞ when there are fewer. */
const nthHighest = (n: number, values: readonly number[]): number =>
  values.toSorted((a, b) => b - a)[n - 1] ?? Number.NEGATIVE_INFINITY;

const describe = (offMs: number): string =>
  `at least ${Math.round(Math.abs(offMs))} ms ${offMs > 0 ? "behind" : "ahead of"} the beacon nodes'`;
