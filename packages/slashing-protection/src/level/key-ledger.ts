import type {Pubkey, Verdict} from "@mote/core";
import {DamagedStoreError, ProtectionWriteFailedError} from "../errors.ts";
import {
  isProposalPruningDue,
  judgeProposal,
  judgeProposalBySummary,
  type Proposal,
  pruneProposals,
  summaryWithProposal,
} from "../rules/proposal-rules.ts";
import {
  isVotePruningDue,
  judgeVote,
  judgeVoteBySummary,
  pruneVotes,
  summaryWithVote,
  type Vote,
} from "../rules/vote-rules.ts";
import {decodeProposal, decodeSummary, decodeVote, type KeySummary, RecordCodec} from "./codec.ts";
import type {GroupCommit} from "./group-commit.ts";
import type {Entry, ProtectionDatabase, WriteOperation} from "./protection-database.ts";

/** A verdict, and the write that has to be on disk before it is given. */
interface Decision {
  readonly verdict: Verdict;
  readonly written?: Promise<void>;
}

/**
 * Decides and records for one validator key, one request after the other. Of its history only the summary stays in memory; it counts
 * what is decided already, written or not. Whatever the summary cannot decide waits for the key's own writes and reads the disk.
 */
export class KeyLedger {
  readonly #codec: RecordCodec;
  readonly #retainEpochs: number;
  readonly #database: ProtectionDatabase;
  readonly #commits: GroupCommit;
  /** Null until the first request has read it. */
  #summary: KeySummary | null = null;
  /** The decision under way that reads the disk; requests that come meanwhile wait in line behind it. */
  #deciding: Promise<unknown> | null = null;
  #lastWrite: Promise<void> = Promise.resolve();

  constructor(
    init: {readonly pubkey: Pubkey; readonly retainEpochs: number},
    components: {readonly database: ProtectionDatabase; readonly commits: GroupCommit},
  ) {
    this.#codec = new RecordCodec(init.pubkey);
    this.#retainEpochs = init.retainEpochs;
    this.#database = components.database;
    this.#commits = components.commits;
  }

  /** Reads ahead what decides the usual request, so that the first one does not wait for the disk. */
  async load(): Promise<void> {
    await this.#decideInLine(ignore);
  }

