import type {Pubkey} from "@mote/core";
import {ProtectionStoreError} from "../errors.ts";
import {type KeySummary, SUMMARY_COLUMNS, toBytes, toNumeric, toSummary} from "./rows.ts";
import type {Session} from "./session.ts";

const LOCK = {
  name: "mote_lock_keys",
  text: `SELECT ${SUMMARY_COLUMNS} FROM mote_protection_keys WHERE pubkey = ANY($1::bytea[]) ORDER BY pubkey FOR UPDATE`,
};
const INSERT = {
  name: "mote_insert_keys",
  text: `INSERT INTO mote_protection_keys (pubkey)
    SELECT a.pubkey FROM unnest($1::bytea[]) AS a(pubkey) ORDER BY a.pubkey ON CONFLICT (pubkey) DO NOTHING`,
};
const UPDATE = {
  name: "mote_update_keys",
  text: `UPDATE mote_protection_keys k SET
      watermark_source = a.watermark_source, watermark_target = a.watermark_target,
      newest_source = a.newest_source, newest_target = a.newest_target,
      watermark_slot = a.watermark_slot, newest_slot = a.newest_slot, kept_block_count = a.kept_block_count
    FROM unnest($1::bytea[], $2::numeric[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[], $7::numeric[], $8::bigint[])
      AS a(${SUMMARY_COLUMNS})
    WHERE k.pubkey = a.pubkey`,
};

/**
 * The summaries of these keys, as every transaction before left them; nobody else changes them, or records for these keys, until this
 * one ends. Rows are locked in the order of the keys, everywhere, so that two transactions do not wait for each other.
 */
export async function lockKeys(session: Session, pubkeys: readonly Pubkey[]): Promise<Map<Pubkey, KeySummary>> {
  const summaries = await lockThose(session, pubkeys);
  const missing = pubkeys.filter((pubkey) => !summaries.has(pubkey));
  if (missing.length === 0) return summaries;
  await session.query(INSERT, [missing.map(toBytes)]);
  for (const [pubkey, summary] of await lockThose(session, missing)) summaries.set(pubkey, summary);
  return summaries;
}

export function summaryOf(summaries: ReadonlyMap<Pubkey, KeySummary>, pubkey: Pubkey): KeySummary {
  const summary = summaries.get(pubkey);
  if (summary === undefined) throw new ProtectionStoreError("a key's row went away while it was held");
  return summary;
}

/** Of keys that are locked. */
export async function updateKeys(session: Session, summaries: readonly KeySummary[]): Promise<void> {
  const column = (read: (summary: KeySummary) => number | bigint | undefined) =>
    summaries.map((summary) => {
      const value = read(summary);
      return value === undefined ? null : toNumeric(value);
    });
  await session.query(UPDATE, [
    summaries.map(({pubkey}) => toBytes(pubkey)),
    column(({votes}) => votes?.watermark.sourceEpoch),
    column(({votes}) => votes?.watermark.targetEpoch),
    column(({votes}) => votes?.newestSourceEpoch),
    column(({votes}) => votes?.newestTargetEpoch),
    column(({proposals}) => proposals?.watermarkSlot),
    column(({proposals}) => proposals?.newestSlot),
    column(({proposals}) => proposals?.keptCount ?? 0),
  ]);
}

async function lockThose(session: Session, pubkeys: readonly Pubkey[]): Promise<Map<Pubkey, KeySummary>> {
  const rows = await session.query(LOCK, [pubkeys.map(toBytes)]);
  return new Map(rows.map(toSummary).map((summary) => [summary.pubkey, summary]));
}
