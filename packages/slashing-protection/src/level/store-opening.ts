import {type Pubkey, parseRoot, type Root} from "@mote/core";
import {DamagedStoreError, ProtectionStoreMissingError, UnknownSchemaVersionError, WrongChainError} from "../errors.ts";
import {BatchSequence, firstMark, readLastMark} from "./batch-sequence.ts";
import {decodeMeta, decodeSummary, EVERYTHING, encodeMeta, metaKey, pubkeyOf, SUMMARIES, sealOf} from "./codec.ts";
import type {SealedSummary} from "./key-ledger.ts";
import {levelFilesExist, openLevelDatabase} from "./level-database.ts";
import {hasVersion1, migrateVersion1, readVersion1Root} from "./migrate-version-1.ts";
import type {OpenProtectionDatabase, ProtectionDatabase, ProtectionReader} from "./protection-database.ts";
import {assertComplete, tallyStore} from "./record-tallies.ts";
import {readTailMark, TailMark} from "./tail-mark.ts";

const SCHEMA_VERSION = "2";

/** With no more records than this all of them are read at opening; a larger store's are checked key by key when they are read. */
const VERIFIED_RECORDS_MAX = 100_000;

export interface OpenedStore {
  readonly database: ProtectionDatabase;
  readonly sequence: BatchSequence;
  readonly tailMark: TailMark;
  readonly summaries: Map<Pubkey, SealedSummary>;
}

/**
 * Opens the database of a store, makes it when it may, and finds damage.
 * @throws {ProtectionStoreError} by name
 */
export async function openStore(
  init: {readonly path: string; readonly genesisValidatorsRoot: Root; readonly mustExist: boolean},
  openDatabase: OpenProtectionDatabase,
): Promise<OpenedStore> {
  const {path} = init;
  const tail = await readTailMark(path);
  if (!(await levelFilesExist(path))) {
    if (tail > 0) throw new DamagedStoreError("its database is gone and its last batch is not", {path});
    if (init.mustExist) throw new ProtectionStoreMissingError(path);
  }
  const database = await openMigrated(path, init.genesisValidatorsRoot, openDatabase).catch((error: unknown) => {
    throw error instanceof DamagedStoreError ? error.at(path) : error;
  });
  try {
    await claimForChain(database, {...init, tail});
    const last = await readLastMark(database);
    if (last.sequence < tail) {
      throw new DamagedStoreError(`its votes end with batch ${last.sequence}, and batch ${tail} was written`);
    }
    const summaries = await readSummaries(database, last);
    if (recordCountOf(summaries) <= VERIFIED_RECORDS_MAX) assertComplete(await tallyStore(database), summaries);
    return {database, sequence: new BatchSequence(last), tailMark: await TailMark.open(path), summaries};
  } catch (error) {
    await database.close();
    throw error instanceof DamagedStoreError ? error.at(path) : error;
  }
}

async function openMigrated(
  path: string,
  genesisValidatorsRoot: Root,
  openDatabase: OpenProtectionDatabase,
): Promise<ProtectionDatabase> {
  const database = await openDatabase(path);
  try {
    if (!(await hasVersion1(database))) return database;
  } catch (error) {
    await database.close();
    throw error;
  }
  await database.close();
  await migrateVersion1(path, genesisValidatorsRoot);
  return openDatabase(path);
}

/**
 * Which chain the store at `path` belongs to; null when there is none.
 * @throws {ProtectionStoreError} by name: locked, not writable, damaged
 */
export async function readGenesisValidatorsRoot(path: string): Promise<Root | null> {
  const tail = await readTailMark(path);
  if (!(await levelFilesExist(path))) {
    if (tail > 0) throw new DamagedStoreError("its database is gone and its last batch is not", {path});
    return null;
  }
  const database = await openLevelDatabase(path);
  try {
    const stored = await readMeta(database, "genesis_validators_root");
    if (stored !== null) return parseRoot(stored, `genesis validators root in ${path}`);
    if (await hasVersion1(database)) return await readVersion1Root(database);
    await assertNew(database, tail);
    return null;
  } catch (error) {
    throw error instanceof DamagedStoreError ? error.at(path) : error;
  } finally {
    await database.close();
  }
}

/** Writes chain and schema into a new store; a store that has them must have ours. */
async function claimForChain(
  database: ProtectionDatabase,
  store: {
    readonly path: string;
    readonly genesisValidatorsRoot: Root;
    readonly mustExist: boolean;
    readonly tail: number;
  },
): Promise<void> {
  const {path, genesisValidatorsRoot: wanted} = store;
  const schemaVersion = await readMeta(database, "schema_version");
  if (schemaVersion === null) {
    await assertNew(database, store.tail);
    if (store.mustExist) throw new ProtectionStoreMissingError(path);
    const facts = [encodeMeta("schema_version", SCHEMA_VERSION), encodeMeta("genesis_validators_root", wanted)];
    await database.batch([...facts, ...firstMark({keyCount: 0, digest: 0})], {sync: true});
    return;
  }
  if (schemaVersion !== SCHEMA_VERSION) {
    throw new UnknownSchemaVersionError(
      `slashing protection at ${path} has schema version ${schemaVersion}; this Mote reads ${SCHEMA_VERSION}`,
    );
  }
  const root = await readMeta(database, "genesis_validators_root");
  if (root === null) throw new DamagedStoreError("it does not say which chain it belongs to");
  const stored = parseRoot(root, `genesis validators root in ${path}`);
  if (stored !== wanted) throw new WrongChainError(path, {stored, wanted});
}

/** What lost its facts would otherwise be taken for a new store, of any chain. */
async function assertNew(database: ProtectionReader, tail: number): Promise<void> {
  const [found] = await database.entries(EVERYTHING, 1);
  if (found !== undefined) throw new DamagedStoreError("it does not say which chain it belongs to");
  if (tail > 0) throw new DamagedStoreError(`it is empty, and batch ${tail} was written`);
}

async function readMeta(database: ProtectionReader, name: string): Promise<string | null> {
  const key = metaKey(name);
  const value = await database.get(key);
  return value === undefined ? null : decodeMeta({key, value});
}

/** @throws {DamagedStoreError} unless they are those that `totals` speak of */
async function readSummaries(
  database: ProtectionReader,
  totals: {readonly keyCount: number; readonly digest: number},
): Promise<Map<Pubkey, SealedSummary>> {
  const summaries = new Map<Pubkey, SealedSummary>();
  let digest = 0;
  for await (const entry of database.stream(SUMMARIES)) {
    const seal = sealOf(entry);
    summaries.set(pubkeyOf(entry.key), {summary: decodeSummary(entry), seal});
    digest = (digest + seal) >>> 0;
  }
  if (summaries.size !== totals.keyCount || digest !== totals.digest) {
    throw new DamagedStoreError(
      `the summaries of its keys are not those that were written (${summaries.size} are there, ${totals.keyCount} were written)`,
    );
  }
  return summaries;
}

function recordCountOf(summaries: ReadonlyMap<Pubkey, SealedSummary>): number {
  let count = 0;
  for (const {summary} of summaries.values()) count += summary.voteTally.count + summary.proposalTally.count;
  return count;
}
