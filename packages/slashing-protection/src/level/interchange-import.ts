import type {
  AttestationRecord,
  BlockRecord,
  ImportOptions,
  ImportProgress,
  ImportReport,
  KeyImportReport,
  Pubkey,
  Root,
} from "@mote/core";
import {DamagedStoreError, ProtectionStoreError} from "../errors.ts";
import {toByteStream} from "../interchange/byte-stream.ts";
import type {InterchangeItem} from "../interchange/interchange.ts";
import {readInterchange} from "../interchange/interchange-reader.ts";
import {decodeStaged, encodeMeta, pubkeyOf, RecordCodec, STAGED} from "./codec.ts";
import type {GroupCommit} from "./group-commit.ts";
import type {KeyLedger} from "./key-ledger.ts";
import type {StagedHistory} from "./merge-history.ts";
import type {Entry, ProtectionDatabase, WriteOperation} from "./protection-database.ts";

/** About 600 KiB: large enough to share a sync, small enough that a vote behind it does not wait long. */
const STAGED_BATCH_OPERATIONS = 3072;
/** Keys that are merged at once, so that they share writes. */
const KEYS_AT_ONCE = 32;

/** On record while a whole file is staged and not all of it is merged yet. */
const COMMITTED = encodeMeta("import", "committed");

/**
 * Takes interchange files in, each as a whole or not at all. A file is first staged under keys of its own, where no verdict looks; one
 * write then says that it counts, and key by key it is merged into the records. An import that did not get as far as that write is swept
 * away when the store is opened, any other is finished.
 */
export class InterchangeImport {
  readonly #genesisValidatorsRoot: Root;
  readonly #database: ProtectionDatabase;
  readonly #commits: GroupCommit;
  readonly #ledgerOf: (pubkey: Pubkey) => KeyLedger;
  #running: Promise<unknown> = Promise.resolve();
  #merging: Promise<unknown> = Promise.resolve();
  #isHalfMerged = false;

  constructor(
    init: {readonly genesisValidatorsRoot: Root},
    components: {
      readonly database: ProtectionDatabase;
      readonly commits: GroupCommit;
      readonly ledgerOf: (pubkey: Pubkey) => KeyLedger;
    },
  ) {
    this.#genesisValidatorsRoot = init.genesisValidatorsRoot;
    this.#database = components.database;
    this.#commits = components.commits;
    this.#ledgerOf = components.ledgerOf;
  }

