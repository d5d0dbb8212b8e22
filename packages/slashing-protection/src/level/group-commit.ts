import {messageOf} from "@mote/core";
import {ProtectionWriteFailedError} from "../errors.ts";
import type {BatchSequence, SummaryChange} from "./batch-sequence.ts";
import type {ProtectionDatabase, WriteOperation} from "./protection-database.ts";

interface Batch {
  readonly operations: WriteOperation[];
  readonly onDisk: PromiseWithResolvers<void>;
}

/**
 * Lets many requests share one synced write: what arrives in one turn of the event loop, or while a write is under way, goes to disk
 * together. Batches are written one after the other, so a later one never stands on disk without the earlier.
 *
 * After a failed write nobody knows what the disk holds, so nothing more is written: LevelDB too refuses all writes from then on.
 */
export class GroupCommit {
  readonly #database: ProtectionDatabase;
  readonly #sequence: BatchSequence;
  readonly #onWritten: (sequence: number) => void;
  readonly #onWriteFailed: (failure: ProtectionWriteFailedError) => void;
  #gathering: Batch | null = null;
  #isWriting = false;
  #failure: ProtectionWriteFailedError | null = null;

  constructor(components: {
    readonly database: ProtectionDatabase;
    readonly sequence: BatchSequence;
    /** Called with the number of each batch that is on disk. */
    readonly onWritten: (sequence: number) => void;
    /** Called once, with the failure that ended all writing. */
    readonly onWriteFailed: (failure: ProtectionWriteFailedError) => void;
  }) {
    this.#database = components.database;
    this.#sequence = components.sequence;
    this.#onWritten = components.onWritten;
    this.#onWriteFailed = components.onWriteFailed;
  }

  /** @throws {ProtectionWriteFailedError} once a write has failed */
  assertWritable(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /**
   * Resolves when `operations` are on disk, all of them in one atomic write; rejects with a ProtectionWriteFailedError when this or an
   * earlier write failed.
   * @param summary the change of a summary that is among them
   */
  write(operations: readonly WriteOperation[], summary?: SummaryChange): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    this.#gathering ??= {operations: [], onDisk: Promise.withResolvers()};
    const batch = this.#gathering;
    for (const operation of operations) batch.operations.push(operation);
    if (summary !== undefined) this.#sequence.count(summary);
    if (!this.#isWriting) {
      this.#isWriting = true;
      setImmediate(() => this.#writeAll());
    }
    return batch.onDisk.promise;
  }

  async #writeAll(): Promise<void> {
    while (this.#gathering !== null) {
      const batch = this.#gathering;
      this.#gathering = null;
      try {
        this.assertWritable();
        batch.operations.push(...this.#sequence.next());
        const number = this.#sequence.last;
        await this.#database.batch(batch.operations, {sync: true});
        batch.onDisk.resolve();
        this.#onWritten(number);
      } catch (error) {
        batch.onDisk.reject(this.#fail(error));
      }
    }
    this.#isWriting = false;
  }

  #fail(cause: unknown): ProtectionWriteFailedError {
    if (this.#failure === null) {
      const reason = messageOf(cause);
      this.#failure = new ProtectionWriteFailedError(`slashing protection could not write: ${reason}`, {cause});
      this.#onWriteFailed(this.#failure);
    }
    return this.#failure;
  }
}
