import {openLevelDatabase} from "../../src/level/level-database.ts";
import type {OpenProtectionDatabase, WriteOperation} from "../../src/level/protection-database.ts";

/** LevelDB whose writes are counted, held back or failed at will. */
export class ScriptedDatabase {
  /** Every batch that was asked for, whether it succeeded or not. */
  readonly batches: {readonly operations: readonly WriteOperation[]; readonly sync: boolean}[] = [];
  reads = 0;
  #failure: Error | null = null;
  #gate: PromiseWithResolvers<void> | null = null;

  /** The next write that gets past the gate fails; those after it would succeed. */
  failNextWrite(failure: Error): void {
    this.#failure = failure;
  }

  /** From here on writes wait for `releaseWrites`. */
  holdWrites(): void {
    this.#gate = Promise.withResolvers();
  }

  releaseWrites(): void {
    this.#gate?.resolve();
    this.#gate = null;
  }

  readonly open: OpenProtectionDatabase = async (path) => {
    const database = await openLevelDatabase(path);
    return {
      get: (key) => {
        this.reads++;
        return database.get(key);
      },
      entries: (range, limit) => {
        this.reads++;
        return database.entries(range, limit);
      },
      batch: async (operations, options) => {
        this.batches.push({operations, sync: options.sync});
        await this.#gate?.promise;
        const failure = this.#failure;
        this.#failure = null;
        if (failure !== null) throw failure;
        await database.batch(operations, options);
      },
      close: () => database.close(),
    };
  };
}
