import {crc32} from "node:zlib";
import {hexToBytes, type Pubkey, type Root} from "@mote/core";
import type {SignedProposal, SignedVote} from "@mote/testing";
import {Level} from "level";

/** One key's history as schema version 1 put it on disk. */
export interface Version1History {
  readonly pubkey: Pubkey;
  readonly votes: readonly SignedVote[];
  readonly proposals: readonly SignedProposal[];
}

export type BinaryEntry = readonly [key: Buffer, value: Buffer];

/** Written here once more, byte by byte, so that a change of today's code cannot change what an old store looks like. */
export function version1Entries(genesisValidatorsRoot: Root, histories: readonly Version1History[]): BinaryEntry[] {
  const entries = [fact("schema_version", "1"), fact("genesis_validators_root", genesisValidatorsRoot)];
  for (const {pubkey, votes, proposals} of histories) {
    const prefix = (kind: number) => Buffer.concat([Buffer.of(kind), hexToBytes(pubkey)]);
    for (const {targetEpoch, sourceEpoch, signingRoot} of votes) {
      const body = [uints(targetEpoch, sourceEpoch), hexToBytes(signingRoot)];
      entries.push(sealed(Buffer.concat([prefix(2), ...body]), Buffer.alloc(0)));
    }
    for (const {slot, signingRoot} of proposals) {
      entries.push(sealed(Buffer.concat([prefix(3), uints(slot), hexToBytes(signingRoot)]), Buffer.alloc(0)));
    }
    const [first, last] = [votes.at(0), votes.at(-1)];
    const epochs = [first?.sourceEpoch, first?.targetEpoch, last?.sourceEpoch, last?.targetEpoch];
    const slots = [proposals.at(0)?.slot, proposals.at(-1)?.slot, proposals.length];
    const flags = Buffer.of((votes.length > 0 ? 1 : 0) | (proposals.length > 0 ? 2 : 0));
    entries.push(sealed(prefix(1), Buffer.concat([flags, uints(...[...epochs, ...slots].map((field) => field ?? 0))])));
  }
  return entries;
}

export async function writeBinary(path: string, entries: readonly BinaryEntry[]): Promise<void> {
  const level = new Level<Buffer, Buffer>(path, {keyEncoding: "buffer", valueEncoding: "buffer"});
  await level.batch(
    entries.map(([key, value]) => ({type: "put", key, value})),
    {sync: true},
  );
  await level.close();
}

const fact = (name: string, value: string): BinaryEntry =>
  sealed(Buffer.concat([Buffer.of(0), Buffer.from(name)]), Buffer.from(value));

function uints(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64BE(BigInt(value), index * 8);
  return bytes;
}

function sealed(key: Buffer, value: Buffer): BinaryEntry {
  const seal = Buffer.alloc(4);
  seal.writeUInt32BE(crc32(value, crc32(key)));
  return [key, Buffer.concat([value, seal])];
}
