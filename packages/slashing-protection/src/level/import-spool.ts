import {constants} from "node:fs";
import {type FileHandle, open, rm} from "node:fs/promises";
import {join} from "node:path";
import {crc32} from "node:zlib";
import {type AttestationRecord, type BlockRecord, messageOf, type Pubkey} from "@mote/core";
import {syncFolder} from "@mote/core/durable-files";
import {DamagedStoreError, ProtectionStoreNotWritableError} from "../errors.ts";
import type {InterchangeItem} from "../interchange/interchange.ts";
import {decodeStaged, encodeStagedProposal, encodeStagedVote} from "./codec.ts";
import type {StagedHistory} from "./merge-history.ts";

/** No name that LevelDB knows, so it leaves the file alone. */
export const SPOOL_FILE_NAME = "import-spool";

/** Of the header of a run: seal, size of the body, where the key's run before this one begins, public key. */
const SEAL_DIGITS = 8;
const PREVIOUS_AT = SEAL_DIGITS + 8;
const PUBKEY_AT = PREVIOUS_AT + 16;
const HEADER_SIZE_BYTES = PUBKEY_AT + 96;
/** Larger than any offset that a file can have. */
const NO_PREVIOUS = "f".repeat(16);

/** A vote with its root and a line feed. */
const LINE_SIZE_BYTES_MAX = 98;
const RUN_LINES_MAX = 1024;
const RUN_SIZE_BYTES_MAX = HEADER_SIZE_BYTES + RUN_LINES_MAX * LINE_SIZE_BYTES_MAX;
const BUFFER_SIZE_BYTES = 2 * RUN_SIZE_BYTES_MAX;
/** Most runs are shorter and take one read. */
const FIRST_READ_SIZE_BYTES = 16 * 1024;

/** What a finished spool is known by. */
export interface SpoolMark {
  readonly sizeBytes: number;
  /** CRC-32 of the whole file. */
  readonly digest: number;
}

interface Run {
  readonly pubkey: Pubkey;
  /** Null for the key's first run. */
  readonly previous: number | null;
  readonly lines: readonly string[];
  readonly sizeBytes: number;
}

/**
 * What an interchange file says, in a file beside the tables where no verdict looks, in the order in which it was said. It is made of runs,
 * each of one key; a run says where the key's run before it begins, so that in memory there is one number a key, however often and in what
 * order the file repeats its keys. All of it is ASCII text, like the store.
 */
