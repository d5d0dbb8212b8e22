/** When a beacon node's answer was on its way by our clock, and what its `Date` header said. All in Unix ms. */
export interface DateSample {
  readonly beaconNode: string;
  readonly sentMs: number;
  readonly receivedMs: number;
  /** Whole seconds. */
  readonly serverDateMs: number;
}

/** What must be added to our clock to get the other's lies between these. Positive: ours is behind. */
export interface OffsetBounds {
  readonly lowMs: number;
  readonly highMs: number;
}

/** An HTTP date is cut to seconds (RFC 9110, 5.6.7). */
const DATE_RESOLUTION_MS = 1_000;
/** Servers make the header's text once a second, and a busy one later than that. */
const DATE_STALENESS_MS = 250;
/** A server that needed longer was busy. One that stalls gives answers the text that it made before, as old as the stall is long. */
const ANSWER_MS_MAX = 1_000;
/** Bounds are kept for one to two of these: long enough to have answers from all over the second. */
const KEPT_MS = 60_000;
/** From so many seconds there must be answers: one may come from a cache, and a server that was stalled gives several the same old date. */
const SECONDS_MIN = 3;

/** Null when the answer was long on its way, or our own clock was set back meanwhile. */
export function boundsOf({sentMs, receivedMs, serverDateMs}: Omit<DateSample, "beaconNode">): OffsetBounds | null {
  if (receivedMs < sentMs || receivedMs - sentMs > ANSWER_MS_MAX) return null;
  return {lowMs: serverDateMs - receivedMs, highMs: serverDateMs + DATE_RESOLUTION_MS + DATE_STALENESS_MS - sentMs};
}

interface Span {
  readonly fromMs: number;
  readonly bounds: OffsetBounds;
  /** Different moments that the other named. */
  readonly moments: number;
}

/**
 * The offset of one beacon node's clock, from many answers: each bounds it to a second and more, and together they bound it to little more than
 * the time that an answer takes. When an answer contradicts those before, a clock has jumped, and only the newer ones count.
 */
export class ClockOffset {
  #now: Span | null = null;
  #before: Span | null = null;
  #saidMs: number | null = null;

  /** @param heard.saidMs what the other called the time, `heard.nowMs` what we do */
  add(bounds: OffsetBounds, {saidMs, nowMs}: {readonly saidMs: number; readonly nowMs: number}): void {
    this.#turnOver(nowMs);
    const all = this.#all();
    if (all !== null && !meet(all.bounds, bounds)) {
      this.#before = null;
      this.#now = null;
    }
    const isNew = saidMs !== this.#saidMs;
    this.#saidMs = saidMs;
    const now = this.#now;
    this.#now =
      now === null
        ? {fromMs: nowMs, bounds, moments: 1}
        : {
            fromMs: now.fromMs,
            bounds: intersection(now.bounds, bounds),
            moments: now.moments + (isNew ? 1 : 0),
          };
  }

  /** Null while too few answers, or none that are recent, tell it. */
  at(nowMs: number): OffsetBounds | null {
    this.#turnOver(nowMs);
    const all = this.#all();
    return all !== null && all.moments >= SECONDS_MIN ? all.bounds : null;
  }

  #turnOver(nowMs: number): void {
    const ageMs = this.#now === null ? 0 : nowMs - this.#now.fromMs;
    if (ageMs >= 0 && ageMs < KEPT_MS) return;
    // Set back, or silent for long: what was learnt is of another time.
    this.#before = ageMs < 0 || ageMs >= 2 * KEPT_MS ? null : this.#now;
    this.#now = null;
  }

  #all(): Omit<Span, "fromMs"> | null {
    const [now, before] = [this.#now, this.#before];
    if (now === null || before === null) return now ?? before;
    return {bounds: intersection(now.bounds, before.bounds), moments: now.moments + before.moments};
  }
}

const meet = (a: OffsetBounds, b: OffsetBounds): boolean => a.lowMs <= b.highMs && b.lowMs <= a.highMs;

const intersection = (a: OffsetBounds, b: OffsetBounds): OffsetBounds => ({
  lowMs: Math.max(a.lowMs, b.lowMs),
  highMs: Math.min(a.highMs, b.highMs),
});