  recordVote(vote: Vote): Promise<Verdict> {
    return this.#inTurn((summary) => {
      const verdict = judgeVoteBySummary(vote, summary.votes);
      if (verdict?.kind === "refused") return {verdict};
      const votes = summaryWithVote(summary.votes, vote);
      if (verdict === null || isVotePruningDue(votes, this.#retainEpochs))
        return this.#decideVoteByHistory(vote, summary);
      return {verdict, written: this.#commit({...summary, votes}, this.#codec.encodeVote(vote), [])};
    });
  }

  recordProposal(proposal: Proposal): Promise<Verdict> {
    return this.#inTurn((summary) => {
      const verdict = judgeProposalBySummary(proposal, summary.proposals);
      const proposals = summaryWithProposal(summary.proposals, proposal);
      if (verdict === null || isProposalPruningDue(proposals, this.#retainEpochs)) {
        return this.#decideProposalByHistory(proposal, summary);
      }
      return {verdict, written: this.#commit({...summary, proposals}, this.#codec.encodeProposal(proposal), [])};
    });
  }

  async #decideVoteByHistory(vote: Vote, summary: KeySummary): Promise<Decision> {
    await this.#lastWrite;
    // The usual question is the same duty again, after a restart; it needs one record and not the history.
    const sameTarget = (await this.#database.entries(this.#codec.votesAt(vote.targetEpoch))).map(decodeVote);
    if (sameTarget.length > 0) return {verdict: judgeVote(vote, sameTarget, summary.votes)};
    const history = (await this.#database.entries(this.#codec.votes)).map(decodeVote);
    const verdict = judgeVote(vote, history, summary.votes);
    if (verdict.kind !== "accepted") return {verdict};
    const votes = summaryWithVote(summary.votes, vote);
    const pruned = isVotePruningDue(votes, this.#retainEpochs)
      ? pruneVotes(votes, history, this.#retainEpochs)
      : {summary: votes, forgotten: []};
    const forgotten = pruned.forgotten.map((record) => this.#codec.encodeVote(record));
    const written = this.#commit({...summary, votes: pruned.summary}, this.#codec.encodeVote(vote), forgotten);
    return {verdict, written};
  }

  async #decideProposalByHistory(proposal: Proposal, summary: KeySummary): Promise<Decision> {
    await this.#lastWrite;
    const sameSlot = (await this.#database.entries(this.#codec.proposalsAt(proposal.slot))).map(decodeProposal);
    const verdict = judgeProposal(proposal, sameSlot, summary.proposals);
    if (verdict.kind !== "accepted") return {verdict};
    const record = this.#codec.encodeProposal(proposal);
    const proposals = summaryWithProposal(summary.proposals, proposal);
    if (!isProposalPruningDue(proposals, this.#retainEpochs)) {
      return {verdict, written: this.#commit({...summary, proposals}, record, [])};
    }
    const kept = (await this.#database.entries(this.#codec.proposals)).map(decodeProposal);
    const history = [...kept, proposal].sort((a, b) => a.slot - b.slot);
    const pruned = pruneProposals(proposals, history, this.#retainEpochs);
    const forgotten = pruned.forgotten.map((old) => this.#codec.encodeProposal(old));
    return {verdict, written: this.#commit({...summary, proposals: pruned.summary}, record, forgotten)};
  }

  /** Record, summary and pruning are one atomic write: at no moment is something forgotten that the watermark does not cover. */
  #commit(summary: KeySummary, record: Entry, forgotten: readonly Entry[]): Promise<void> {
    const operations: WriteOperation[] = [
      {type: "put", ...record},
      {type: "put", ...this.#codec.encodeSummary(summary)},
      ...forgotten.map(({key}): WriteOperation => ({type: "del", key})),
    ];
    this.#summary = summary;
    this.#lastWrite = this.#commits.write(operations);
    return this.#lastWrite;
  }

  /**
   * Decides at once when no decision of this key is under way, so that requests of one tick share a write; else in line. Gives the
   * verdict only when its write is on disk.
   */
  async #inTurn(decide: (summary: KeySummary) => Decision | Promise<Decision>): Promise<Verdict> {
    try {
      const {verdict, written} = await this.#decideInLine(decide);
      await written;
      return verdict;
    } catch (error) {
      if (error instanceof ProtectionWriteFailedError) return {kind: "refused", reason: "PROTECTION_STORE_FAILED"};
      throw error;
    }
  }

  #decideInLine<T>(decide: (summary: KeySummary) => T | Promise<T>): T | Promise<T> {
    const decideNow = () => {
      this.#commits.assertWritable();
      return this.#summary === null ? this.#loadSummary().then(decide) : decide(this.#summary);
    };
    const decision = this.#deciding === null ? decideNow() : this.#deciding.then(decideNow);
    if (!(decision instanceof Promise)) return decision;
    const settled = decision.then(ignore, ignore).then(() => {
      if (this.#deciding === settled) this.#deciding = null;
    });
    this.#deciding = settled;
    return decision;
  }

  async #loadSummary(): Promise<KeySummary> {
    const key = this.#codec.summaryKey;
    const value = await this.#database.get(key);
    if (value === undefined) await this.#assertNoRecords();
    this.#summary = value === undefined ? {votes: null, proposals: null} : decodeSummary({key, value});
    return this.#summary;
  }

  /** Records without a summary are what is left of a damaged store: without this check their key would look new. */
  async #assertNoRecords(): Promise<void> {
    for (const range of [this.#codec.votes, this.#codec.proposals]) {
      const [found] = await this.#database.entries(range, 1);
      if (found !== undefined)
        throw new DamagedStoreError("a key has records and no summary: restore or import its history");
    }
  }
}

const ignore = (): void => {};