export class ImportSpool {
  readonly #file: FileHandle;
  readonly #directory: string;
  /** Where the newest run of each key begins. */
  readonly #newest = new Map<Pubkey, number>();
  /** Of what is to be written, or of the run that was read. */
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE_BYTES);
  #bufferedBytes = 0;
  #sizeBytes = 0;
  #digest = 0;

  private constructor(directory: string, file: FileHandle) {
    this.#directory = directory;
    this.#file = file;
  }

  /** An empty one, in place of any that is there. @throws {ProtectionStoreNotWritableError} */
  static async create(directory: string): Promise<ImportSpool> {
    return orNotWritable(async () => {
      await removeSpool(directory);
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
      return new ImportSpool(directory, await open(join(directory, SPOOL_FILE_NAME), flags, 0o600));
    });
  }

  /** The finished one that `mark` speaks of, read from end to end. @throws {DamagedStoreError} when it is not as it was written */
  static async reopen(directory: string, mark: SpoolMark): Promise<ImportSpool> {
    const file = await open(join(directory, SPOOL_FILE_NAME)).catch((cause) => {
      throw damaged(`cannot be read (${messageOf(cause)})`, cause);
    });
    const spool = new ImportSpool(directory, file);
    try {
      await spool.#scan(mark);
      return spool;
    } catch (error) {
      await spool.close();
      throw error;
    }
  }

  /** The keys of the file, in the order in which it first names them. */
  get pubkeys(): readonly Pubkey[] {
    return [...this.#newest.keys()];
  }

  /** @throws {ProtectionStoreNotWritableError} */
  async add(lot: readonly InterchangeItem[]): Promise<void> {
    for (let start = 0; start < lot.length; ) {
      const {pubkey} = lot[start] as InterchangeItem;
      let body = "";
      let end = start;
      for (; end < lot.length && lot[end]?.pubkey === pubkey && end - start < RUN_LINES_MAX; end++) {
        body += lineOf(lot[end] as InterchangeItem);
      }
      await this.#append(pubkey, body);
      start = end;
    }
  }

  /** Resolves once all of it is on the disk itself. @throws {ProtectionStoreNotWritableError} */
  async finish(): Promise<SpoolMark> {
    await this.#flush();
    await orNotWritable(async () => {
      await this.#file.sync();
      await syncFolder(this.#directory);
    });
    return {sizeBytes: this.#sizeBytes, digest: this.#digest};
  }

  /** All that a finished spool has of a key, each record once. One reading at a time. @throws {DamagedStoreError} */
  async historyOf(pubkey: Pubkey): Promise<StagedHistory> {
    const lines = new Set<string>();
    for (let at = this.#newest.get(pubkey) ?? null; at !== null; ) {
      const run = await this.#runAt(at);
      if (run.pubkey !== pubkey || (run.previous !== null && run.previous >= at)) throw damaged("is out of order");
      for (const line of run.lines) lines.add(line);
      at = run.previous;
    }
    const attestations: AttestationRecord[] = [];
    const blocks: BlockRecord[] = [];
    for (const line of [...lines].sort()) {
      const item = decodeStaged(line);
      if (item.kind === "attestation") attestations.push(item.record);
      else blocks.push(item.record);
    }
    return {attestations, blocks};
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** What is left behind is removed at the next opening. */
  async discard(): Promise<void> {
    await this.close().catch(() => {});
    await removeSpool(this.#directory).catch(() => {});
  }

  async #append(pubkey: Pubkey, body: string): Promise<void> {
    const previous = this.#newest.get(pubkey);
    const at = this.#sizeBytes + this.#bufferedBytes;
    const size = body.length.toString(16).padStart(PREVIOUS_AT - SEAL_DIGITS, "0");
    const digits = previous?.toString(16).padStart(NO_PREVIOUS.length, "0") ?? NO_PREVIOUS;
    const rest = `${size}${digits}${pubkey.slice(2)}${body}`;
    this.#bufferedBytes += this.#buffer.write(sealOf(rest) + rest, this.#bufferedBytes, "latin1");
    // A copy: the text of the file would stay in memory as long as a part of it does.
    this.#newest.set(previous === undefined ? (Buffer.from(pubkey).toString() as Pubkey) : pubkey, at);
    if (this.#bufferedBytes > BUFFER_SIZE_BYTES - RUN_SIZE_BYTES_MAX) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = this.#buffer.subarray(0, this.#bufferedBytes);
    await orNotWritable(() => this.#file.appendFile(bytes));
    this.#digest = crc32(bytes, this.#digest);
    this.#sizeBytes += bytes.length;
    this.#bufferedBytes = 0;
  }

  async #scan(mark: SpoolMark): Promise<void> {
    const {size} = await this.#file.stat();
    if (size !== mark.sizeBytes) throw damaged(`has ${size} bytes, and ${mark.sizeBytes} were written`);
    while (this.#sizeBytes < size) {
      const at = this.#sizeBytes;
      const {pubkey, sizeBytes} = await this.#runAt(at);
      this.#newest.set(pubkey, at);
      this.#digest = crc32(this.#buffer.subarray(0, sizeBytes), this.#digest);
      this.#sizeBytes += sizeBytes;
    }
    if (this.#digest !== mark.digest) throw damaged("does not match its checksum");
  }

  /** Its bytes are at the start of the buffer afterwards. */
  async #runAt(at: number): Promise<Run> {
    let available = await this.#read(at, 0, FIRST_READ_SIZE_BYTES);
    const bodySizeBytes = Number.parseInt(this.#text(SEAL_DIGITS, PREVIOUS_AT), 16);
    const sizeBytes = HEADER_SIZE_BYTES + bodySizeBytes;
    if (available < HEADER_SIZE_BYTES || !(sizeBytes <= RUN_SIZE_BYTES_MAX))
      throw damaged("does not match its checksum");
    if (available < sizeBytes) available += await this.#read(at + available, available, sizeBytes - available);
    const rest = this.#text(SEAL_DIGITS, Math.min(available, sizeBytes));
    if (available < sizeBytes || this.#text(0, SEAL_DIGITS) !== sealOf(rest))
      throw damaged("does not match its checksum");
    const previous = this.#text(PREVIOUS_AT, PUBKEY_AT);
    const body = this.#text(HEADER_SIZE_BYTES, sizeBytes);
    return {
      pubkey: `0x${this.#text(PUBKEY_AT, HEADER_SIZE_BYTES)}` as Pubkey,
      previous: previous === NO_PREVIOUS ? null : Number.parseInt(previous, 16),
      lines: body === "" ? [] : body.slice(0, -1).split("\n"),
      sizeBytes,
    };
  }

  /** Returns how much there was. */
  async #read(at: number, into: number, wantedBytes: number): Promise<number> {
    let readBytes = 0;
    while (readBytes < wantedBytes) {
      const {bytesRead} = await this.#file
        .read(this.#buffer, into + readBytes, wantedBytes - readBytes, at + readBytes)
        .catch((cause) => {
          throw damaged(`cannot be read (${messageOf(cause)})`, cause);
        });
      if (bytesRead === 0) break;
      readBytes += bytesRead;
    }
    return readBytes;
  }

  #text(start: number, end: number): string {
    return this.#buffer.toString("latin1", start, end);
  }
}

/** Removes what an import left that does not count, or is finished. */
export async function removeSpool(directory: string): Promise<void> {
  await rm(join(directory, SPOOL_FILE_NAME), {force: true});
}

/** Nothing for an item that only names its key. */
function lineOf(item: InterchangeItem): string {
  if (item.kind === "attestation") return `${encodeStagedVote(item.record)}\n`;
  return item.kind === "block" ? `${encodeStagedProposal(item.record)}\n` : "";
}

const sealOf = (text: string): string => crc32(text).toString(16).padStart(SEAL_DIGITS, "0");

async function orNotWritable<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const reason = `an import could not be written down: ${messageOf(cause)}. Nothing was changed by it`;
    throw new ProtectionStoreNotWritableError(reason, {cause});
  }
}

const damaged = (what: string, cause?: unknown): DamagedStoreError =>
  new DamagedStoreError(`${SPOOL_FILE_NAME}, an import that counts and is not finished, ${what}`, {cause});
