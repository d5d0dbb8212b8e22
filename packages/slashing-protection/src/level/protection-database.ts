export type WriteOperation =
  | {readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array}
  | {readonly type: "del"; readonly key: Uint8Array};

export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Keys from `from` on and before `before`, in byte order. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly before: Uint8Array;
}

/** What slashing protection needs of an ordered key-value store; tests put failing and counting ones in its place. */
export interface ProtectionDatabase {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** The first `limit` entries of the range (all when absent), ascending. Sees every batch that was written before the call. */
  entries(range: KeyRange, limit?: number): Promise<readonly Entry[]>;
  /** Writes all or nothing; resolves once it is on the disk itself. */
  batch(operations: readonly WriteOperation[], options: {readonly sync: true}): Promise<void>;
  close(): Promise<void>;
}

/** @throws {ProtectionStoreError} by name when it is locked or not writable */
export type OpenProtectionDatabase = (path: string) => Promise<ProtectionDatabase>;
