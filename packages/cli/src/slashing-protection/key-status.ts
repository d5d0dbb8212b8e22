import type {Pubkey, RecordedEpoch, RecordedSlot, Root} from "@mote/core";
import {type InterchangeItem, readInterchange} from "@mote/slashing-protection";

/** What the records of one key come to. */
export interface KeyStatus {
  readonly pubkey: Pubkey;
  readonly votes: {
    readonly count: number;
    /** Nothing with a target at or below is signed any more. */
    readonly minimumTarget: RecordedEpoch;
    readonly newestSource: RecordedEpoch;
    readonly newestTarget: RecordedEpoch;
  } | null;
  readonly blocks: {
    readonly count: number;
    /** Nothing at or below is signed any more. */
    readonly minimumSlot: RecordedSlot;
    readonly newestSlot: RecordedSlot;
  } | null;
  /** A value above 2^53−1 is on record. */
  readonly isBlocked: boolean;
}

/** Sums up an export, which holds all that a store refuses, key after key. */
export async function* readKeyStatuses(
  pieces: AsyncIterable<string>,
  genesisValidatorsRoot: Root,
): AsyncGenerator<KeyStatus> {
  let key: KeyStatus | null = null;
  for await (const lot of readInterchange(bytesOf(pieces), {genesisValidatorsRoot})) {
    for (const item of lot) {
      if (item.kind === "key") {
        if (key !== null) yield key;
        key = {pubkey: item.pubkey, votes: null, blocks: null, isBlocked: false};
      } else if (key !== null) key = withRecord(key, item);
    }
  }
  if (key !== null) yield key;
}

async function* bytesOf(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield Buffer.from(piece);
}

function withRecord(key: KeyStatus, item: Exclude<InterchangeItem, {kind: "key"}>): KeyStatus {
  if (item.kind === "block") {
    const {slot} = item.record;
    const {count, minimumSlot, newestSlot} = key.blocks ?? {count: 0, minimumSlot: slot, newestSlot: slot};
    const blocks = {count: count + 1, minimumSlot: min(minimumSlot, slot), newestSlot: max(newestSlot, slot)};
    return {...key, blocks, isBlocked: key.isBlocked || typeof slot === "bigint"};
  }
  const {sourceEpoch, targetEpoch} = item.record;
  const before = key.votes ?? {
    count: 0,
    minimumTarget: targetEpoch,
    newestSource: sourceEpoch,
    newestTarget: targetEpoch,
  };
  const votes = {
    count: before.count + 1,
    minimumTarget: min(before.minimumTarget, targetEpoch),
    newestSource: max(before.newestSource, sourceEpoch),
    newestTarget: max(before.newestTarget, targetEpoch),
  };
  return {
    ...key,
    votes,
    isBlocked: key.isBlocked || typeof sourceEpoch === "bigint" || typeof targetEpoch === "bigint",
  };
}

const min = <T extends number | bigint>(a: T, b: T): T => (b < a ? b : a);
const max = <T extends number | bigint>(a: T, b: T): T => (b > a ? b : a);

const COLUMNS = [
  "newest source",
  "newest target",
  "min. target",
  "votes",
  "newest slot",
  "min. slot",
  "blocks",
] as const;
/** Short enough for a terminal; long enough to tell keys apart. */
const SHORT_PUBKEY_LENGTH = 18;

export interface StatusTable {
  /** Public keys whole, for what is not a terminal. */
  readonly isWide: boolean;
}

export const statusHeader = ({isWide}: StatusTable): string =>
  `${"public key".padEnd(isWide ? 98 : SHORT_PUBKEY_LENGTH + 1)}  ${COLUMNS.join("  ")}`;

/** One line of the table. */
export function statusLine({pubkey, votes, blocks, isBlocked}: KeyStatus, {isWide}: StatusTable): string {
  const cells = [
    votes?.newestSource,
    votes?.newestTarget,
    votes?.minimumTarget,
    votes?.count ?? 0,
    blocks?.newestSlot,
    blocks?.minimumSlot,
    blocks?.count ?? 0,
  ].map((cell, at) => String(cell ?? "–").padStart(COLUMNS[at]?.length ?? 0));
  const name = isWide ? pubkey : `${pubkey.slice(0, SHORT_PUBKEY_LENGTH)}…`;
  return `${name}  ${cells.join("  ")}${isBlocked ? "  BLOCKED" : ""}`;
}
