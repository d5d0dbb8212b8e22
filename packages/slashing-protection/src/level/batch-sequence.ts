import {DamagedStoreError} from "../errors.ts";
import {BATCHES, type BatchMark, batchKey, decodeBatchMark, encodeBatchMark} from "./codec.ts";
import type {ProtectionReader, WriteOperation} from "./protection-database.ts";

/** LevelDB's default, which `level-database.ts` keeps: what one log takes before the next begins. */
const LOG_SIZE_BYTES_MAX = 4 * 1024 * 1024;
/** Of a batch with one proposal in the log: headers 19, record 189, summary 120, mark 36, deletion 19. Any other batch is larger. */
const BATCH_SIZE_BYTES_MIN = 380;

/**
 * How many of the newest batch marks stay on record. LevelDB has two logs at most that are not yet tables, and only what is in a log
 * can get lost in silence, so this many cover every batch that can.
 */
export const BATCH_MARKS_MAX = Math.ceil((2 * LOG_SIZE_BYTES_MAX) / BATCH_SIZE_BYTES_MIN);

/** How a change moves the totals over all summaries. */
export interface SummaryChange {
  /** The seal of the summary that is replaced; null when the key had none. */
  readonly replaced: number | null;
  readonly seal: number;
}

/**
 * Numbers the batches. LevelDB drops a damaged block of its log without a word, and with it whole batches: then a number is missing. The
 * mark of a batch also says what all summaries add up to after it, so that none of them can vanish or fall back to an older one.
 */
export class BatchSequence {
  #last: BatchMark;

  constructor(last: BatchMark) {
    this.#last = last;
  }

  get last(): number {
    return this.#last.sequence;
  }

  count({replaced, seal}: SummaryChange): void {
    const {sequence, keyCount, digest} = this.#last;
    this.#last = {
      sequence,
      keyCount: replaced === null ? keyCount + 1 : keyCount,
      digest: (digest + seal - (replaced ?? 0)) >>> 0,
    };
  }

  /** What has to be written in the next batch, with everything counted so far. */
  next(): WriteOperation[] {
    this.#last = {...this.#last, sequence: this.#last.sequence + 1};
    return markOperations(this.#last);
  }
}

function markOperations(mark: BatchMark): WriteOperation[] {
  const put: WriteOperation = encodeBatchMark(mark);
  const outdated = mark.sequence - BATCH_MARKS_MAX;
  return outdated < 1 ? [put] : [put, {type: "del", key: batchKey(outdated)}];
}

/** The first batch of a store, whose summaries add up to this. */
export const firstMark = (totals: {readonly keyCount: number; readonly digest: number}): WriteOperation[] =>
  markOperations({sequence: 1, ...totals});

/** @throws {DamagedStoreError} when a batch is missing */
export async function readLastMark(reader: ProtectionReader): Promise<BatchMark> {
  let first: number | null = null;
  let last: BatchMark | null = null;
  for await (const entry of reader.stream(BATCHES)) {
    const mark = decodeBatchMark(entry);
    if (last !== null && mark.sequence !== last.sequence + 1) throw lost(last.sequence + 1, mark.sequence - 1);
    first ??= mark.sequence;
    last = mark;
  }
  if (first === null || last === null) throw new DamagedStoreError("the numbers of its batches are gone");
  const expected = Math.max(1, last.sequence - BATCH_MARKS_MAX + 1);
  if (first !== expected) throw lost(Math.min(first, expected), Math.max(first, expected) - 1);
  return last;
}

const lost = (first: number, last: number) =>
  new DamagedStoreError(
    first === last ? `batch ${first} of its votes is lost` : `batches ${first} to ${last} of its votes are lost`,
  );
