import {
  type AttestationRecord,
  type BlockRecord,
  type ImportCounts,
  type ImportReport,
  type KeyImportReport,
  type Pubkey,
  parsePubkey,
  parseRoot,
  type RecordedEpoch,
  type RecordedSlot,
  type Root,
} from "@mote/core";
import {
  highest,
  isBeyondSafe,
  isSameBlockRecord,
  isSameVoteRecord,
  lowest,
  type MemoryHistory,
  MemoryKeyHistory,
} from "./memory-history.ts";

/** What an interchange file says of one key; a message that is twice in it is once here. */
export interface InterchangeKey {
  readonly pubkey: Pubkey;
  readonly votes: readonly AttestationRecord[];
  readonly proposals: readonly BlockRecord[];
}

export interface Interchange {
  readonly genesisValidatorsRoot: Root;
  /** By public key, each once. */
  readonly keys: readonly InterchangeKey[];
}

/** The whole file at once, by JSON.parse. @throws for what is no interchange file */
export async function readInterchange(source: AsyncIterable<Uint8Array> | object): Promise<Interchange> {
  return parseInterchange(Symbol.asyncIterator in source ? await readAll(source) : source);
}

/** @param source the text of a file, or what JSON.parse made of it */
export function parseInterchange(source: string | object): Interchange {
  const file = (typeof source === "string" ? JSON.parse(source, exactNumbers) : source) as FileJson;
  if (`${file.metadata.interchange_format_version}` !== "5") throw new Error("not of version 5");
  const keys = new Map<Pubkey, {votes: AttestationRecord[]; proposals: BlockRecord[]}>();
  for (const entry of file.data) {
    const pubkey = parsePubkey(entry.pubkey, "pubkey");
    const {votes, proposals} = keys.get(pubkey) ?? {votes: [], proposals: []};
    votes.push(...(entry.signed_attestations ?? []).map(parseVote));
    proposals.push(...(entry.signed_blocks ?? []).map(parseBlock));
    keys.set(pubkey, {votes, proposals});
  }
  return {
    genesisValidatorsRoot: parseRoot(file.metadata.genesis_validators_root, "genesis_validators_root"),
    keys: [...keys].sort(byName).map(([pubkey, {votes, proposals}]) => ({
      pubkey,
      votes: distinct(votes, isSameVoteRecord),
      proposals: distinct(proposals, isSameBlockRecord),
    })),
  };
}

export function mergeInterchange(history: MemoryHistory, {genesisValidatorsRoot, keys}: Interchange): ImportReport {
  if (genesisValidatorsRoot !== history.genesisValidatorsRoot) throw new Error("the file is of another chain");
  return {keys: keys.map((key) => mergeKey(history.of(key.pubkey), key))};
}

function mergeKey(history: MemoryKeyHistory, {pubkey, votes, proposals}: InterchangeKey): KeyImportReport {
  const values = [...votes.flatMap((vote) => [vote.sourceEpoch, vote.targetEpoch]), ...proposals.map(({slot}) => slot)];
  return {
    pubkey,
    attestations: votes.length === 0 ? NO_COUNTS : mergeVotes(history, votes),
    blocks: proposals.length === 0 ? NO_COUNTS : mergeProposals(history, proposals),
    isBlocked: values.some(isBeyondSafe),
  };
}

function mergeVotes(history: MemoryKeyHistory, votes: readonly AttestationRecord[]): ImportCounts {
  const fresh = votes.filter((vote) => !history.votes.some((other) => isSameVoteRecord(vote, other)));
  const before = history.voteMinimum;
  const below = fresh.filter(({targetEpoch}) => before !== null && targetEpoch <= before.targetEpoch);
  const added = fresh.filter((vote) => !below.includes(vote));
  const {sourceEpoch, targetEpoch} = before ?? {
    sourceEpoch: lowest(votes.map((vote) => vote.sourceEpoch)),
    targetEpoch: lowest(votes.map((vote) => vote.targetEpoch)),
  };
  const blockingSources = fresh.map((vote) => vote.sourceEpoch).filter(isBeyondSafe);
  const blockingTargets = fresh.map((vote) => vote.targetEpoch).filter(isBeyondSafe);
  history.votes.push(...added);
  history.voteMinimum = {
    sourceEpoch: highest([sourceEpoch, ...below.map((vote) => vote.sourceEpoch), ...blockingSources]),
    targetEpoch: highest([targetEpoch, ...blockingTargets]),
  };
  return {added: added.length, known: votes.length - fresh.length, belowMinimum: below.length};
}

function mergeProposals(history: MemoryKeyHistory, proposals: readonly BlockRecord[]): ImportCounts {
  const fresh = proposals.filter((block) => !history.proposals.some((other) => isSameBlockRecord(block, other)));
  const before = history.slotMinimum;
  const below = fresh.filter(({slot}) => before !== null && slot <= before);
  const added = fresh.filter((block) => !below.includes(block));
  const minimum = before ?? lowest(proposals.map(({slot}) => slot));
  history.proposals.push(...added);
  history.slotMinimum = highest([minimum, ...fresh.map(({slot}) => slot).filter(isBeyondSafe)]);
  return {added: added.length, known: proposals.length - fresh.length, belowMinimum: below.length};
}

