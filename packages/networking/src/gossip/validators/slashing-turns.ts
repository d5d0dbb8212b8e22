import {MAX_VALIDATORS_PER_COMMITTEE} from "@lodestar/params";
import {type Clock, sleep} from "@mote/core";
import {type Quota, TokenBuckets} from "../../reqresp/token-buckets.ts";

/**
 * Signers of one attestation whose keys are looked up and verified. The aggregates that gossip carries are of one committee (phase0/p2p-interface.md,
 * beacon_aggregate_and_proof). A block's may join all committees of a slot (EIP-7549), and those have no more members than this up to 65,536 validators; on
 * larger chains it would name members whose keys are not known here.
 */
export const SIGNERS_MAX = MAX_VALIDATORS_PER_COMMITTEE;
/** Checking a signature takes as long as reading so many keys, 0.08 ms each. */
const SIGNATURE_KEYS = 16;
const ATTESTATIONS = 2;
/** The largest proof at once, 0.3 s of the other thread's time; and one in twenty of its seconds, whoever sends how many. */
const QUOTA: Quota = {tokens: ATTESTATIONS * (SIGNERS_MAX + SIGNATURE_KEYS), perMs: 6_000};
/** As much as one of the largest before it. */
const WAIT_MS_MAX = QUOTA.perMs;
const ALL_PEERS = "all";

/**
 * Who may have a proof verified, and when. Votes, sync messages and echoes wait for the same thread, and anyone who names a validator of ours can ask for
 * this work.
 */
export class SlashingTurns {
  readonly #clock: Clock;
  readonly #buckets: TokenBuckets;
  readonly #peers = new Set<string>();

  constructor(components: {readonly clock: Clock}) {
    this.#clock = components.clock;
    this.#buckets = new TokenBuckets(components);
  }

  /**
   * Waits for its turn. Each peer has one at a time, and whoever would wait for long has none: a proof that is true comes from many peers, and from beacon
   * nodes.
   * @param signers of both attestations
   * @returns what ends the turn; null when there is none
   */
  async enter(peer: string, signers: number): Promise<(() => void) | null> {
    if (this.#peers.has(peer)) return null;
    const keys = signers + ATTESTATIONS * SIGNATURE_KEYS;
    const waitMs = this.#buckets.take(ALL_PEERS, keys, QUOTA);
    if (waitMs > WAIT_MS_MAX) {
      this.#buckets.giveBack(ALL_PEERS, keys);
      return null;
    }
    this.#peers.add(peer);
    if (waitMs > 0) await sleep(this.#clock, waitMs);
    return () => this.#peers.delete(peer);
  }
}
