import type {AttestationRecord, BlockRecord, Pubkey, RecordedEpoch, RecordedSlot, Root} from "@mote/core";
import {TEST_GENESIS_VALIDATORS_ROOT} from "./memory-history.ts";

/** A vote as an import may have it: without a root, and with values up to 2^64−1. */
export const rootlessVote = (source: number | bigint, target: number | bigint): AttestationRecord => ({
  sourceEpoch: source as RecordedEpoch,
  targetEpoch: target as RecordedEpoch,
  signingRoot: null,
});

export const rootlessBlock = (slot: number | bigint): BlockRecord => ({
  slot: slot as RecordedSlot,
  signingRoot: null,
});

export interface TestInterchangeKey {
  readonly pubkey: Pubkey;
  readonly votes?: readonly AttestationRecord[];
  readonly blocks?: readonly BlockRecord[];
}

/** An interchange file, as JSON.parse gives it. */
export const testInterchange = (
  keys: readonly TestInterchangeKey[],
  genesisValidatorsRoot: Root = TEST_GENESIS_VALIDATORS_ROOT,
) => ({
  metadata: {interchange_format_version: "5", genesis_validators_root: genesisValidatorsRoot},
  data: keys.map(({pubkey, votes = [], blocks = []}) => ({
    pubkey,
    signed_blocks: blocks.map(({slot, signingRoot}) => ({slot: `${slot}`, ...rootField(signingRoot)})),
    signed_attestations: votes.map(({sourceEpoch, targetEpoch, signingRoot}) => ({
      source_epoch: `${sourceEpoch}`,
      target_epoch: `${targetEpoch}`,
      ...rootField(signingRoot),
    })),
  })),
});

const rootField = (root: Root | null): {readonly signing_root?: Root} => (root === null ? {} : {signing_root: root});

/** A file as it comes from a disk or a pipe, in pieces that respect nothing. */
export async function* bytesOf(file: object | string, chunkSizeBytes = 61): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(typeof file === "string" ? file : JSON.stringify(file));
  for (let start = 0; start < bytes.length; start += chunkSizeBytes)
    yield bytes.subarray(start, start + chunkSizeBytes);
}

/** All of an export. */
export async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}
