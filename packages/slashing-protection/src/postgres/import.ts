import {
  type AttestationRecord,
  assertNever,
  type BlockRecord,
  type ImportOptions,
  type ImportReport,
  type KeyImportReport,
  type Pubkey,
  type Root,
} from "@mote/core";
import type {InterchangeItem} from "../interchange/interchange.ts";
import {readInterchange} from "../interchange/interchange-reader.ts";
import {BULK_STATEMENT_MS_MAX, MERGING_IDLE_MS_MAX} from "./limits.ts";
import {mergePage, type StagedKey} from "./merge-page.ts";
import {toBytes, toBytesOrNull, toEpoch, toNumeric, toPubkey, toRootOrNull, toSlot} from "./rows.ts";
import type {Session} from "./session.ts";
import type {Row} from "./statement.ts";

const KIND = {key: 0, vote: 1, block: 2} as const;
/** Of one statement, so that memory stays flat. */
const STAGED_COUNT_MAX = 4_096;
const FETCHED_COUNT_MAX = 4_096;
/** Keys that are merged together: enough for few round trips, few enough for flat memory. */
const PAGE_KEY_COUNT_MAX = 128;
const PAGE_RECORD_COUNT_MAX = 16_384;

const STAGE = {
  name: "mote_stage",
  text: `INSERT INTO mote_protection_imports (pubkey, kind, at, source, signing_root)
    SELECT * FROM unnest($1::bytea[], $2::integer[], $3::numeric[], $4::numeric[], $5::bytea[]) AS a(pubkey, kind, at, source, signing_root)`,
};
/** Sorting is the database's: it may use its disk, and equal records and repeated keys come together. */
const OPEN_SORTED = {
  text: `DECLARE mote_sorted_import CURSOR FOR
    SELECT DISTINCT pubkey, kind, at, source, signing_root FROM mote_protection_imports
    ORDER BY pubkey, kind, at, source, signing_root NULLS FIRST`,
};
const FETCH = {text: `FETCH ${FETCHED_COUNT_MAX} FROM mote_sorted_import`};

/**
 * Takes in one interchange file in one transaction: first all of it goes into a table of its own, which may be slow and locks nothing,
 * then key after key is merged.
 * @throws {InterchangeError} for what is wrong with the file; then nothing has changed
 */
export async function importInterchange(
  session: Session,
  source: AsyncIterable<Uint8Array>,
  init: {readonly genesisValidatorsRoot: Root},
  options: ImportOptions,
): Promise<ImportReport> {
  const work = async (): Promise<ImportReport> => {
    await session.query({text: `SET LOCAL statement_timeout = ${BULK_STATEMENT_MS_MAX}`});
    await session.query({text: `SET LOCAL idle_in_transaction_session_timeout = ${BULK_STATEMENT_MS_MAX}`});
    const read = await stage(session, source, init.genesisValidatorsRoot, options);
    // From here on keys are locked: whoever is cut off must let them go soon.
    await session.query({text: `SET LOCAL idle_in_transaction_session_timeout = ${MERGING_IDLE_MS_MAX}`});
    const keys: KeyImportReport[] = [];
    const [count] = await session.query({text: "SELECT count(DISTINCT pubkey) AS total FROM mote_protection_imports"});
    const total = Number(count?.total);
    options.onProgress?.({...read, keys: {done: 0, total}});
    for await (const page of pagesOf(session)) {
      keys.push(...(await mergePage(session, page)));
      options.onProgress?.({...read, keys: {done: keys.length, total}});
    }
    await session.query({text: "CLOSE mote_sorted_import"});
    await session.query({text: "DELETE FROM mote_protection_imports"});
    return {keys};
  };
  return session.transaction(work, "ISOLATION LEVEL READ COMMITTED");
}

async function stage(
  session: Session,
  source: AsyncIterable<Uint8Array>,
  genesisValidatorsRoot: Root,
  {onProgress}: ImportOptions,
): Promise<{readonly bytesRead: number; readonly recordsRead: number}> {
  const read = {bytesRead: 0, recordsRead: 0};
  const onBytes = (bytesRead: number): void => {
    read.bytesRead = bytesRead;
    onProgress?.({...read, keys: null});
  };
  let gathered: InterchangeItem[] = [];
  const flush = async (): Promise<void> => {
    if (gathered.length > 0) await session.query(STAGE, columnsOf(gathered));
    gathered = [];
  };
  for await (const items of readInterchange(source, {genesisValidatorsRoot, onBytes})) {
    for (const item of items) if (item.kind !== "key") read.recordsRead++;
    gathered.push(...items);
    if (gathered.length >= STAGED_COUNT_MAX) await flush();
  }
  await flush();
  return read;
}

function columnsOf(items: readonly InterchangeItem[]) {
  const rows = items.map(rowOf);
  return [
    items.map(({pubkey}) => toBytes(pubkey)),
    rows.map(({kind}) => kind),
    rows.map(({at}) => toNumeric(at)),
    rows.map(({source}) => toNumeric(source)),
    rows.map(({root}) => toBytesOrNull(root)),
  ];
}

function rowOf(item: InterchangeItem) {
  switch (item.kind) {
    case "key":
      return {kind: KIND.key, at: 0, source: 0, root: null};
    case "attestation": {
      const {targetEpoch, sourceEpoch, signingRoot} = item.record;
      return {kind: KIND.vote, at: targetEpoch, source: sourceEpoch, root: signingRoot};
    }
    case "block":
      return {kind: KIND.block, at: item.record.slot, source: 0, root: item.record.signingRoot};
    default:
      return assertNever(item);
  }
}

interface Gathered {
  readonly pubkey: Pubkey;
  readonly votes: AttestationRecord[];
  readonly blocks: BlockRecord[];
}

/** What was staged, key by key. */
async function* pagesOf(session: Session): AsyncGenerator<readonly StagedKey[]> {
  await session.query(OPEN_SORTED);
  let page: Gathered[] = [];
  let recordCount = 0;
  for (;;) {
    const rows = await session.query(FETCH);
    for (const row of rows) {
      const pubkey = toPubkey(row.pubkey);
      let key = page.at(-1);
      if (key?.pubkey !== pubkey) {
        if (page.length >= PAGE_KEY_COUNT_MAX || recordCount >= PAGE_RECORD_COUNT_MAX) {
          yield page;
          page = [];
          recordCount = 0;
        }
        key = {pubkey, votes: [], blocks: []};
        page.push(key);
      }
      addRecord(key, row);
      recordCount++;
    }
    if (rows.length < FETCHED_COUNT_MAX) break;
  }
  if (page.length > 0) yield page;
}

function addRecord({votes, blocks}: Gathered, row: Row): void {
  const signingRoot = toRootOrNull(row.signing_root);
  const kind = Number(row.kind);
  if (kind === KIND.vote) votes.push({sourceEpoch: toEpoch(row.source), targetEpoch: toEpoch(row.at), signingRoot});
  if (kind === KIND.block) blocks.push({slot: toSlot(row.at), signingRoot});
}
