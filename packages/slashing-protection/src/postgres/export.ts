import type {AttestationRecord, BlockRecord, Pubkey} from "@mote/core";
import type {KeyHistory} from "../interchange/interchange.ts";
import {watermarkProposal} from "../rules/proposal-rules.ts";
import {watermarkVote} from "../rules/vote-rules.ts";
import {groupByPubkey, type KeySummary, SUMMARY_COLUMNS, toBlock, toBytes, toSummary, toVote} from "./rows.ts";
import type {Session} from "./session.ts";

/** Keys that are read together: a few tens of thousands of records at most. */
const PAGE_KEY_COUNT_MAX = 32;

const NEXT_KEYS = {
  name: "mote_export_keys",
  text: `SELECT ${SUMMARY_COLUMNS} FROM mote_protection_keys
    WHERE pubkey > $1::bytea AND (newest_target IS NOT NULL OR newest_slot IS NOT NULL)
    ORDER BY pubkey LIMIT ${PAGE_KEY_COUNT_MAX}`,
};
const GIVEN_KEYS = {
  name: "mote_export_given_keys",
  text: `SELECT ${SUMMARY_COLUMNS} FROM mote_protection_keys WHERE pubkey = ANY($1::bytea[])`,
};
const VOTES = {
  name: "mote_export_votes",
  text: `SELECT pubkey, source, target, signing_root FROM mote_protection_votes WHERE pubkey = ANY($1::bytea[])
    ORDER BY pubkey, target, source, signing_root NULLS FIRST`,
};
const BLOCKS = {
  name: "mote_export_blocks",
  text: `SELECT pubkey, slot, signing_root FROM mote_protection_blocks WHERE pubkey = ANY($1::bytea[])
    ORDER BY pubkey, slot, signing_root NULLS FIRST`,
};

/** One moment's records, whatever is recorded while they are read. */
export const EXPORT_TRANSACTION = "ISOLATION LEVEL REPEATABLE READ READ ONLY";

/** The histories of all keys with records, or of the given ones (ascending, each once), in the order of the keys. */
export async function* readHistories(session: Session, pubkeys: readonly Pubkey[] | null): AsyncGenerator<KeyHistory> {
  for await (const page of pubkeys === null ? pagesOfAll(session) : pagesOf(session, pubkeys)) {
    const keys = page.map(({pubkey}) => toBytes(pubkey));
    const votes = groupByPubkey(await session.query(VOTES, [keys]), toVote);
    const blocks = groupByPubkey(await session.query(BLOCKS, [keys]), toBlock);
    for (const summary of page) {
      yield historyOf(summary, blocks.get(summary.pubkey) ?? [], votes.get(summary.pubkey) ?? []);
    }
  }
}

async function* pagesOfAll(session: Session): AsyncGenerator<readonly KeySummary[]> {
  let last: Buffer = Buffer.alloc(0);
  for (;;) {
    const page = (await session.query(NEXT_KEYS, [last])).map(toSummary);
    const lastKey = page.at(-1);
    if (lastKey === undefined) return;
    yield page;
    last = toBytes(lastKey.pubkey);
  }
}

async function* pagesOf(session: Session, pubkeys: readonly Pubkey[]): AsyncGenerator<readonly KeySummary[]> {
  for (let start = 0; start < pubkeys.length; start += PAGE_KEY_COUNT_MAX) {
    const page = pubkeys.slice(start, start + PAGE_KEY_COUNT_MAX);
    const found = (await session.query(GIVEN_KEYS, [page.map(toBytes)])).map(toSummary);
    const summaries = new Map(found.map((summary) => [summary.pubkey, summary]));
    yield page.map((pubkey) => summaries.get(pubkey) ?? {pubkey, votes: null, proposals: null});
  }
}

function historyOf(
  {pubkey, votes, proposals}: KeySummary,
  blocks: readonly BlockRecord[],
  attestations: readonly AttestationRecord[],
): KeyHistory {
  const block = proposals === null ? null : watermarkProposal(proposals, blocks);
  const vote = votes === null ? null : watermarkVote(votes, attestations);
  return {
    pubkey,
    blocks: block === null ? blocks : withBefore(blocks, block, ({slot}) => slot >= block.slot),
    attestations: vote === null ? attestations : withBefore(attestations, vote, (other) => isAtOrAfter(other, vote)),
  };
}

/** `record`, which has no root and so comes first among its equals, put in front of the first that is at or after it. */
function withBefore<T>(records: readonly T[], record: T, isAtOrAfterIt: (other: T) => boolean): readonly T[] {
  const index = records.findIndex(isAtOrAfterIt);
  return records.toSpliced(index === -1 ? records.length : index, 0, record);
}

const isAtOrAfter = (other: AttestationRecord, vote: AttestationRecord): boolean =>
  other.targetEpoch > vote.targetEpoch ||
  (other.targetEpoch === vote.targetEpoch && other.sourceEpoch >= vote.sourceEpoch);
