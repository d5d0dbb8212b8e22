import type {AttestationRecord, Clock, Pubkey, Verdict} from "@mote/core";
import {judgeVote, judgeVoteBySummary, summaryWithVote, type Vote, type VoteSummary} from "../rules/vote-rules.ts";
import type {KeptVote} from "./kept-vote.ts";
import {lockKeys, summaryOf, updateKeys} from "./key-rows.ts";
import type {Pending} from "./request-lane.ts";
import {groupByPubkey, type KeySummary, toBytes, toNumeric, toPubkey, toVote, toVoteSummary} from "./rows.ts";
import type {Session} from "./session.ts";
import type {Sessions} from "./sessions.ts";
import type {VotePruner} from "./vote-pruner.ts";

/**
 * Takes every vote with a target above every target of its key and a source no older than any source: it needs no history (see
 * `judgeVoteBySummary`). The conditions are looked at again under the row's lock, so of two nodes with conflicting votes one finds them
 * untrue.
 */
const RECORD_MONOTONE = {
  name: "mote_record_monotone_votes",
  text: `WITH locked AS (
      SELECT k.pubkey, a.source, a.target, a.signing_root
      FROM unnest($1::bytea[], $2::numeric[], $3::numeric[], $4::bytea[]) AS a(pubkey, source, target, signing_root)
      JOIN mote_protection_keys k ON k.pubkey = a.pubkey
      ORDER BY k.pubkey
      FOR UPDATE OF k
    ), advanced AS (
      UPDATE mote_protection_keys k SET
        watermark_source = COALESCE(k.watermark_source, l.source),
        watermark_target = COALESCE(k.watermark_target, l.target),
        newest_source = l.source,
        newest_target = l.target
      FROM locked l
      WHERE k.pubkey = l.pubkey AND (
        k.newest_target IS NULL
        OR (l.target > k.newest_target AND l.source >= k.newest_source)
      )
      RETURNING k.pubkey, l.source, l.target, l.signing_root, k.watermark_source, k.watermark_target
    ), recorded AS (
      INSERT INTO mote_protection_votes (pubkey, target, twin, source, signing_root, is_imported)
      SELECT pubkey, target, 0, source, signing_root, false FROM advanced
      RETURNING pubkey
    )
    SELECT a.pubkey, a.watermark_source, a.watermark_target, a.source AS newest_source, a.target AS newest_target
    FROM advanced a JOIN recorded r ON r.pubkey = a.pubkey`,
};

/** OFFSET 0 keeps a planner without statistics from reading the whole table once instead of one range a key. */
const votesOfEach = (condition: string): string =>
  `SELECT v.pubkey, v.source, v.target, v.signing_root
    FROM unnest($1::bytea[], $2::numeric[], $3::numeric[]) AS a(pubkey, source, target)
    CROSS JOIN LATERAL (
      SELECT * FROM mote_protection_votes r WHERE r.pubkey = a.pubkey AND ${condition} OFFSET 0
    ) v
    ORDER BY v.pubkey, v.target, v.source, v.signing_root NULLS FIRST`;

const SAME_TARGET = {name: "mote_votes_same_target", text: votesOfEach("r.target = a.target")};
const SURROUND = {
  name: "mote_votes_surround",
  text: votesOfEach("((r.source > a.source AND r.target < a.target) OR (r.source < a.source AND r.target > a.target))"),
};
const INSERT = {
  name: "mote_insert_votes",
  text: `INSERT INTO mote_protection_votes (pubkey, target, twin, source, signing_root, is_imported)
    SELECT a.pubkey, a.target, 0, a.source, a.signing_root, false
    FROM unnest($1::bytea[], $2::numeric[], $3::numeric[], $4::bytea[]) AS a(pubkey, source, target, signing_root)`,
};

interface Judged {
  readonly pubkey: Pubkey;
  readonly vote: Vote;
  readonly verdict: Verdict;
  /** Of the key, with the vote if it was accepted. */
  readonly votes: VoteSummary | null;
}

/** Decides and records votes of many keys together: most in one round trip, the others in one transaction. */
export class VoteRecorder {
  readonly #sessions: Sessions;
  readonly #clock: Clock;
  readonly #keptVote: KeptVote;
  readonly #pruner: VotePruner;

  constructor(components: {
    readonly sessions: Sessions;
    readonly clock: Clock;
    readonly keptVote: KeptVote;
    readonly pruner: VotePruner;
  }) {
    this.#sessions = components.sessions;
    this.#clock = components.clock;
    this.#keptVote = components.keptVote;
    this.#pruner = components.pruner;
  }

