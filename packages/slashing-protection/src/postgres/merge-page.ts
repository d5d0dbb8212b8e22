import type {AttestationRecord, BlockRecord, ImportCounts, KeyImportReport, Pubkey} from "@mote/core";
import {isBeyondSafe} from "../rules/exact.ts";
import {mergeProposals} from "../rules/proposal-rules.ts";
import {mergeVotes} from "../rules/vote-rules.ts";
import {lockKeys, summaryOf, updateKeys} from "./key-rows.ts";
import {groupByPubkey, type KeySummary, toBlock, toBytes, toBytesOrNull, toNumeric, toVote} from "./rows.ts";
import type {Session} from "./session.ts";

/** All that a file says of one key, each record once. */
export interface StagedKey {
  readonly pubkey: Pubkey;
  readonly votes: readonly AttestationRecord[];
  readonly blocks: readonly BlockRecord[];
}

const VOTES = {
  name: "mote_votes_of_keys",
  text: "SELECT pubkey, source, target, signing_root FROM mote_protection_votes WHERE pubkey = ANY($1::bytea[])",
};
const BLOCKS = {
  name: "mote_blocks_of_keys",
  text: "SELECT pubkey, slot, signing_root FROM mote_protection_blocks WHERE pubkey = ANY($1::bytea[])",
};
const INSERT_VOTES = {
  name: "mote_import_votes",
  text: `INSERT INTO mote_protection_votes (pubkey, target, twin, source, signing_root, is_imported)
    SELECT a.pubkey, a.target, a.twin, a.source, a.signing_root, true
    FROM unnest($1::bytea[], $2::numeric[], $3::integer[], $4::numeric[], $5::bytea[]) AS a(pubkey, target, twin, source, signing_root)`,
};
const INSERT_BLOCKS = {
  name: "mote_import_blocks",
  text: `INSERT INTO mote_protection_blocks (pubkey, slot, twin, signing_root, is_imported)
    SELECT a.pubkey, a.slot, a.twin, a.signing_root, true
    FROM unnest($1::bytea[], $2::numeric[], $3::integer[], $4::bytea[]) AS a(pubkey, slot, twin, signing_root)`,
};

const NOTHING: ImportCounts = {added: 0, known: 0, belowMinimum: 0};

interface MergedKey {
  readonly summary: KeySummary;
  readonly votes: readonly Twin<AttestationRecord>[];
  readonly blocks: readonly Twin<BlockRecord>[];
  readonly report: KeyImportReport;
}

/** A record with its number among those of the same target or slot. */
type Twin<T> = T & {readonly twin: number};

/** Joins some keys' imported records with what is on record, in a transaction. */
export async function mergePage(session: Session, page: readonly StagedKey[]): Promise<readonly KeyImportReport[]> {
  const pubkeys = page.map(({pubkey}) => pubkey);
  const summaries = await lockKeys(session, pubkeys);
  // A statement after the locks: it sees what other nodes recorded until then.
  const known = pubkeys.filter((pubkey) => {
    const {votes, proposals} = summaryOf(summaries, pubkey);
    return votes !== null || proposals !== null;
  });
  const votes =
    known.length === 0 ? new Map() : groupByPubkey(await session.query(VOTES, [known.map(toBytes)]), toVote);
  const blocks =
    known.length === 0 ? new Map() : groupByPubkey(await session.query(BLOCKS, [known.map(toBytes)]), toBlock);
  const merged = page.map((key) =>
    mergeKey(key, summaryOf(summaries, key.pubkey), votes.get(key.pubkey) ?? [], blocks.get(key.pubkey) ?? []),
  );
  await insertVotes(session, merged);
  await insertBlocks(session, merged);
  await updateKeys(
    session,
    merged.map(({summary}) => summary),
  );
  return merged.map(({report}) => report);
}

function mergeKey(
  {pubkey, votes, blocks}: StagedKey,
  summary: KeySummary,
  votesOnRecord: readonly AttestationRecord[],
  blocksOnRecord: readonly BlockRecord[],
): MergedKey {
  const knownVotes = new Set(votesOnRecord.map(nameOfVote));
  const knownBlocks = new Set(blocksOnRecord.map(nameOfBlock));
  const voted =
    votes.length === 0 ? null : mergeVotes(summary.votes, votes, (vote) => knownVotes.has(nameOfVote(vote)));
  const proposed =
    blocks.length === 0
      ? null
      : mergeProposals(summary.proposals, blocks, (block) => knownBlocks.has(nameOfBlock(block)));
  return {
    summary: {
      pubkey,
      votes: voted?.summary ?? summary.votes,
      proposals: proposed?.summary ?? summary.proposals,
    },
    votes: numberTwins(voted?.added ?? [], votesOnRecord, ({targetEpoch}) => targetEpoch),
    blocks: numberTwins(proposed?.added ?? [], blocksOnRecord, ({slot}) => slot),
    report: {
      pubkey,
      attestations: voted === null ? NOTHING : countsOf(voted),
      blocks: proposed === null ? NOTHING : countsOf(proposed),
      isBlocked:
        votes.some(({sourceEpoch, targetEpoch}) => isBeyondSafe(sourceEpoch) || isBeyondSafe(targetEpoch)) ||
        blocks.some(({slot}) => isBeyondSafe(slot)),
    },
  };
}

function numberTwins<T>(
  added: readonly T[],
  onRecord: readonly T[],
  placeOf: (record: T) => number | bigint,
): readonly Twin<T>[] {
  const counts = new Map<number | bigint, number>();
  const next = (record: T): number => {
    const place = placeOf(record);
    const twin = counts.get(place) ?? 0;
    counts.set(place, twin + 1);
    return twin;
  };
  for (const record of onRecord) next(record);
  return added.map((record) => ({...record, twin: next(record)}));
}

async function insertVotes(session: Session, merged: readonly MergedKey[]): Promise<void> {
  const rows = merged.flatMap(({summary, votes}) => votes.map((vote) => ({pubkey: toBytes(summary.pubkey), ...vote})));
  if (rows.length === 0) return;
  await session.query(INSERT_VOTES, [
    rows.map(({pubkey}) => pubkey),
    rows.map(({targetEpoch}) => toNumeric(targetEpoch)),
    rows.map(({twin}) => twin),
    rows.map(({sourceEpoch}) => toNumeric(sourceEpoch)),
    rows.map(({signingRoot}) => toBytesOrNull(signingRoot)),
  ]);
}

async function insertBlocks(session: Session, merged: readonly MergedKey[]): Promise<void> {
  const rows = merged.flatMap(({summary, blocks}) =>
    blocks.map((block) => ({pubkey: toBytes(summary.pubkey), ...block})),
  );
  if (rows.length === 0) return;
  await session.query(INSERT_BLOCKS, [
    rows.map(({pubkey}) => pubkey),
    rows.map(({slot}) => toNumeric(slot)),
    rows.map(({twin}) => twin),
    rows.map(({signingRoot}) => toBytesOrNull(signingRoot)),
  ]);
}

const nameOfVote = ({sourceEpoch, targetEpoch, signingRoot}: AttestationRecord): string =>
  `${sourceEpoch} ${targetEpoch} ${signingRoot}`;
const nameOfBlock = ({slot, signingRoot}: BlockRecord): string => `${slot} ${signingRoot}`;

const countsOf = (merged: {
  readonly added: readonly unknown[];
  readonly knownCount: number;
  readonly belowMinimumCount: number;
}): ImportCounts => ({
  added: merged.added.length,
  known: merged.knownCount,
  belowMinimum: merged.belowMinimumCount,
});
