import {SignableENR} from "@chainsafe/enr";
import type {Secp256k1PrivateKey} from "@libp2p/interface";
import type {Log} from "@mote/core";
import type {NetworkFiles} from "../network.ts";
import {decodeRecord} from "./remote-record.ts";

/** Entries of a record by their keys; null takes one away. */
export type RecordEntries = Readonly<Record<string, Uint8Array | null>>;

/**
 * This node's own record. Its sequence number goes up with every change and never down, over restarts too: peers keep the highest that they have seen.
 * EIP-778
 */
export class LocalRecord {
  readonly enr: SignableENR;
  readonly #files: NetworkFiles;
  readonly #log: Log;
  #saving: Promise<void> = Promise.resolve();

  private constructor(enr: SignableENR, components: {readonly files: NetworkFiles; readonly log: Log}) {
    this.enr = enr;
    this.#files = components.files;
    this.#log = components.log;
  }

  /** With these entries and no others; what was kept of the last run gives the sequence number alone. */
  static async load(
    init: {readonly privateKey: Secp256k1PrivateKey; readonly entries: RecordEntries},
    components: {readonly files: NetworkFiles; readonly log: Log},
  ): Promise<LocalRecord> {
    const enr = SignableENR.createV4(init.privateKey.raw);
    const record = new LocalRecord(enr, components);
    const kept = await components.files.read("p2p-enr");
    const last = kept === null ? null : record.#parse(kept);
    record.update(init.entries);
    if (last === null) {
      enr.seq = 1n;
    } else {
      const isSame = equalEntries(last.kvs, enr.kvs);
      enr.seq = isSame ? last.seq : last.seq + 1n;
      if (isSame) return record;
    }
    await record.save();
    return record;
  }

  get text(): string {
    return this.enr.encodeTxt();
  }

  /** @returns whether anything changed; the caller saves */
  update(entries: RecordEntries): boolean {
    const {enr} = this;
    const seqBefore = enr.seq;
    let isChanged = false;
    for (const [key, value] of Object.entries(entries)) {
      const before = enr.kvs.get(key);
      if (value === null ? before === undefined : before !== undefined && equalBytes(before, value)) continue;
      if (value === null) enr.delete(key);
      else enr.set(key, value);
      isChanged = true;
    }
    // The library counts every key; a change is one.
    if (isChanged) enr.seq = seqBefore + 1n;
    return isChanged;
  }

  /** Never rejects: a record that was not saved is made anew after a restart, with a sequence number that peers may have seen. */
  save(): Promise<void> {
    const {text} = this;
    this.#saving = this.#saving.then(async () => {
      try {
        await this.#files.write("p2p-enr", Buffer.from(text));
      } catch (error) {
        this.#log.warn("This node's record (ENR) was not saved", {error});
      }
    });
    return this.#saving;
  }

  #parse(kept: Uint8Array): {readonly seq: bigint; readonly kvs: ReadonlyMap<string, Uint8Array>} | null {
    try {
      const record = decodeRecord(Buffer.from(kept).toString("latin1").trim());
      // Of another key it is another node's.
      return record.nodeId === this.enr.nodeId ? record : null;
    } catch (error) {
      this.#log.warn("The record (ENR) of the last run cannot be read: peers may hold on to it for a while", {error});
      return null;
    }
  }
}

const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

function equalEntries(a: ReadonlyMap<string, Uint8Array>, b: ReadonlyMap<string, Uint8Array>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => equalBytes(value, b.get(key) ?? new Uint8Array()));
}
