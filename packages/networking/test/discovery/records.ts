import {ENR, SignableENR} from "@chainsafe/enr";
import type {RecordEntries} from "../../src/discovery/local-record.ts";

/** A key's bytes; the same for the same number. */
export const keyBytes = (n: number): Uint8Array =>
  Uint8Array.from([...new Array<number>(30).fill(0), n >> 8, (n & 255) + 1]);

/** A record with these entries, signed by the key of this number. */
export function recordOf(n: number, entries: RecordEntries): ENR {
  const record = SignableENR.createV4(keyBytes(n));
  for (const [key, value] of Object.entries(entries)) if (value !== null) record.set(key, value);
  return ENR.decode(record.encode());
}

export const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
