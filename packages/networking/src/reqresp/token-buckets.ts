import type {Clock} from "@mote/core";

export interface Quota {
  readonly tokens: number;
  /** In which an empty bucket fills up. */
  readonly perMs: number;
}

interface Bucket {
  readonly quota: Quota;
  tokens: number;
  atMs: number;
}

/** Buckets kept before those that are full are thrown away. */
const BUCKETS_MAX = 512;

/** A bucket for each key. What is taken beyond its content is owed: whoever takes it waits until the debt is paid. */
export class TokenBuckets {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor({clock}: {readonly clock: Clock}) {
    this.#clock = clock;
  }

  /** @returns how long to wait before using them */
  take(key: string, tokens: number, quota: Quota): number {
    const bucket = this.#filled(key, quota);
    bucket.tokens -= tokens;
    return Math.max(0, Math.ceil((-bucket.tokens * quota.perMs) / quota.tokens));
  }

  giveBack(key: string, tokens: number): void {
    const bucket = this.#buckets.get(key);
    if (bucket !== undefined) bucket.tokens = Math.min(bucket.quota.tokens, bucket.tokens + tokens);
  }

  #filled(key: string, quota: Quota): Bucket {
    if (this.#buckets.size >= BUCKETS_MAX) this.#forgetFull();
    const bucket = this.#buckets.get(key) ?? {quota, tokens: quota.tokens, atMs: this.#clock.nowMs()};
    this.#fill(bucket);
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #fill(bucket: Bucket): void {
    const nowMs = this.#clock.nowMs();
    // A clock that was set back neither fills nor empties.
    const passedMs = Math.max(0, nowMs - bucket.atMs);
    bucket.tokens = Math.min(
      bucket.quota.tokens,
      bucket.tokens + (passedMs * bucket.quota.tokens) / bucket.quota.perMs,
    );
    bucket.atMs = nowMs;
  }

  #forgetFull(): void {
    for (const [key, bucket] of this.#buckets) {
      this.#fill(bucket);
      if (bucket.tokens === bucket.quota.tokens) this.#buckets.delete(key);
    }
  }
}