  async decide(batch: readonly Pending<Vote>[], timeoutMs: number): Promise<void> {
    const deadlineMs = this.#clock.nowMs() + timeoutMs;
    const taken = await this.#sessions.useRetrying(timeoutMs, (session) => recordMonotone(session, batch));
    for (const {pubkey, message, settle} of batch) {
      if (taken.has(pubkey)) this.#settle(pubkey, message, {kind: "accepted"}, settle);
    }
    this.#pruner.look(taken);

    const rest = batch.filter(({pubkey}) => !taken.has(pubkey));
    if (rest.length === 0) return;
    const judged = await this.#sessions.useRetrying(deadlineMs - this.#clock.nowMs(), (session) =>
      session.transaction(() => recordByHistory(session, rest)),
    );
    for (const [index, {pubkey, message, settle}] of rest.entries()) {
      this.#settle(pubkey, message, (judged[index] as Judged).verdict, settle);
    }
    this.#pruner.look(new Map(judged.map(({pubkey, votes}) => [pubkey, votes])));
  }

  #settle(pubkey: Pubkey, vote: Vote, verdict: Verdict, settle: (verdict: Verdict) => void): void {
    if (verdict.kind !== "refused") this.#keptVote.confirm(pubkey, vote);
    settle(verdict);
  }
}

/** The keys whose votes were taken, with their summaries after them. */
async function recordMonotone(
  session: Session,
  batch: readonly Pending<Vote>[],
): Promise<ReadonlyMap<Pubkey, VoteSummary>> {
  const rows = await session.query(RECORD_MONOTONE, columnsOf(batch));
  return new Map(rows.map((row) => [toPubkey(row.pubkey), toVoteSummary(row)]));
}

/** In a transaction. In the order of the batch. */
async function recordByHistory(session: Session, batch: readonly Pending<Vote>[]): Promise<readonly Judged[]> {
  const pubkeys = batch.map(({pubkey}) => pubkey);
  const summaries = await lockKeys(session, pubkeys);
  const judged = await judge(session, batch, summaries);
  const accepted = judged.filter(({verdict}) => verdict.kind === "accepted");
  if (accepted.length > 0) {
    await session.query(INSERT, columnsOf(accepted.map(({pubkey, vote}) => ({pubkey, message: vote}))));
    await updateKeys(
      session,
      accepted.map(({pubkey, votes}) => ({...summaryOf(summaries, pubkey), votes})),
    );
  }
  return judged;
}

/** By the complete rule, reading no more of the history than can stand against the votes. */
async function judge(
  session: Session,
  batch: readonly Pending<Vote>[],
  summaries: ReadonlyMap<Pubkey, KeySummary>,
): Promise<readonly Judged[]> {
  const isOpen = ({pubkey, message}: Pending<Vote>) =>
    judgeVoteBySummary(message, summaryOf(summaries, pubkey).votes) === null;
  const open = batch.filter(isOpen);
  const sameTarget = await readVotes(session, SAME_TARGET, open);
  const surround = await readVotes(
    session,
    SURROUND,
    open.filter(({pubkey}) => !sameTarget.has(pubkey)),
  );
  return batch.map(({pubkey, message: vote}) => {
    const {votes} = summaryOf(summaries, pubkey);
    const against = sameTarget.get(pubkey) ?? surround.get(pubkey) ?? [];
    const verdict = judgeVoteBySummary(vote, votes) ?? judgeVote(vote, against, votes);
    return {pubkey, vote, verdict, votes: verdict.kind === "accepted" ? summaryWithVote(votes, vote) : votes};
  });
}

async function readVotes(
  session: Session,
  statement: typeof SAME_TARGET,
  batch: readonly Pending<Vote>[],
): Promise<ReadonlyMap<Pubkey, readonly AttestationRecord[]>> {
  if (batch.length === 0) return new Map();
  return groupByPubkey(await session.query(statement, columnsOf(batch).slice(0, 3)), toVote);
}

const columnsOf = (batch: readonly {readonly pubkey: Pubkey; readonly message: Vote}[]) => [
  batch.map(({pubkey}) => toBytes(pubkey)),
  batch.map(({message}) => toNumeric(message.sourceEpoch)),
  batch.map(({message}) => toNumeric(message.targetEpoch)),
  batch.map(({message}) => toBytes(message.signingRoot)),
];
