import type {AttestationRecord, BlockRecord, Pubkey} from "@mote/core";
import {DamagedStoreError} from "../errors.ts";
import {decodeProposals, decodeVotes, type RecordCodec} from "./codec.ts";
import type {KeySummary, Tally} from "./key-summary.ts";
import type {Entry, KeyRange, ProtectionReader} from "./protection-database.ts";

/** All votes of a key that are on record, in the order of their targets. @throws {DamagedStoreError} unless it is all of them */
export const readVotes = async (reader: ProtectionReader, codec: RecordCodec, summary: KeySummary) =>
  votesOf(await reader.entries(codec.votes), codec, summary);

/** As {@link readVotes}, in the order of their slots. */
export const readProposals = async (reader: ProtectionReader, codec: RecordCodec, summary: KeySummary) =>
  proposalsOf(await reader.entries(codec.proposals), codec, summary);

export function votesOf(
  entries: readonly Entry[],
  {pubkey}: RecordCodec,
  {voteTally}: KeySummary,
): AttestationRecord[] {
  const {records, tally} = decodeVotes(entries);
  assertTally(voteTally, tally, pubkey);
  return records;
}

export function proposalsOf(
  entries: readonly Entry[],
  {pubkey}: RecordCodec,
  {proposalTally}: KeySummary,
): BlockRecord[] {
  const {records, tally} = decodeProposals(entries);
  assertTally(proposalTally, tally, pubkey);
  return records;
}

/** Goes through the records of one kind, key by key in the order of the keys, in one reading. */
export class HistoryCursor {
  readonly #entries: AsyncIterator<Entry>;
  #next: IteratorResult<Entry> | null = null;

  constructor(entries: AsyncIterable<Entry>) {
    this.#entries = entries[Symbol.asyncIterator]();
  }

  /** What is in the range of a key. @throws {DamagedStoreError} when something lies before it that nobody has asked for */
  async take({from, before}: KeyRange): Promise<Entry[]> {
    const taken: Entry[] = [];
    for (;;) {
      this.#next ??= await this.#entries.next();
      if (this.#next.done === true || this.#next.value.key >= before) return taken;
      if (this.#next.value.key < from) throw new DamagedStoreError("a key has records and no summary");
      taken.push(this.#next.value);
      this.#next = null;
    }
  }

  async close(): Promise<void> {
    await this.#entries.return?.();
  }
}

export function assertTally(expected: Tally, found: Tally, pubkey: Pubkey): void {
  if (expected.count === found.count && expected.digest === found.digest) return;
  throw new DamagedStoreError(
    `the records of ${pubkey} are not those that were written (${found.count} are there, ${expected.count} were written)`,
  );
}
