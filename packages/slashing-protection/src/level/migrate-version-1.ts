import {crc32} from "node:zlib";
import {
  type AttestationRecord,
  type BlockRecord,
  type Pubkey,
  parseRoot,
  pubkeyToHex,
  type RecordedEpoch,
  type RecordedSlot,
  ROOT_SIZE_BYTES,
  type Root,
  rootToHex,
} from "@mote/core";
import {Level} from "level";
import {DamagedStoreError, UnknownSchemaVersionError, WrongChainError} from "../errors.ts";
import {firstMark} from "./batch-sequence.ts";
import {EVERYTHING, encodeMeta, RecordCodec, type SealedEntry} from "./codec.ts";
import {assertTally} from "./key-history.ts";
import {EMPTY_SUMMARY, EMPTY_TALLY, type KeySummary, type Tally, tallyAfter} from "./key-summary.ts";
import type {ProtectionReader} from "./protection-database.ts";

/**
 * Schema version 1 was binary: a kind byte, 48 bytes of public key, integers of 8 bytes, roots of 32, and at the end of each value a
 * CRC-32 of 4. No key of version 2 begins with one of its kinds.
 */
const KIND = {meta: 0, summary: 1, vote: 2, proposal: 3} as const;
const BODY_AT = 49;
const CHECKSUM_SIZE_BYTES = 4;
const BATCH_OPERATIONS = 2048;

type Binary = Level<Buffer, Buffer>;
const TEXT = {keyEncoding: "utf8", valueEncoding: "utf8"} as const;

/** True when something of version 1 is there, be it what an interrupted migration left. */
export async function hasVersion1(reader: ProtectionReader): Promise<boolean> {
  return (await reader.entries({from: "\u0000", before: "\u0004"}, 1)).length > 0;
}

/** As text: its checksum is no text, and is compared when the store is migrated. */
export async function readVersion1Root(reader: ProtectionReader): Promise<Root> {
  const fact = await reader.get("\u0000genesis_validators_root");
  return parseRoot(fact?.slice(0, 2 + 2 * ROOT_SIZE_BYTES), "genesis validators root of a store of version 1");
}

/**
 * Turns the store of version 1 at `path`, which nobody has open, into one of version 2. The new records are written beside the old; one
 * atomic write of the facts and summaries then makes them count, and the old ones are deleted. Interrupted, it is done again.
 * @throws {DamagedStoreError} as far as version 1 lets damage be seen
 */
export async function migrateVersion1(path: string, wanted: Root): Promise<void> {
  const level: Binary = new Level(path, {keyEncoding: "buffer", valueEncoding: "buffer"});
  await level.open();
  try {
    if (await isVersion1InForce(level, path, wanted)) await copy(level);
    await clear(level, {gte: Buffer.of(KIND.meta), lt: Buffer.of(KIND.proposal + 1)});
  } finally {
    await level.close();
  }
}

async function isVersion1InForce(level: Binary, path: string, wanted: Root): Promise<boolean> {
  const schemaVersion = await readFact(level, "schema_version");
  if (schemaVersion === null) return false;
  if (schemaVersion !== "1") {
    throw new UnknownSchemaVersionError(`slashing protection at ${path} has schema version ${schemaVersion}`);
  }
  const stored = parseRoot(await readFact(level, "genesis_validators_root"), `genesis validators root in ${path}`);
  if (stored !== wanted) throw new WrongChainError(path, {stored, wanted});
  return true;
}

async function copy(level: Binary): Promise<void> {
  await clear(level, {gte: Buffer.from(EVERYTHING.from), lt: Buffer.from(EVERYTHING.before)});
  const votes = await copyRecords(level, KIND.vote, (codec, body) => codec.encodeVote(decodeVote(body)));
  const proposals = await copyRecords(level, KIND.proposal, (codec, body) =>
    codec.encodeProposal(decodeProposal(body)),
  );
  const summaries: SealedEntry[] = [];
  let digest = 0;
  for await (const {pubkey, value} of entriesOf(level, KIND.summary)) {
    const tallies = {voteTally: votes.get(pubkey) ?? EMPTY_TALLY, proposalTally: proposals.get(pubkey) ?? EMPTY_TALLY};
    const summary = new RecordCodec(pubkey).encodeSummary({...decodeSummary(value, pubkey, tallies), ...tallies});
    votes.delete(pubkey);
    proposals.delete(pubkey);
    digest = (digest + summary.seal) >>> 0;
    summaries.push(summary);
  }
  const [orphan] = [...votes.keys(), ...proposals.keys()];
  if (orphan !== undefined) throw new DamagedStoreError(`${orphan} has records and no summary`);

  const root = (await readFact(level, "genesis_validators_root")) ?? "";
  const batch = level.batch();
  for (const {key, value} of [
    ...summaries,
    encodeMeta("schema_version", "2"),
    encodeMeta("genesis_validators_root", root),
  ]) {
    batch.put(key, value, TEXT);
  }
  for (const operation of firstMark({keyCount: summaries.length, digest})) {
    if (operation.type === "put") batch.put(operation.key, operation.value, TEXT);
  }
  for (const name of ["schema_version", "genesis_validators_root"]) batch.del(factKey(name));
  await batch.write({sync: true});
}

