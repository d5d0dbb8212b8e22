import type {ImportOptions, ImportProgress, ImportReport, KeyImportReport, Pubkey, Root} from "@mote/core";
import {DamagedStoreError, ProtectionStoreError} from "../errors.ts";
import {toByteStream} from "../interchange/byte-stream.ts";
import {readInterchange} from "../interchange/interchange-reader.ts";
import {decodeMeta, encodeMeta, metaKey, type SealedEntry} from "./codec.ts";
import type {GroupCommit} from "./group-commit.ts";
import {ImportSpool, removeSpool, type SpoolMark} from "./import-spool.ts";
import type {KeyLedger} from "./key-ledger.ts";
import type {KeyLedgers} from "./key-ledgers.ts";
import type {StagedHistory} from "./merge-history.ts";
import type {ProtectionDatabase} from "./protection-database.ts";

/** Merged at once, about 600 KiB: large enough to share a sync, small enough that a vote behind it does not wait long. */
const LOT_RECORDS = 3072;
const KEYS_VERIFIED_AT_ONCE = 32;

/** On record while a whole file is spooled and not all of it is merged yet. */
const MARKER_NAME = "import";

/**
 * Takes interchange files in, each as a whole or not at all. A file is first spooled beside the tables, where no verdict looks; one
 * write then says that it counts, and key by key it is merged into the records. An import that did not get as far as that write is swept
 * away when the store is opened, any other is finished: a merge that is done again changes nothing.
 */
export class InterchangeImport {
  readonly #path: string;
  readonly #genesisValidatorsRoot: Root;
  readonly #database: ProtectionDatabase;
  readonly #commits: GroupCommit;
  readonly #ledgers: KeyLedgers;
  #running: Promise<unknown> = Promise.resolve();
  #merging: Promise<unknown> = Promise.resolve();
  #isHalfMerged = false;

  constructor(
    init: {readonly path: string; readonly genesisValidatorsRoot: Root},
    components: {
      readonly database: ProtectionDatabase;
      readonly commits: GroupCommit;
      readonly ledgers: KeyLedgers;
    },
  ) {
    this.#path = init.path;
    this.#genesisValidatorsRoot = init.genesisValidatorsRoot;
    this.#database = components.database;
    this.#commits = components.commits;
    this.#ledgers = components.ledgers;
  }

