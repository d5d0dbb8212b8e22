export type WriteOperation =
  | {readonly type: "put"; readonly key: string; readonly value: string}
  | {readonly type: "del"; readonly key: string};

export interface Entry {
  readonly key: string;
  readonly value: string;
}

/** Keys from `from` on and before `before`, in the order of their bytes. */
export interface KeyRange {
  readonly from: string;
  readonly before: string;
}

/** @throws {DamagedStoreError} by any method, when what is on disk cannot be read */
export interface ProtectionReader {
  get(key: string): Promise<string | undefined>;
  /** The first `limit` entries of the range (all when absent), ascending. */
  entries(range: KeyRange, limit?: number): Promise<readonly Entry[]>;
  /** All entries of the range, however many, as they are when the reading begins, in flat memory. */
  stream(range: KeyRange): AsyncIterable<Entry>;
}

/** The database as it was when the snapshot was taken. To be closed. */
export interface ProtectionSnapshot extends ProtectionReader {
  close(): Promise<void>;
}

/**
 * What slashing protection needs of an ordered key-value store; tests put failing and counting ones in its place. A read sees every
 * batch that was written before the call.
 */
export interface ProtectionDatabase extends ProtectionReader {
  /** Writes all or nothing; resolves once it is on the disk itself. */
  batch(operations: readonly WriteOperation[], options: {readonly sync: true}): Promise<void>;
  snapshot(): ProtectionSnapshot;
  close(): Promise<void>;
}

/** @throws {ProtectionStoreError} by name when it is locked, damaged or not writable */
export type OpenProtectionDatabase = (path: string) => Promise<ProtectionDatabase>;
