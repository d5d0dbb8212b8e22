import type {BlockRecord, Pubkey, Verdict} from "@mote/core";
import {
  isProposalPruningDue,
  judgeProposal,
  judgeProposalBySummary,
  type Proposal,
  pruneProposals,
  summaryWithProposal,
} from "../rules/proposal-rules.ts";
import {lockKeys, summaryOf, updateKeys} from "./key-rows.ts";
import type {Pending} from "./request-lane.ts";
import {groupByPubkey, type KeySummary, toBlock, toBytes, toBytesOrNull, toNumeric} from "./rows.ts";
import type {Session} from "./session.ts";
import type {Sessions} from "./sessions.ts";

const SAME_SLOT = {
  name: "mote_blocks_same_slot",
  text: `SELECT b.pubkey, b.slot, b.signing_root
    FROM unnest($1::bytea[], $2::numeric[]) AS a(pubkey, slot)
    CROSS JOIN LATERAL (SELECT * FROM mote_protection_blocks r WHERE r.pubkey = a.pubkey AND r.slot = a.slot OFFSET 0) b
    ORDER BY b.pubkey, b.slot, b.signing_root NULLS FIRST`,
};
const HISTORY = {
  name: "mote_blocks_history",
  text: `SELECT pubkey, slot, signing_root FROM mote_protection_blocks WHERE pubkey = ANY($1::bytea[])
    ORDER BY pubkey, slot, signing_root NULLS FIRST`,
};
const INSERT = {
  name: "mote_insert_blocks",
  text: `INSERT INTO mote_protection_blocks (pubkey, slot, twin, signing_root, is_imported)
    SELECT a.pubkey, a.slot, 0, a.signing_root, false
    FROM unnest($1::bytea[], $2::numeric[], $3::bytea[]) AS a(pubkey, slot, signing_root)`,
};
const FORGET = {
  name: "mote_forget_blocks",
  text: `DELETE FROM mote_protection_blocks b USING unnest($1::bytea[], $2::numeric[], $3::bytea[]) AS a(pubkey, slot, signing_root)
    WHERE b.pubkey = a.pubkey AND b.slot = a.slot AND (b.signing_root = a.signing_root OR (b.signing_root IS NULL AND a.signing_root IS NULL))`,
};

interface KeyedBlock extends BlockRecord {
  readonly pubkey: Pubkey;
}

/** Decides and records the blocks of many keys in one transaction. There is no shorter way: a whole network proposes one block a slot. */
export class BlockRecorder {
  readonly #retainCount: number;
  readonly #sessions: Sessions;

  constructor(init: {readonly retainEpochs: number}, components: {readonly sessions: Sessions}) {
    this.#retainCount = init.retainEpochs;
    this.#sessions = components.sessions;
  }

  async decide(batch: readonly Pending<Proposal>[], timeoutMs: number): Promise<void> {
    const verdicts = await this.#sessions.useRetrying(timeoutMs, (session) =>
      session.transaction(() => this.#record(session, batch)),
    );
    for (const [index, {settle}] of batch.entries()) settle(verdicts[index] as Verdict);
  }

  /** In a transaction. Gives the verdicts in the order of the batch. */
  async #record(session: Session, batch: readonly Pending<Proposal>[]): Promise<readonly Verdict[]> {
    const summaries = await lockKeys(
      session,
      batch.map(({pubkey}) => pubkey),
    );
    const blocks = batch.map(({pubkey, message}) => ({pubkey, ...message}));
    const sameSlot = groupByPubkey(await session.query(SAME_SLOT, columnsOf(blocks).slice(0, 2)), toBlock);
    const verdicts = batch.map(({pubkey, message}) => {
      const {proposals} = summaryOf(summaries, pubkey);
      return (
        judgeProposalBySummary(message, proposals) ?? judgeProposal(message, sameSlot.get(pubkey) ?? [], proposals)
      );
    });
    const accepted = batch.filter((_, index) => verdicts[index]?.kind === "accepted");
    if (accepted.length === 0) return verdicts;

    await session.query(INSERT, columnsOf(accepted.map(({pubkey, message}) => ({pubkey, ...message}))));
    const advanced = accepted.map(({pubkey, message}) => {
      const summary = summaryOf(summaries, pubkey);
      return {...summary, proposals: summaryWithProposal(summary.proposals, message)};
    });
    await updateKeys(session, await this.#prune(session, advanced));
    return verdicts;
  }

  async #prune(session: Session, summaries: readonly KeySummary[]): Promise<readonly KeySummary[]> {
    const due = summaries.filter(
      ({proposals}) => proposals !== null && isProposalPruningDue(proposals, this.#retainCount),
    );
    if (due.length === 0) return summaries;
    const histories = groupByPubkey(await session.query(HISTORY, [due.map(({pubkey}) => toBytes(pubkey))]), toBlock);
    const forgotten: KeyedBlock[] = [];
    const pruned = summaries.map((summary) => {
      const {pubkey, proposals} = summary;
      if (proposals === null || !due.includes(summary)) return summary;
      const result = pruneProposals(proposals, histories.get(pubkey) ?? [], this.#retainCount);
      forgotten.push(...result.forgotten.map((block) => ({pubkey, ...block})));
      return {...summary, proposals: result.summary};
    });
    await session.query(FORGET, columnsOf(forgotten));
    return pruned;
  }
}

const columnsOf = (blocks: readonly KeyedBlock[]) => [
  blocks.map(({pubkey}) => toBytes(pubkey)),
  blocks.map(({slot}) => toNumeric(slot)),
  blocks.map(({signingRoot}) => toBytesOrNull(signingRoot)),
];