  /** Finishes what was interrupted, or removes it. To be called before anything is served. */
  async recover(): Promise<void> {
    const key = metaKey(MARKER_NAME);
    const value = await this.#database.get(key);
    if (value === undefined) {
      // It harms nothing and is swept the next time.
      await removeSpool(this.#path).catch(() => {});
      return;
    }
    const spool = await ImportSpool.reopen(this.#path, decodeMarker(decodeMeta({key, value})));
    await this.#merge(spool, {mark: null, onKey: () => {}});
  }

  /** Imports one file after the other. */
  run(source: AsyncIterable<Uint8Array> | object, options: ImportOptions): Promise<ImportReport> {
    const imported = this.#running.then(() => this.#importFile(source, options));
    this.#running = imported.catch(() => {});
    return imported;
  }

  /** Resolves when no file is half in force. @throws {ProtectionStoreError} when one is, and stays so until the store is opened again */
  async whole(): Promise<void> {
    await this.#merging;
    this.#assertWhole();
  }

  #assertWhole(): void {
    if (this.#isHalfMerged) throw new ProtectionStoreError("an earlier import is not finished: open the store again");
  }

  async #importFile(source: AsyncIterable<Uint8Array> | object, {onProgress}: ImportOptions): Promise<ImportReport> {
    this.#assertWhole();
    this.#commits.assertWritable();
    const progress = {bytesRead: 0, recordsRead: 0};
    const tell = (keys: ImportProgress["keys"]) => onProgress?.({...progress, keys});
    const spool = await ImportSpool.create(this.#path);
    let mark: SpoolMark;
    try {
      await this.#fill(spool, {source, progress, onLot: () => tell(null)});
      mark = await spool.finish();
      await this.#verify(spool.pubkeys);
    } catch (error) {
      await spool.discard();
      throw error;
    }
    const total = spool.pubkeys.length;
    let done = 0;
    return {keys: await this.#merge(spool, {mark, onKey: () => tell({done: ++done, total})})};
  }

  async #fill(
    spool: ImportSpool,
    file: {
      readonly source: AsyncIterable<Uint8Array> | object;
      readonly progress: {bytesRead: number; recordsRead: number};
      readonly onLot: () => void;
    },
  ): Promise<void> {
    const {progress} = file;
    const lots = readInterchange(toByteStream(file.source), {
      genesisValidatorsRoot: this.#genesisValidatorsRoot,
      onBytes: (bytesRead) => {
        progress.bytesRead = bytesRead;
      },
    });
    for await (const lot of lots) {
      await spool.add(lot);
      for (const {kind} of lot) if (kind !== "key") progress.recordsRead++;
      file.onLot();
    }
  }

  /** Only what is on record can be damaged. Some at a time. */
  async #verify(pubkeys: readonly Pubkey[]): Promise<void> {
    const queue = pubkeys.filter((pubkey) => this.#ledgers.knows(pubkey)).values();
    const work = async () => {
      for (const pubkey of queue) await this.#ledgers.of(pubkey).verify();
    };
    await Promise.all(Array.from({length: KEYS_VERIFIED_AT_ONCE}, work));
  }

  /**
   * From the write of the marker on the file is in force: the merges stand in line before it, those of keys that nobody has asked for as
   * soon as somebody does, so that none of the file's keys is judged by its old history any more.
   * @param mark null when it is on record already
   */
  async #merge(
    spool: ImportSpool,
    {mark, onKey}: {readonly mark: SpoolMark | null; readonly onKey: () => void},
  ): Promise<KeyImportReport[]> {
    const merged = Promise.withResolvers<void>();
    this.#merging = merged.promise;
    const pubkeys = spool.pubkeys.toSorted();
    const turns = new Turns(pubkeys, this.#ledgers);
    try {
      if (mark !== null) await this.#commits.write([encodeMarker(mark)]);
      this.#isHalfMerged = true;
      const reports = await giveTurns(turns, {pubkeys, spool, onKey});
      await this.#commits.write([{type: "del", key: metaKey(MARKER_NAME)}]);
      this.#isHalfMerged = false;
      turns.end();
      await spool.discard();
      return reports;
    } catch (error) {
      turns.fail(error);
      await spool.close().catch(() => {});
      throw error;
    } finally {
      merged.resolve();
    }
  }
}

/** A merge that stands in its key's line and waits for what is spooled. */
interface Turn {
  readonly turn: PromiseWithResolvers<StagedHistory>;
  readonly report: Promise<KeyImportReport>;
}

/** The merges that are still to come. Only a key that somebody has asked for has one in its line. */
class Turns {
  readonly #ledgers: KeyLedgers;
  readonly #waiting: Set<Pubkey>;
  readonly #inLine = new Map<Pubkey, Turn>();
  #failure: {readonly error: unknown} | null = null;
  /** Ends what the construction began. */
  readonly end: () => void;

  constructor(pubkeys: readonly Pubkey[], ledgers: KeyLedgers) {
    this.#ledgers = ledgers;
    this.#waiting = new Set(pubkeys);
    this.end = ledgers.watch(this.#waiting, (pubkey, ledger) => this.#putInLine(pubkey, ledger));
  }

  take(pubkey: Pubkey): Turn {
    // Puts it in line, if it is not yet.
    this.#ledgers.of(pubkey);
    const turn = this.#inLine.get(pubkey);
    if (turn === undefined) throw new Error("a key was merged twice");
    this.#inLine.delete(pubkey);
    this.#waiting.delete(pubkey);
    return turn;
  }

  /** No key that has not had its turn decides anything more, asked for by now or later. */
  fail(error: unknown): void {
    this.#failure = {error};
    for (const {turn} of this.#inLine.values()) turn.reject(error);
  }

  #putInLine(pubkey: Pubkey, ledger: KeyLedger): void {
    const turn = Promise.withResolvers<StagedHistory>();
    const report = ledger.merge(() => turn.promise);
    report.catch(() => {});
    this.#inLine.set(pubkey, {turn, report});
    if (this.#failure !== null) turn.reject(this.#failure.error);
  }
}

/** To every key, in lots; one that fails keeps none of the others from its turn. While one lot is written the next is read. */
async function giveTurns(
  turns: Turns,
  init: {readonly pubkeys: readonly Pubkey[]; readonly spool: ImportSpool; readonly onKey: () => void},
): Promise<KeyImportReport[]> {
  const reports: KeyImportReport[] = [];
  const failures: unknown[] = [];
  let written: Promise<unknown> = Promise.resolve();
  for await (const lot of lotsOf(init.spool, init.pubkeys)) {
    await written;
    written = Promise.all(
      lot.map(async ({pubkey, staged}) => {
        const {turn, report} = turns.take(pubkey);
        if (staged instanceof DamagedStoreError) turn.reject(staged);
        else turn.resolve(staged);
        try {
          reports.push(await report);
          init.onKey();
        } catch (error) {
          failures.push(error);
        }
      }),
    );
  }
  await written;
  if (failures.length > 0) throw failures[0];
  return reports.sort((a, b) => (a.pubkey < b.pubkey ? -1 : 1));
}

interface Staged {
  readonly pubkey: Pubkey;
  readonly staged: StagedHistory | DamagedStoreError;
}

async function* lotsOf(spool: ImportSpool, pubkeys: readonly Pubkey[]): AsyncGenerator<readonly Staged[]> {
  let lot: Staged[] = [];
  let records = 0;
  for (const pubkey of pubkeys) {
    const staged = await spool.historyOf(pubkey).catch((error) => {
      if (error instanceof DamagedStoreError) return error;
      throw error;
    });
    lot.push({pubkey, staged});
    if (!(staged instanceof DamagedStoreError)) records += staged.attestations.length + staged.blocks.length;
    if (records >= LOT_RECORDS || lot.length >= LOT_RECORDS) {
      yield lot;
      [lot, records] = [[], 0];
    }
  }
  if (lot.length > 0) yield lot;
}

const encodeMarker = ({sizeBytes, digest}: SpoolMark): SealedEntry => encodeMeta(MARKER_NAME, `${sizeBytes} ${digest}`);

function decodeMarker(value: string): SpoolMark {
  const match = /^(\d+) (\d+)$/.exec(value);
  if (match === null) throw new DamagedStoreError("an import is not finished, and its marker names no file");
  return {sizeBytes: Number(match[1]), digest: Number(match[2])};
}
