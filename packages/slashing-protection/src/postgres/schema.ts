import {type Clock, messageOf, parseRoot, type Root, sleep} from "@mote/core";
import {
  DamagedStoreError,
  ProtectionStoreMissingError,
  ProtectionStoreNotWritableError,
  ProtectionStoreUnreachableError,
  UnknownSchemaVersionError,
  WrongChainError,
} from "../errors.ts";
import {ATTEMPT_COUNT_MAX, FIRST_PAUSE_MS} from "./limits.ts";
import {isRetryable, type Session} from "./session.ts";

const SCHEMA_VERSION = "1";
const UINT64_MAX = "18446744073709551615";
const UNDEFINED_TABLE = "42P01";
const INSUFFICIENT_PRIVILEGE = "42501";
/** duplicate_table, duplicate_object, unique_violation (in the catalogue): another node makes the same tables at this moment. */
const MADE_BY_ANOTHER: ReadonlySet<string> = new Set(["42P07", "42710", "23505"]);

const uint64 = (column: string, isRequired = true): string =>
  `${column} numeric(20) ${isRequired ? "NOT NULL " : ""}CHECK (${column} BETWEEN 0 AND ${UINT64_MAX})`;

/**
 * The constraints hold against any client, also one that is not Mote: a message that was signed here is the only record of its target or
 * slot (`twin` counts the records of one target or slot; only imports bring more than one), and no record is without its key's summary.
 */
const TABLES = [
  "CREATE TABLE IF NOT EXISTS mote_protection_facts (name text PRIMARY KEY, value text NOT NULL)",
  `CREATE TABLE IF NOT EXISTS mote_protection_keys (
    pubkey bytea PRIMARY KEY CHECK (octet_length(pubkey) = 48),
    ${uint64("watermark_source", false)},
    ${uint64("watermark_target", false)},
    ${uint64("newest_source", false)},
    ${uint64("newest_target", false)},
    ${uint64("watermark_slot", false)},
    ${uint64("newest_slot", false)},
    kept_block_count bigint NOT NULL DEFAULT 0,
    CHECK ((newest_target IS NULL) = (newest_source IS NULL)),
    CHECK ((newest_target IS NULL) = (watermark_target IS NULL)),
    CHECK ((newest_target IS NULL) = (watermark_source IS NULL)),
    CHECK ((newest_slot IS NULL) = (watermark_slot IS NULL)),
    CHECK (watermark_target <= newest_target AND watermark_source <= newest_source),
    CHECK (watermark_slot <= newest_slot)
  )`,
  `CREATE TABLE IF NOT EXISTS mote_protection_votes (
    pubkey bytea NOT NULL REFERENCES mote_protection_keys (pubkey),
    ${uint64("target")},
    twin integer NOT NULL,
    ${uint64("source")},
    signing_root bytea CHECK (octet_length(signing_root) = 32),
    is_imported boolean NOT NULL,
    PRIMARY KEY (pubkey, target, twin),
    CHECK (is_imported OR (twin = 0 AND source <= target AND signing_root IS NOT NULL))
  )`,
  `CREATE TABLE IF NOT EXISTS mote_protection_blocks (
    pubkey bytea NOT NULL REFERENCES mote_protection_keys (pubkey),
    ${uint64("slot")},
    twin integer NOT NULL,
    signing_root bytea CHECK (octet_length(signing_root) = 32),
    is_imported boolean NOT NULL,
    PRIMARY KEY (pubkey, slot, twin),
    CHECK (is_imported OR (twin = 0 AND signing_root IS NOT NULL))
  )`,
  // What an import has read so far. Each transaction sees only its own rows and takes them away before it commits.
  `CREATE TABLE IF NOT EXISTS mote_protection_imports (
    pubkey bytea NOT NULL,
    kind integer NOT NULL,
    at numeric(20) NOT NULL,
    source numeric(20) NOT NULL,
    signing_root bytea
  )`,
];

/** What Mote does to the tables, done to no row: the database looks at the rights all the same. */
const WRITES = [
  "UPDATE mote_protection_keys SET newest_target = newest_target WHERE false",
  ...["keys", "votes", "blocks", "imports"].map(
    (name) => `INSERT INTO mote_protection_${name} SELECT * FROM mote_protection_${name} WHERE false`,
  ),
  ...["votes", "blocks", "imports"].map((name) => `DELETE FROM mote_protection_${name} WHERE false`),
];