  /** Finishes what was interrupted, or removes it. To be called before anything is served. */
  async recover(): Promise<void> {
    if ((await this.#database.get(COMMITTED.key)) === undefined) return this.#sweep();
    const pubkeys = new Set<Pubkey>();
    for await (const entry of this.#database.stream(STAGED)) pubkeys.add(pubkeyOf(entry.key));
    await this.#merge([...pubkeys], {isCommitted: true, onKey: () => {}});
  }

  /** Imports one file after the other. */
  run(source: AsyncIterable<Uint8Array> | object, options: ImportOptions): Promise<ImportReport> {
    const imported = this.#running.then(() => this.#importFile(source, options));
    this.#running = imported.catch(() => {});
    return imported;
  }

  /** Resolves when no file is half in force. */
  async whole(): Promise<void> {
    await this.#merging;
  }

  async #importFile(source: AsyncIterable<Uint8Array> | object, {onProgress}: ImportOptions): Promise<ImportReport> {
    if (this.#isHalfMerged) throw new ProtectionStoreError("an earlier import is not finished: open the store again");
    const progress = {bytesRead: 0, recordsRead: 0};
    const tell = (keys: ImportProgress["keys"]) => onProgress?.({...progress, keys});
    let pubkeys: Pubkey[];
    try {
      pubkeys = [...(await this.#stage(source, progress, () => tell(null)))].sort();
      await forEachOf(pubkeys, (pubkey) => this.#ledgerOf(pubkey).verify());
    } catch (error) {
      // This failure is worth more than one of the sweeping: what is left over is swept at the next opening.
      await this.#sweep().catch(() => {});
      throw error;
    }
    let done = 0;
    const keys = await this.#merge(pubkeys, {
      isCommitted: false,
      onKey: () => tell({done: ++done, total: pubkeys.length}),
    });
    return {keys};
  }

  /** Returns the keys of the file. */
  async #stage(
    source: AsyncIterable<Uint8Array> | object,
    progress: {bytesRead: number; recordsRead: number},
    onLot: () => void,
  ): Promise<Set<Pubkey>> {
    const lots = readInterchange(toByteStream(source), {
      genesisValidatorsRoot: this.#genesisValidatorsRoot,
      onBytes: (bytesRead) => {
        progress.bytesRead = bytesRead;
      },
    });
    const staging = new Staging(this.#commits);
    for await (const lot of lots) {
      await staging.add(lot);
      progress.recordsRead += lot.filter(({kind}) => kind !== "key").length;
      onLot();
    }
    await staging.end();
    return staging.pubkeys;
  }

  /**
   * From the write of the marker on the file is in force: the merges stand in line before it, so that none of its keys is judged by
   * its old history any more.
   */
  async #merge(
    pubkeys: readonly Pubkey[],
    {isCommitted, onKey}: {readonly isCommitted: boolean; readonly onKey: () => void},
  ): Promise<KeyImportReport[]> {
    const merged = Promise.withResolvers<void>();
    this.#merging = merged.promise;
    const turns = new Map(pubkeys.map((pubkey) => [pubkey, this.#putInLine(pubkey)]));
    const merges = Promise.all([...turns.values()].map(({report}) => report));
    merges.catch(() => {});
    try {
      if (!isCommitted) await this.#commits.write([COMMITTED]);
      this.#isHalfMerged = true;
      await this.#giveTurns(turns, onKey);
      const reports = await merges;
      await this.#commits.write([{type: "del", key: COMMITTED.key}]);
      this.#isHalfMerged = false;
      return reports;
    } catch (error) {
      for (const {turn} of turns.values()) turn.reject(error);
      throw error;
    } finally {
      merged.resolve();
    }
  }

  #putInLine(pubkey: Pubkey): Turn {
    const turn = Promise.withResolvers<StagedHistory>();
    const report = this.#ledgerOf(pubkey).merge(() => turn.promise);
    report.catch(() => {});
    return {turn, report};
  }

  /** To every key, some at a time; one that fails keeps none of the others from its turn. */
  async #giveTurns(turns: Map<Pubkey, Turn>, onKey: () => void): Promise<void> {
    const underWay = new Set<Promise<unknown>>();
    const failures: unknown[] = [];
    for await (const [pubkey, staged] of stagedHistories(this.#database.stream(STAGED))) {
      const {turn, report} = turns.get(pubkey) ?? this.#putInLine(pubkey);
      // What a turn was given stays in memory as long as the turn does.
      turns.delete(pubkey);
      turn.resolve(staged);
      const done: Promise<unknown> = report
        .then(onKey)
        .catch((error) => failures.push(error))
        .then(() => underWay.delete(done));
      underWay.add(done);
      if (underWay.size >= KEYS_AT_ONCE) await Promise.race(underWay);
    }
    await Promise.all(underWay);
    const lost = new DamagedStoreError("what an import had staged is lost");
    for (const {turn} of turns.values()) turn.reject(lost);
    if (failures.length > 0) throw failures[0];
  }

  async #sweep(): Promise<void> {
    for (;;) {
      const page = await this.#database.entries(STAGED, STAGED_BATCH_OPERATIONS);
      if (page.length === 0) return;
      await this.#commits.write(page.map(({key}) => ({type: "del", key})));
    }
  }
}

/** A merge that stands in its key's line and waits for what is staged. */
interface Turn {
  readonly turn: PromiseWithResolvers<StagedHistory>;
  readonly report: Promise<KeyImportReport>;
}

/** Writes what a file says where no verdict looks; equal records fall together, since a record is its key. */
class Staging {
  readonly pubkeys = new Set<Pubkey>();
  readonly #commits: GroupCommit;
  #codec: RecordCodec | null = null;
  #operations: WriteOperation[] = [];
  #written: Promise<void> = Promise.resolve();

  constructor(commits: GroupCommit) {
    this.#commits = commits;
  }

  async add(lot: readonly InterchangeItem[]): Promise<void> {
    for (const item of lot) this.#put(item);
    if (this.#operations.length >= STAGED_BATCH_OPERATIONS) await this.#write();
  }

  async end(): Promise<void> {
    await this.#write();
    await this.#written;
  }

  #put(item: InterchangeItem): void {
    const {pubkey} = item;
    if (this.#codec?.pubkey !== pubkey) this.#codec = new RecordCodec(pubkey);
    if (!this.pubkeys.has(pubkey)) {
      // A copy: the text of the file would stay in memory as long as a part of it does.
      this.pubkeys.add(Buffer.from(pubkey).toString() as Pubkey);
      this.#operations.push(this.#codec.encodeStagedKey());
    }
    if (item.kind === "attestation") this.#operations.push(this.#codec.encodeStagedVote(item.record));
    if (item.kind === "block") this.#operations.push(this.#codec.encodeStagedProposal(item.record));
  }

  /** One write is under way while the next lot is read. */
  async #write(): Promise<void> {
    await this.#written;
    this.#written = this.#commits.write(this.#operations);
    this.#written.catch(() => {});
    this.#operations = [];
  }
}

/** What is staged for each key; the entries come in the order of the keys. */
async function* stagedHistories(entries: AsyncIterable<Entry>): AsyncGenerator<readonly [Pubkey, StagedHistory]> {
  let pubkey: Pubkey | null = null;
  let gathered: Entry[] = [];
  for await (const entry of entries) {
    const of = pubkeyOf(entry.key);
    if (pubkey !== null && of !== pubkey) {
      yield [pubkey, stagedHistoryOf(gathered)];
      gathered = [];
    }
    pubkey = of;
    gathered.push(entry);
  }
  if (pubkey !== null) yield [pubkey, stagedHistoryOf(gathered)];
}

function stagedHistoryOf(entries: readonly Entry[]): StagedHistory {
  const attestations: AttestationRecord[] = [];
  const blocks: BlockRecord[] = [];
  for (const entry of entries) {
    const item = decodeStaged(entry);
    if (item.kind === "attestation") attestations.push(item.record);
    if (item.kind === "block") blocks.push(item.record);
  }
  return {attestations, blocks, stagedKeys: entries.map(({key}) => key)};
}

/** Some at a time. */
async function forEachOf<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const work = async () => {
    for (const item of queue) await act(item);
  };
  await Promise.all(Array.from({length: KEYS_AT_ONCE}, work));
}
