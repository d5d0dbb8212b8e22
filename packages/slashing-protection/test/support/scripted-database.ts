import {openLevelDatabase} from "../../src/level/level-database.ts";
import type {OpenProtectionDatabase, WriteOperation} from "../../src/level/protection-database.ts";

/** LevelDB whose writes are counted, held back or failed at will. */
export class ScriptedDatabase {
  /** Every batch that was asked for, whether it succeeded or not. */
  readonly batches: {readonly operations: readonly WriteOperation[]; readonly sync: boolean}[] = [];
  reads = 0;
  openSnapshots = 0;
  #failure: Error | null = null;
  #failsFrom: {readonly index: number; readonly reaches: "disk" | "nothing"} | null = null;
  #gate: PromiseWithResolvers<void> | null = null;

  /** The next write that gets past the gate fails; those after it would succeed. */
  failNextWrite(failure: Error): void {
    this.#failure = failure;
  }

  /**
   * Writes fail from the `index`th batch on, counted from the first that this database saw; that batch itself reaches the disk or not: a
   * process that ended there would leave the same.
   */
  failFrom(index: number, reaches: "disk" | "nothing"): void {
    this.#failsFrom = {index, reaches};
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
      stream: (range) => database.stream(range),
      batch: async (operations, options) => {
        const index = this.batches.push({operations, sync: options.sync}) - 1;
        await this.#gate?.promise;
        const failure = this.#failure;
        this.#failure = null;
        if (failure !== null) throw failure;
        const failsFrom = this.#failsFrom;
        const isFailing = failsFrom !== null && index >= failsFrom.index;
        if (!isFailing || (index === failsFrom.index && failsFrom.reaches === "disk")) {
          await database.batch(operations, options);
        }
        if (isFailing) throw new Error("the machine stopped");
      },
      snapshot: () => {
        const snapshot = database.snapshot();
        this.openSnapshots++;
        const close = () => {
          this.openSnapshots--;
          return snapshot.close();
        };
        return {...snapshot, close};
      },
      close: () => database.close(),
    };
  };
}
