import type {AttestationRecord, Pubkey} from "@mote/core";
import {isVotePruningDue, pruneVotes, type VoteSummary} from "../rules/vote-rules.ts";
import {lockKeys, updateKeys} from "./key-rows.ts";
import {DECISION_MS_MAX} from "./limits.ts";
import {groupByPubkey, type KeySummary, toBytes, toEpoch, toNumeric} from "./rows.ts";
import type {Session} from "./session.ts";
import type {Sessions} from "./sessions.ts";
import type {Row} from "./statement.ts";

/** Of one transaction, which holds the keys' rows while it deletes some hundred records a key. */
const KEY_COUNT_MAX = 64;

const HIGHEST_SOURCE = {
  name: "mote_votes_highest_source",
  text: `SELECT v.pubkey, max(v.source) AS source, max(v.target) AS target
    FROM unnest($1::bytea[], $2::numeric[]) AS a(pubkey, target)
    CROSS JOIN LATERAL (
      SELECT * FROM mote_protection_votes r WHERE r.pubkey = a.pubkey AND r.target <= a.target OFFSET 0
    ) v
    GROUP BY v.pubkey`,
};
const FORGET = {
  name: "mote_forget_votes",
  text: `DELETE FROM mote_protection_votes v USING unnest($1::bytea[], $2::numeric[]) AS a(pubkey, target)
    WHERE v.pubkey = a.pubkey AND v.target <= a.target`,
};

type WithVotes = KeySummary & {readonly votes: VoteSummary};

/**
 * Forgets old votes after the verdict, so that no vote waits for it. The minimum rises and the records go in one transaction that holds
 * the keys' rows; where it fails, the key's next vote brings it up again.
 */
export class VotePruner {
  readonly #retainEpochs: number;
  readonly #sessions: Sessions;
  #underWay: Promise<void> = Promise.resolve();

  constructor(init: {readonly retainEpochs: number}, components: {readonly sessions: Sessions}) {
    this.#retainEpochs = init.retainEpochs;
    this.#sessions = components.sessions;
  }

  /** Prunes, some time soon, those of the keys that are due by their summaries. */
  look(summaries: ReadonlyMap<Pubkey, VoteSummary | null>): void {
    const due = [...summaries].filter(([, votes]) => this.#isDue(votes)).map(([pubkey]) => pubkey);
    for (let start = 0; start < due.length; start += KEY_COUNT_MAX) {
      const keys = due.slice(start, start + KEY_COUNT_MAX);
      this.#underWay = this.#underWay.then(() => this.#pruneKeys(keys)).catch(ignore);
    }
  }

  /** When all that was due until now is done, or has failed. */
  async settled(): Promise<void> {
    await this.#underWay;
  }

  async #pruneKeys(pubkeys: readonly Pubkey[]): Promise<void> {
    await this.#sessions.useRetrying(DECISION_MS_MAX, (session) =>
      session.transaction(async () => {
        const summaries = [...(await lockKeys(session, pubkeys)).values()];
        // Another node may have done it.
        const due = summaries.filter((summary): summary is WithVotes => this.#isDue(summary.votes));
        if (due.length > 0) await this.#prune(session, due);
      }),
    );
  }

  async #prune(session: Session, due: readonly WithVotes[]): Promise<void> {
    const bounds = [
      due.map(({pubkey}) => toBytes(pubkey)),
      due.map(({votes}) => toNumeric(Number(votes.newestTargetEpoch) - this.#retainEpochs - 1)),
    ];
    // Of what is forgotten the rule only wants the highest source, so the records themselves stay with the database.
    const forgotten = groupByPubkey(await session.query(HIGHEST_SOURCE, bounds), toForgotten);
    await session.query(FORGET, bounds);
    const pruned = due.map((summary) => {
      const {summary: votes} = pruneVotes(summary.votes, forgotten.get(summary.pubkey) ?? [], this.#retainEpochs);
      return {...summary, votes};
    });
    await updateKeys(session, pruned);
  }

  #isDue(votes: VoteSummary | null): boolean {
    return votes !== null && isVotePruningDue(votes, this.#retainEpochs);
  }
}

const toForgotten = (row: Row): AttestationRecord => ({
  sourceEpoch: toEpoch(row.source),
  targetEpoch: toEpoch(row.target),
  signingRoot: null,
});

const ignore = (): void => {};