/** Returns what the copied records of each key add up to. */
async function copyRecords(
  level: Binary,
  kind: number,
  encode: (codec: RecordCodec, body: Buffer) => SealedEntry,
): Promise<Map<Pubkey, Tally>> {
  const tallies = new Map<Pubkey, Tally>();
  let batch = level.batch();
  for await (const {pubkey, body} of entriesOf(level, kind)) {
    const entry = encode(new RecordCodec(pubkey), body);
    tallies.set(pubkey, tallyAfter(tallies.get(pubkey) ?? EMPTY_TALLY, [entry.seal]));
    batch.put(entry.key, entry.value, TEXT);
    if (batch.length < BATCH_OPERATIONS) continue;
    await batch.write({sync: true});
    batch = level.batch();
  }
  await batch.write({sync: true});
  return tallies;
}

async function* entriesOf(
  level: Binary,
  kind: number,
): AsyncGenerator<{readonly pubkey: Pubkey; readonly body: Buffer; readonly value: Buffer}> {
  for await (const [key, value] of level.iterator({gte: Buffer.of(kind), lt: Buffer.of(kind + 1)})) {
    if (key.length < BODY_AT) throw new DamagedStoreError("a key of the store has the wrong length");
    yield {pubkey: pubkeyToHex(key.subarray(1, BODY_AT)), body: key.subarray(BODY_AT), value: unsealed(key, value)};
  }
}

function decodeVote(body: Buffer): AttestationRecord {
  return {
    targetEpoch: uintAt(body, 0) as RecordedEpoch,
    sourceEpoch: uintAt(body, 1) as RecordedEpoch,
    signingRoot: body.length === 16 ? null : rootToHex(body.subarray(16)),
  };
}

const decodeProposal = (body: Buffer): BlockRecord => ({
  slot: uintAt(body, 0) as RecordedSlot,
  signingRoot: body.length === 8 ? null : rootToHex(body.subarray(8)),
});

/** Flags, then seven integers whether they mean something or not. */
function decodeSummary(
  value: Buffer,
  pubkey: Pubkey,
  {voteTally, proposalTally}: Pick<KeySummary, "voteTally" | "proposalTally">,
): KeySummary {
  if (value.length !== 57) throw new DamagedStoreError("a summary has the wrong length");
  const fields = value.subarray(1);
  const epoch = (index: number) => uintAt(fields, index) as RecordedEpoch;
  const slot = (index: number) => uintAt(fields, index) as RecordedSlot;
  const votes = {
    watermark: {sourceEpoch: epoch(0), targetEpoch: epoch(1)},
    newestSourceEpoch: epoch(2),
    newestTargetEpoch: epoch(3),
  };
  const proposals = {watermarkSlot: slot(4), newestSlot: slot(5), keptCount: Number(slot(6))};
  const hasVotes = ((value[0] ?? 0) & 1) !== 0;
  const keptCount = ((value[0] ?? 0) & 2) === 0 ? 0 : proposals.keptCount;
  if (hasVotes !== voteTally.count > 0) throw new DamagedStoreError(`the votes of ${pubkey} are not on record`);
  assertTally({...proposalTally, count: keptCount}, proposalTally, pubkey);
  return {...EMPTY_SUMMARY, votes: hasVotes ? votes : null, proposals: keptCount === 0 ? null : proposals};
}

/** In lots, so that the memory stays flat. */
async function clear(level: Binary, range: {readonly gte: Buffer; readonly lt: Buffer}): Promise<void> {
  for (;;) {
    const keys = await level.keys({...range, limit: BATCH_OPERATIONS}).all();
    if (keys.length === 0) return;
    const batch = level.batch();
    for (const key of keys) batch.del(key);
    await batch.write({sync: true});
  }
}

const factKey = (name: string): Buffer => Buffer.concat([Buffer.of(KIND.meta), Buffer.from(name)]);

async function readFact(level: Binary, name: string): Promise<string | null> {
  const value = await level.get(factKey(name));
  return value === undefined ? null : unsealed(factKey(name), value).toString();
}

function unsealed(key: Buffer, value: Buffer): Buffer {
  const body = value.subarray(0, Math.max(0, value.length - CHECKSUM_SIZE_BYTES));
  const isIntact = value.length >= CHECKSUM_SIZE_BYTES && value.readUInt32BE(body.length) === crc32(body, crc32(key));
  if (!isIntact) throw new DamagedStoreError("an entry does not match its checksum");
  return body;
}

function uintAt(bytes: Buffer, index: number): number | bigint {
  const value = bytes.readBigUInt64BE(index * 8);
  return value > Number.MAX_SAFE_INTEGER ? value : Number(value);
}
