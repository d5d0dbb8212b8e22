import type {Root} from "@mote/core";
import type {InterchangeItem, InterchangeMetadata} from "../../src/interchange/interchange.ts";
import {InterchangeError} from "../../src/interchange/interchange-error.ts";
import {readInterchange} from "../../src/interchange/interchange-reader.ts";

export const CHAIN = `0x${"ab".repeat(32)}` as Root;
export const PUBKEY = `0x${"b0".repeat(48)}`;
export const OTHER_PUBKEY = `0x${"b1".repeat(48)}`;
export const ROOT = `0x${"c5".repeat(32)}`;

export interface WhatWasRead {
  readonly items: readonly InterchangeItem[];
  readonly metadata: InterchangeMetadata;
}

export async function* chunksOf(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += sizeBytes) yield bytes.subarray(start, start + sizeBytes);
}

export async function readChunks(
  chunks: AsyncIterable<Uint8Array>,
  genesisValidatorsRoot: Root | null = null,
): Promise<WhatWasRead> {
  const items: InterchangeItem[] = [];
  const reading = readInterchange(chunks, {genesisValidatorsRoot});
  for (;;) {
    const step = await reading.next();
    if (step.done === true) return {items, metadata: step.value};
    items.push(...step.value);
  }
}

export const readText = (text: string | Uint8Array, genesisValidatorsRoot: Root | null = null): Promise<WhatWasRead> =>
  readChunks(chunksOf(Buffer.from(text as string), 1 << 20), genesisValidatorsRoot);

/** The error that reading ends with; null when there is none. Any other error is a failure of the test. */
export async function errorOf(reading: Promise<unknown>): Promise<InterchangeError | null> {
  try {
    await reading;
    return null;
  } catch (error) {
    if (error instanceof InterchangeError) return error;
    throw error;
  }
}

const METADATA = `"metadata":{"interchange_format_version":"5","genesis_validators_root":"${CHAIN}"}`;

/** A file with `entries`, the JSON text of what stands in `data`. */
export const fileOf = (...entries: readonly string[]): string => `{${METADATA},"data":[${entries.join(",")}]}`;

/** A file of one key, with the JSON texts of its records. */
export const fileOfRecords = (records: {
  readonly blocks?: readonly string[];
  readonly attestations?: readonly string[];
}): string =>
  fileOf(
    `{"pubkey":"${PUBKEY}","signed_blocks":[${records.blocks ?? ""}],"signed_attestations":[${records.attestations ?? ""}]}`,
  );
