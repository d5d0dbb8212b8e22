import type {AttestationRecord, Epoch, Pubkey} from "@mote/core";
import {LOOKUP_SIZE_MAX, READING_MS_MAX} from "./limits.ts";
import {groupByPubkey, toBytes, toNumeric, toVote} from "./rows.ts";
import type {Sessions} from "./sessions.ts";

const VOTES_AT = {
  name: "mote_votes_at",
  text: `SELECT v.pubkey, v.source, v.target, v.signing_root
    FROM unnest($1::bytea[], $2::numeric[]) AS a(pubkey, target)
    CROSS JOIN LATERAL (
      SELECT * FROM mote_protection_votes r WHERE r.pubkey = a.pubkey AND r.target = a.target OFFSET 0
    ) v`,
};

interface Waiting {
  readonly pubkey: Pubkey;
  readonly targetEpoch: Epoch;
  resolve(votes: readonly AttestationRecord[]): void;
  reject(error: unknown): void;
}

/**
 * Reads what is on record for given keys and targets. A starting node asks for all its keys at once: one by one, thousands of questions
 * to a database some milliseconds away would hold all connections for many seconds, also against the votes. So they share round trips,
 * one at a time.
 */
export class VoteLookup {
  readonly #sessions: Sessions;
  #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(components: {readonly sessions: Sessions}) {
    this.#sessions = components.sessions;
  }

  /** @throws {ProtectionStoreError} when the database does not tell */
  votesAt(pubkey: Pubkey, targetEpoch: Epoch): Promise<readonly AttestationRecord[]> {
    const {promise, resolve, reject} = Promise.withResolvers<readonly AttestationRecord[]>();
    this.#waiting.push({pubkey, targetEpoch, resolve, reject});
    if (!this.#isRunning) {
      this.#isRunning = true;
      setImmediate(() => this.#run());
    }
    return promise;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#answer(this.#waiting.splice(0, LOOKUP_SIZE_MAX));
    this.#isRunning = false;
  }

  async #answer(batch: readonly Waiting[]): Promise<void> {
    const values = [
      batch.map(({pubkey}) => toBytes(pubkey)),
      batch.map(({targetEpoch}) => toNumeric(targetEpoch)),
    ] as const;
    try {
      const rows = await this.#sessions.useRetrying(READING_MS_MAX, (session) => session.query(VOTES_AT, values));
      const votes = groupByPubkey(rows, toVote);
      for (const {pubkey, targetEpoch, resolve} of batch) {
        resolve((votes.get(pubkey) ?? []).filter((vote) => vote.targetEpoch === targetEpoch));
      }
    } catch (error) {
      for (const {reject} of batch) reject(error);
    }
  }
}
