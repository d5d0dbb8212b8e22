import type {
  AttestationRecord,
  BlockRecord,
  Epoch,
  Explanation,
  KeyImportReport,
  NewestRecords,
  Pubkey,
  Root,
  Slot,
  Verdict,
} from "@mote/core";
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
  explanationOf,
  isVotePruningDue,
  judgeVote,
  judgeVoteBySummary,
  pruneVotes,
  summaryWithVote,
  type Vote,
} from "../rules/vote-rules.ts";
import {decodeProposal, decodeVote, RecordCodec, type SealedEntry} from "./codec.ts";
import type {GroupCommit} from "./group-commit.ts";
import {readProposals, readVotes} from "./key-history.ts";
import {EMPTY_SUMMARY, type KeySummary, type Tally, tallyAfter} from "./key-summary.ts";
import {mergeHistory, type StagedHistory} from "./merge-history.ts";
import type {ProtectionDatabase, WriteOperation} from "./protection-database.ts";

/** A key's summary and the seal under which it is on disk. */
export interface SealedSummary {
  readonly summary: KeySummary;
  readonly seal: number;
}

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
  #summary: KeySummary;
  /** Null while no summary of the key is on disk or on its way there. */
  #seal: number | null;
  /** The decision under way that reads the disk; requests that come meanwhile wait in line behind it. */
  #deciding: Promise<unknown> | null = null;
  #lastWrite: Promise<void> = Promise.resolve();
  #isFrozen = false;
  /** A key whose history turned out damaged decides nothing more, not even what its summary could. */
  #damage: DamagedStoreError | null = null;

  constructor(
    init: {readonly pubkey: Pubkey; readonly retainEpochs: number; readonly stored: SealedSummary | null},
    components: {readonly database: ProtectionDatabase; readonly commits: GroupCommit},
  ) {
    this.#codec = new RecordCodec(init.pubkey);
    this.#retainEpochs = init.retainEpochs;
    this.#summary = init.stored?.summary ?? EMPTY_SUMMARY;
    this.#seal = init.stored?.seal ?? null;
    this.#database = components.database;
    this.#commits = components.commits;
  }

  recordVote(vote: Vote): Promise<Verdict> {
    return this.#inTurn(() => {
      const verdict = judgeVoteBySummary(vote, this.#summary.votes);
      if (verdict?.kind === "refused") return {verdict};
      const votes = summaryWithVote(this.#summary.votes, vote);
      if (verdict === null || isVotePruningDue(votes, this.#retainEpochs)) return this.#decideVoteByHistory(vote);
      return {verdict, written: this.#commitVote(vote, votes, [])};
    });
  }

  recordProposal(proposal: Proposal): Promise<Verdict> {
    return this.#inTurn(() => {
      const verdict = judgeProposalBySummary(proposal, this.#summary.proposals);
      const proposals = summaryWithProposal(this.#summary.proposals, proposal);
      if (verdict === null || isProposalPruningDue(proposals, this.#retainEpochs)) {
        return this.#decideProposalByHistory(proposal);
      }
      return {verdict, written: this.#commitProposal(proposal, proposals, [])};
    });
  }

  async newest(): Promise<NewestRecords | null> {
    const {votes, proposals} = await this.#decideInLine(() => this.#summary);
    if (votes === null && proposals === null) return null;
    return {
      sourceEpoch: votes?.newestSourceEpoch ?? null,
      targetEpoch: votes?.newestTargetEpoch ?? null,
      slot: proposals?.newestSlot ?? null,
    };
  }

  async explains(vote: {readonly targetEpoch: Epoch; readonly signingRoot?: Root}): Promise<Explanation> {
    return this.#decideInLine(async () => {
      const sameTarget = await this.#votesAt(vote.targetEpoch);
      // Nothing is believed only when no record is missing.
      if (sameTarget.length === 0) await this.#readVotes();
      return explanationOf(vote.signingRoot, sameTarget);
    });
  }

  /** Resolves once all that was asked before is decided and on disk. */
  async freeze(): Promise<void> {
    this.#isFrozen = true;
    await this.#decideInLine(ignore);
    await this.#lastWrite;
  }

  thaw(): void {
    this.#isFrozen = false;
  }

  /** @throws {DamagedStoreError} unless all records of the key are what was written */
  async verify(): Promise<void> {
    await this.#decideInLine(async () => {
      await this.#readVotes();
      await this.#readProposals();
    });
  }

  /**
   * Takes in what an import has spooled for the key, once it is this key's turn; no request that comes after the call is decided before.
   * @param readStaged waits for the turn; when it rejects the key decides nothing more, since the import may count already
   */
  async merge(readStaged: () => Promise<StagedHistory>): Promise<KeyImportReport> {
    return this.#decideInLine(async () => {
      try {
        const staged = await readStaged();
        const onRecord = {attestations: await this.#readVotes(), blocks: await this.#readProposals()};
        const merged = mergeHistory({summary: this.#summary, onRecord, staged}, this.#codec);
        if (merged.summary !== null) await this.#commit(merged.summary, merged.operations);
        return merged.report;
      } catch (cause) {
        this.#damage ??= new DamagedStoreError("an import could not be merged into its records", {cause});
        throw cause;
      }
    });
  }

  async #decideVoteByHistory(vote: Vote): Promise<Decision> {
    // The usual question is the same duty again, after a restart; it needs one record and not the history.
    const sameTarget = await this.#votesAt(vote.targetEpoch);
    if (sameTarget.length > 0) return {verdict: judgeVote(vote, sameTarget, this.#summary.votes)};
    const history = await this.#readVotes();
    const verdict = judgeVote(vote, history, this.#summary.votes);
    if (verdict.kind !== "accepted") return {verdict};
    const votes = summaryWithVote(this.#summary.votes, vote);
    // A late vote may be among those to forget: on record below the minimum, it would lower that of a store that takes in an export.
    const pruned = isVotePruningDue(votes, this.#retainEpochs)
      ? pruneVotes(votes, [...history, vote], this.#retainEpochs)
      : {summary: votes, forgotten: []};
    const forgotten = pruned.forgotten.map((record) => this.#codec.encodeVote(record));
    return {verdict, written: this.#commitVote(vote, pruned.summary, forgotten)};
  }

  async #decideProposalByHistory(proposal: Proposal): Promise<Decision> {
    const sameSlot = await this.#proposalsAt(proposal.slot);
    if (sameSlot.length > 0) return {verdict: judgeProposal(proposal, sameSlot, this.#summary.proposals)};
    const kept = await this.#readProposals();
    const verdict = judgeProposal(proposal, [], this.#summary.proposals);
    if (verdict.kind !== "accepted") return {verdict};
    const proposals = summaryWithProposal(this.#summary.proposals, proposal);
    if (!isProposalPruningDue(proposals, this.#retainEpochs)) {
      return {verdict, written: this.#commitProposal(proposal, proposals, [])};
    }
    const history = [...kept, proposal].sort((a, b) => (a.slot < b.slot ? -1 : 1));
    const pruned = pruneProposals(proposals, history, this.#retainEpochs);
    const forgotten = pruned.forgotten.map((old) => this.#codec.encodeProposal(old));
    return {verdict, written: this.#commitProposal(proposal, pruned.summary, forgotten)};
  }

  #votesAt(targetEpoch: Epoch): Promise<readonly AttestationRecord[]> {
    const isAboveAll = targetEpoch > (this.#summary.votes?.newestTargetEpoch ?? -1);
    if (isAboveAll) return NOTHING;
    return this.#read(async () => (await this.#database.entries(this.#codec.votesAt(targetEpoch))).map(decodeVote));
  }

  #proposalsAt(slot: Slot): Promise<readonly BlockRecord[]> {
    const isAboveAll = slot > (this.#summary.proposals?.newestSlot ?? -1);
    if (isAboveAll) return NOTHING;
    return this.#read(async () => (await this.#database.entries(this.#codec.proposalsAt(slot))).map(decodeProposal));
  }

  #readVotes(): Promise<readonly AttestationRecord[]> {
    if (this.#summary.votes === null) return NOTHING;
    return this.#read(() => readVotes(this.#database, this.#codec, this.#summary));
  }

  #readProposals(): Promise<readonly BlockRecord[]> {
    if (this.#summary.proposals === null) return NOTHING;
    return this.#read(() => readProposals(this.#database, this.#codec, this.#summary));
  }

  /** The disk holds what the summary counts only once the key's own writes are there. */
  async #read<T>(read: () => Promise<T>): Promise<T> {
    await this.#lastWrite;
    try {
      return await read();
    } catch (error) {
      if (error instanceof DamagedStoreError) this.#damage = error;
      throw error;
    }
  }

  #commitVote(vote: Vote, votes: KeySummary["votes"], forgotten: readonly SealedEntry[]): Promise<void> {
    const record = this.#codec.encodeVote(vote);
    const {proposals, proposalTally, voteTally} = this.#summary;
    const summary = {votes, proposals, voteTally: tallyOf(voteTally, record, forgotten), proposalTally};
    return this.#commit(summary, operationsOf(record, forgotten));
  }

  #commitProposal(
    proposal: Proposal,
    proposals: KeySummary["proposals"],
    forgotten: readonly SealedEntry[],
  ): Promise<void> {
    const record = this.#codec.encodeProposal(proposal);
    const {votes, proposalTally, voteTally} = this.#summary;
    const summary = {votes, proposals, voteTally, proposalTally: tallyOf(proposalTally, record, forgotten)};
    return this.#commit(summary, operationsOf(record, forgotten));
  }

  /** Record, summary and pruning are one atomic write: at no moment is something forgotten that the watermark does not cover. */
  #commit(summary: KeySummary, operations: WriteOperation[]): Promise<void> {
    const entry = this.#codec.encodeSummary(summary);
    const change = {replaced: this.#seal, seal: entry.seal};
    operations.push(entry);
    this.#summary = summary;
    this.#seal = entry.seal;
    this.#lastWrite = this.#commits.write(operations, change);
    return this.#lastWrite;
  }

  /**
   * Decides at once when no decision of this key is under way, so that requests of one tick share a write; else in line. Gives the
   * verdict only when its write is on disk.
   */
  async #inTurn(decide: () => Decision | Promise<Decision>): Promise<Verdict> {
    if (this.#isFrozen) return {kind: "refused", reason: "KEY_FROZEN"};
    try {
      const decision = this.#decideInLine(decide);
      const {verdict, written} = decision instanceof Promise ? await decision : decision;
      if (written !== undefined) await written;
      return verdict;
    } catch (error) {
      if (error instanceof ProtectionWriteFailedError) return {kind: "refused", reason: "PROTECTION_STORE_FAILED"};
      throw error;
    }
  }

  #decideInLine<T>(decide: () => T | Promise<T>): T | Promise<T> {
    const decision =
      this.#deciding === null ? this.#decideNow(decide) : this.#deciding.then(() => this.#decideNow(decide));
    if (!(decision instanceof Promise)) return decision;
    const settled = decision.then(ignore, ignore).then(() => {
      if (this.#deciding === settled) this.#deciding = null;
    });
    this.#deciding = settled;
    return decision;
  }

  #decideNow<T>(decide: () => T | Promise<T>): T | Promise<T> {
    this.#commits.assertWritable();
    if (this.#damage !== null) throw this.#damage;
    return decide();
  }
}

function tallyOf(tally: Tally, {seal}: SealedEntry, forgotten: readonly SealedEntry[]): Tally {
  const removed = forgotten.length === 0 ? NO_SEALS : forgotten.map((record) => record.seal);
  return tallyAfter(tally, [seal], removed);
}

function operationsOf(record: SealedEntry, forgotten: readonly SealedEntry[]): WriteOperation[] {
  const operations: WriteOperation[] = [record];
  for (const {key} of forgotten) operations.push({type: "del", key});
  return operations;
}

const NO_SEALS: readonly number[] = [];
const NOTHING: Promise<readonly never[]> = Promise.resolve([]);
const ignore = (): void => {};