type Queries = Pick<Session, "query">;

export interface Claim {
  readonly genesisValidatorsRoot: Root;
  readonly mustExist: boolean;
  readonly shownUrl: string;
}

/**
 * Makes the tables where there are none, also while other nodes do the same; tables that are there must be this chain's.
 * @throws {ProtectionStoreError} by name: missing, another chain's, of an unknown schema, damaged
 */
export async function claimForChain(session: Queries, claim: Claim, clock: Clock): Promise<void> {
  if (await isClaimed(session, claim)) return;
  if (claim.mustExist) {
    throw new ProtectionStoreMissingError(claim.shownUrl);
  }
  for (const text of TABLES) await makeTable(session, text, clock);
  await assertNoRecords(session, claim.shownUrl);
  const text =
    "INSERT INTO mote_protection_facts (name, value) VALUES ('schema_version', $1), ('genesis_validators_root', $2) ON CONFLICT (name) DO NOTHING";
  await session.query({text}, [SCHEMA_VERSION, claim.genesisValidatorsRoot]);
  if (!(await isClaimed(session, claim)))
    throw new DamagedStoreError("it does not say whose it is", {path: claim.shownUrl});
}

/**
 * So that a user without the rights is told so at the start, and not by the first vote.
 * @throws {ProtectionStoreNotWritableError}
 */
export async function assertWritable(session: Queries, {shownUrl}: Pick<Claim, "shownUrl">): Promise<void> {
  try {
    for (const text of WRITES) await session.query({text});
  } catch (cause) {
    if (sqlStateOf(cause) !== INSUFFICIENT_PRIVILEGE) throw cause;
    throw new ProtectionStoreNotWritableError(
      `the database ${shownUrl} does not let this user write the slashing protection (${messageOf(cause)}): grant it SELECT, INSERT, UPDATE and DELETE`,
      {cause},
    );
  }
}

/** Whether the database holds this chain's slashing protection; false when it holds none. @throws as {@link claimForChain} */
export async function isClaimed(session: Queries, {genesisValidatorsRoot, shownUrl}: Claim): Promise<boolean> {
  const facts = await readFacts(session);
  const version = facts.get("schema_version");
  if (version === undefined) return false;
  if (version !== SCHEMA_VERSION) {
    throw new UnknownSchemaVersionError(
      `slashing protection in the database ${shownUrl} has schema version ${version}; this Mote reads ${SCHEMA_VERSION}`,
    );
  }
  const stored = parseRoot(facts.get("genesis_validators_root"), `genesis validators root in ${shownUrl}`);
  if (stored !== genesisValidatorsRoot) throw new WrongChainError(shownUrl, {stored, wanted: genesisValidatorsRoot});
  return true;
}

async function readFacts(session: Queries): Promise<Map<unknown, unknown>> {
  try {
    const rows = await session.query({text: "SELECT name, value FROM mote_protection_facts"});
    return new Map(rows.map(({name, value}) => [name, value]));
  } catch (error) {
    if (sqlStateOf(error) === UNDEFINED_TABLE) return new Map();
    throw error;
  }
}

async function makeTable(session: Queries, text: string, clock: Clock): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await session.query({text});
      return;
    } catch (error) {
      const mayPass = isRetryable(error) || MADE_BY_ANOTHER.has(sqlStateOf(error) ?? "");
      if (!mayPass || attempt === ATTEMPT_COUNT_MAX) throw error;
      await sleep(clock, FIRST_PAUSE_MS * 2 ** attempt);
    }
  }
}

/** What lost its facts would otherwise be taken for a new store, of any chain. */
async function assertNoRecords(session: Queries, shownUrl: string): Promise<void> {
  const text = "SELECT 1 FROM mote_protection_keys WHERE NOT EXISTS (SELECT 1 FROM mote_protection_facts) LIMIT 1";
  if ((await session.query({text})).length > 0) {
    throw new DamagedStoreError("it does not say whose it is", {path: shownUrl});
  }
}

const sqlStateOf = (error: unknown): string | null =>
  error instanceof ProtectionStoreUnreachableError ? error.sqlState : ((error as {code?: string} | null)?.code ?? null);