/** The export of a history, as one text. */
export function formatInterchange(
  history: MemoryHistory,
  {pubkeys, isMinified = false}: {readonly pubkeys: readonly Pubkey[] | undefined; readonly isMinified?: boolean},
): string {
  const withRecords = [...history.keys].filter(([, {votes, proposals}]) => votes.length + proposals.length > 0);
  const names = pubkeys?.map((pubkey) => parsePubkey(pubkey, "pubkey")) ?? withRecords.map(([pubkey]) => pubkey);
  return JSON.stringify({
    metadata: {interchange_format_version: "5", genesis_validators_root: history.genesisValidatorsRoot},
    data: [...new Set(names)].sort().map((pubkey) => {
      const key = history.keys.get(pubkey) ?? new MemoryKeyHistory();
      return {
        pubkey,
        signed_blocks: (isMinified ? highestBlock(key) : exportedBlocks(key)).map(formatBlock),
        signed_attestations: (isMinified ? highestVote(key) : exportedVotes(key)).map(formatVote),
      };
    }),
  });
}

/** All votes on record, and one for the minimum when none of them says as much. */
function exportedVotes({votes, voteMinimum: minimum}: MemoryKeyHistory): AttestationRecord[] {
  const sorted = votes.toSorted(
    (a, b) =>
      order(a.targetEpoch, b.targetEpoch) ||
      order(a.sourceEpoch, b.sourceEpoch) ||
      order(a.signingRoot ?? "", b.signingRoot ?? ""),
  );
  const isSaid = sorted.some(
    (vote) => minimum && vote.targetEpoch === minimum.targetEpoch && vote.sourceEpoch >= minimum.sourceEpoch,
  );
  if (minimum === null || isSaid) return sorted;
  const before = sorted.filter(
    ({sourceEpoch, targetEpoch}) =>
      targetEpoch < minimum.targetEpoch || (targetEpoch === minimum.targetEpoch && sourceEpoch < minimum.sourceEpoch),
  );
  return [...before, {...minimum, signingRoot: null}, ...sorted.slice(before.length)];
}

function exportedBlocks({proposals, slotMinimum: slot}: MemoryKeyHistory): BlockRecord[] {
  const isSaid = slot === null || proposals.some((proposal) => proposal.slot === slot);
  return [...proposals, ...(isSaid ? [] : [{slot, signingRoot: null}])].sort(
    (a, b) => order(a.slot, b.slot) || order(a.signingRoot ?? "", b.signingRoot ?? ""),
  );
}

function highestVote({votes, voteMinimum}: MemoryKeyHistory): AttestationRecord[] {
  if (voteMinimum === null) return [];
  const all = [...votes, voteMinimum];
  const sourceEpoch = highest<RecordedEpoch>(all.map((vote) => vote.sourceEpoch));
  const targetEpoch = highest<RecordedEpoch>(all.map((vote) => vote.targetEpoch));
  return [{sourceEpoch, targetEpoch, signingRoot: null}];
}

function highestBlock({proposals, slotMinimum}: MemoryKeyHistory): BlockRecord[] {
  if (slotMinimum === null) return [];
  return [{slot: highest<RecordedSlot>([slotMinimum, ...proposals.map(({slot}) => slot)]), signingRoot: null}];
}

interface FileJson {
  readonly metadata: {readonly interchange_format_version: unknown; readonly genesis_validators_root: unknown};
  readonly data: readonly {
    readonly pubkey: unknown;
    readonly signed_blocks?: readonly BlockJson[];
    readonly signed_attestations?: readonly VoteJson[];
  }[];
}
interface VoteJson {
  readonly source_epoch: unknown;
  readonly target_epoch: unknown;
  readonly signing_root?: unknown;
}
interface BlockJson {
  readonly slot: unknown;
  readonly signing_root?: unknown;
}

const parseVote = ({source_epoch, target_epoch, signing_root}: VoteJson): AttestationRecord => ({
  sourceEpoch: parseUint64(source_epoch) as RecordedEpoch,
  targetEpoch: parseUint64(target_epoch) as RecordedEpoch,
  signingRoot: parseSigningRoot(signing_root),
});
const parseBlock = ({slot, signing_root}: BlockJson): BlockRecord => ({
  slot: parseUint64(slot) as RecordedSlot,
  signingRoot: parseSigningRoot(signing_root),
});

const parseSigningRoot = (root: unknown): Root | null =>
  root === undefined || root === null ? null : parseRoot(root, "signing_root");

function parseUint64(value: unknown): number | bigint {
  if (!/^\d+$/.test(`${value}`)) throw new Error(`${value} is no unsigned integer`);
  const exact = BigInt(`${value}`);
  if (exact >= 2n ** 64n) throw new Error(`${value} is above 2^64−1`);
  return isBeyondSafe(exact) ? exact : Number(exact);
}

const rootField = (root: Root | null) => (root === null ? {} : {signing_root: root});
const formatVote = ({sourceEpoch, targetEpoch, signingRoot}: AttestationRecord) => ({
  source_epoch: `${sourceEpoch}`,
  target_epoch: `${targetEpoch}`,
  ...rootField(signingRoot),
});
const formatBlock = ({slot, signingRoot}: BlockRecord) => ({slot: `${slot}`, ...rootField(signingRoot)});

const NO_COUNTS: ImportCounts = {added: 0, known: 0, belowMinimum: 0};

/** Keeps numbers as they are written: a double would round those above 2^53−1. */
const exactNumbers = (_name: string, value: unknown, context?: {readonly source?: string}): unknown =>
  typeof value === "number" ? context?.source : value;

const order = <T extends number | bigint | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => order(a, b);

const distinct = <T>(records: readonly T[], isSame: (a: T, b: T) => boolean): T[] =>
  records.filter((record, index) => records.findIndex((other) => isSame(record, other)) === index);

async function readAll(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
