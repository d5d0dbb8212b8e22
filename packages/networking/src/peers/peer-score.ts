import type {Clock} from "@mote/core";
import type {Offence} from "../network.ts";

/** What an offence takes from a score that begins at 0: from what chance may do to what nobody does by accident. */
const COST: Readonly<Record<Offence, number>> = {
  too_slow: 4,
  rate_limit: 5,
  invalid_message: 10,
  invalid_request: 10,
  invalid_response: 15,
  invalid_frame: 15,
  wrong_chain: 30,
};

/** At or below it a peer is left. */
export const LEAVE_SCORE = -30;
/** At or below it a peer is banned. */
export const BAN_SCORE = -60;
/** An offence weighs half after it, a quarter after twice as long. */
export const SCORE_HALF_LIFE_MS = 10 * 60_000;
export const BAN_DURATION_MS = 60 * 60_000;

const LOWEST_SCORE = -100;
/** Nearer to 0 than this nothing is remembered. */
const FORGOTTEN_SCORE = -0.5;
const REMEMBERED_MAX = 2_000;

export type Standing = "good" | "leave" | "banned";

interface Entry {
  score: number;
  atMs: number;
  /** Null: not banned. */
  bannedUntilMs: number | null;
}

/** What peers did, also those that are gone: who comes back comes back with it. */
export class PeerScores {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;

  constructor(components: {readonly clock: Clock}) {
    this.#clock = components.clock;
  }

  /** From −100 to 0. */
  scoreOf(peer: string): number {
    const entry = this.#entries.get(peer);
    return entry === undefined ? 0 : this.#decayed(entry);
  }

  isBanned(peer: string): boolean {
    const until = this.#entries.get(peer)?.bannedUntilMs ?? null;
    return until !== null && this.#clock.nowMs() < until;
  }

  report(peer: string, offence: Offence): Standing {
    const entry = this.#entries.get(peer) ?? {score: 0, atMs: 0, bannedUntilMs: null};
    const nowMs = this.#clock.nowMs();
    entry.score = Math.max(LOWEST_SCORE, this.#decayed(entry) - COST[offence]);
    entry.atMs = nowMs;
    if (entry.score <= BAN_SCORE) entry.bannedUntilMs = nowMs + BAN_DURATION_MS;
    // Written again, it is the last to be forgotten.
    this.#entries.delete(peer);
    this.#entries.set(peer, entry);
    this.#bound();
    return this.standingOf(peer);
  }

  standingOf(peer: string): Standing {
    if (this.isBanned(peer)) return "banned";
    return this.scoreOf(peer) <= LEAVE_SCORE ? "leave" : "good";
  }

  /** Now and then: what has decayed is dropped. */
  forgetOld(): void {
    for (const [peer, entry] of this.#entries)
      if (!this.isBanned(peer) && this.#decayed(entry) > FORGOTTEN_SCORE) this.#entries.delete(peer);
  }

  get size(): number {
    return this.#entries.size;
  }

  #decayed(entry: Entry): number {
    // A clock set back must not make a score grow.
    const elapsedMs = Math.max(0, this.#clock.nowMs() - entry.atMs);
    return entry.score * 2 ** (-elapsedMs / SCORE_HALF_LIFE_MS);
  }

  #bound(): void {
    for (const peer of this.#entries.keys()) {
      if (this.#entries.size <= REMEMBERED_MAX) return;
      this.#entries.delete(peer);
    }
  }
}
