import type {AttestationRecord, BlockRecord, Pubkey} from "@mote/core";
import type {KeyHistory} from "../interchange/interchange.ts";
import {watermarkProposal} from "../rules/proposal-rules.ts";
import {watermarkVote} from "../rules/vote-rules.ts";
import {decodeSummary, PROPOSALS, pubkeyOf, RecordCodec, SUMMARIES, VOTES} from "./codec.ts";
import {HistoryCursor, proposalsOf, votesOf} from "./key-history.ts";
import {EMPTY_SUMMARY, type KeySummary} from "./key-summary.ts";
import type {Entry, ProtectionReader} from "./protection-database.ts";

/**
 * What a store has to say of its keys, or of the given ones, known or not, in the order of the public keys.
 * @throws {DamagedStoreError} rather than leave out a record that got lost
 */
export async function* readHistories(
  reader: ProtectionReader,
  pubkeys: readonly Pubkey[] | null,
): AsyncGenerator<KeyHistory> {
  if (pubkeys === null) {
    yield* readAllHistories(reader);
    return;
  }
  for (const pubkey of [...new Set(pubkeys)].sort()) {
    const codec = new RecordCodec(pubkey);
    const value = await reader.get(codec.summaryKey);
    const summary = value === undefined ? EMPTY_SUMMARY : decodeSummary({key: codec.summaryKey, value});
    const [votes, proposals] = [await reader.entries(codec.votes), await reader.entries(codec.proposals)];
    yield historyOf(codec, summary, {votes, proposals});
  }
}

async function* readAllHistories(reader: ProtectionReader): AsyncGenerator<KeyHistory> {
  const votes = new HistoryCursor(reader.stream(VOTES));
  const proposals = new HistoryCursor(reader.stream(PROPOSALS));
  try {
    for await (const entry of reader.stream(SUMMARIES)) {
      const codec = new RecordCodec(pubkeyOf(entry.key));
      const records = {votes: await votes.take(codec.votes), proposals: await proposals.take(codec.proposals)};
      yield historyOf(codec, decodeSummary(entry), records);
    }
  } finally {
    await votes.close();
    await proposals.close();
  }
}

function historyOf(
  codec: RecordCodec,
  summary: KeySummary,
  records: {readonly votes: readonly Entry[]; readonly proposals: readonly Entry[]},
): KeyHistory {
  return {
    pubkey: codec.pubkey,
    blocks: withMinimumSlot(proposalsOf(records.proposals, codec, summary), summary),
    attestations: withMinimumVote(votesOf(records.votes, codec, summary), summary),
  };
}

function withMinimumSlot(blocks: readonly BlockRecord[], {proposals}: KeySummary): readonly BlockRecord[] {
  const minimum = proposals === null ? null : watermarkProposal(proposals, blocks);
  return minimum === null ? blocks : insertedBefore(blocks, minimum, ({slot}) => slot > minimum.slot);
}

/** It has no root, so it comes before the others of its target and source. */
function withMinimumVote(
  attestations: readonly AttestationRecord[],
  {votes}: KeySummary,
): readonly AttestationRecord[] {
  const minimum = votes === null ? null : watermarkVote(votes, attestations);
  if (minimum === null) return attestations;
  return insertedBefore(
    attestations,
    minimum,
    ({sourceEpoch, targetEpoch}) =>
      targetEpoch > minimum.targetEpoch || (targetEpoch === minimum.targetEpoch && sourceEpoch >= minimum.sourceEpoch),
  );
}

function insertedBefore<R>(records: readonly R[], record: R, isBehind: (other: R) => boolean): readonly R[] {
  const index = records.findIndex(isBehind);
  return records.toSpliced(index < 0 ? records.length : index, 0, record);
}
