import {
  type Clock,
  type Epoch,
  type Explanation,
  type ExportOptions,
  type ImportOptions,
  type ImportReport,
  InvalidValueError,
  type NewestRecords,
  type Pubkey,
  parsePubkey,
  parseRoot,
  parseUint,
  type Root,
  type SlashingProtection,
  type Slot,
  type Verdict,
} from "@mote/core";
import {ProtectionStoreClosedError} from "../errors.ts";
import {toByteStream} from "../interchange/byte-stream.ts";
import {writeInterchange} from "../interchange/interchange-writer.ts";
import type {Proposal} from "../rules/proposal-rules.ts";
import {explanationOf, judgeVote, type Vote} from "../rules/vote-rules.ts";
import {BlockRecorder} from "./block-recorder.ts";
import {readConnectionSettings} from "./connection-settings.ts";
import {prepareSession} from "./durability.ts";
import {EXPORT_TRANSACTION, readHistories} from "./export.ts";
import {importInterchange} from "./import.ts";
import {KeptVote} from "./kept-vote.ts";
import {
  BULK_CONNECTION_COUNT_MAX,
  BULK_IDLE_MS_MAX,
  BULK_STATEMENT_MS_MAX,
  CONNECTION_COUNT_MAX,
  OPENING_MS_MAX,
  READING_MS_MAX,
} from "./limits.ts";
import {monotonicClock} from "./monotonic-clock.ts";
import {RequestLane} from "./request-lane.ts";
import {SUMMARY_COLUMNS, toBytes, toSummary} from "./rows.ts";
import {assertWritable, claimForChain} from "./schema.ts";
import type {Session} from "./session.ts";
import {type DatabaseState, Sessions} from "./sessions.ts";
import {VoteLookup} from "./vote-lookup.ts";
import {VotePruner} from "./vote-pruner.ts";
import {VoteRecorder} from "./vote-recorder.ts";

const SUMMARY = {
  name: "mote_summary",
  text: `SELECT ${SUMMARY_COLUMNS} FROM mote_protection_keys WHERE pubkey = $1::bytea`,
};

export interface PostgresSlashingProtectionInit {
  /** `postgres://user@host:port/database`, with TLS and other parameters as the driver knows them (`?sslmode=verify-full&sslrootcert=…`). */
  readonly url: string;
  /** Holds the user's password in one line, and is not everybody's to read. Absent: the password of the URL. */
  readonly passwordFile?: string | undefined;
  readonly genesisValidatorsRoot: Root;
  /** Votes whose target lies further behind the key's newest target are forgotten; of its blocks the newest so many are kept. */
  readonly retainEpochs: number;
  /** Refuse a database without slashing protection instead of making the tables. */
  readonly mustExist?: boolean | undefined;
}

export interface PostgresSlashingProtectionComponents {
  /** Told when the database goes out of service, and when it is back. Meanwhile every request is refused. */
  readonly onStateChange?: (state: DatabaseState) => void;
  readonly clock?: Clock;
}

/**
 * Opens the slashing protection that a set of nodes shares in one PostgreSQL database.
 * @throws {ProtectionStoreError} by name: not reachable, not durable, read-only, missing, another chain's, of an unknown schema
 */
export async function openPostgresSlashingProtection(
  init: PostgresSlashingProtectionInit,
  components: PostgresSlashingProtectionComponents = {},
): Promise<PostgresSlashingProtection> {
  if (parseUint(init.retainEpochs, "retainEpochs") < 1) throw new InvalidValueError("retainEpochs must be at least 1");
  const genesisValidatorsRoot = parseRoot(init.genesisValidatorsRoot, "genesisValidatorsRoot");
  const {connectionString, shownUrl} = await readConnectionSettings(init);
  const {clock = monotonicClock, onStateChange = () => {}} = components;
  const claim = {genesisValidatorsRoot, mustExist: init.mustExist ?? false, shownUrl};
  const keptVote = new KeptVote();
  let isOpen = false;
  const prepare = async (session: Pick<Session, "query">): Promise<void> => {
    await prepareSession(session, shownUrl);
    if (!isOpen) return;
    // The address may lead elsewhere by now: to another database, or to one that was made anew, or is older.
    await claimForChain(session, {...claim, mustExist: true}, clock);
    await keptVote.assertKept(session, shownUrl);
  };
  const address = {connectionString, shownUrl};
  const sessions = new Sessions(
    {...address, connectionCountMax: CONNECTION_COUNT_MAX, statementMsMax: READING_MS_MAX, idleMsMax: 0},
    {clock, prepare, onStateChange: (state) => isOpen && onStateChange(state)},
  );
  try {
    await sessions.useRetrying(OPENING_MS_MAX, async (session) => {
      await claimForChain(session, claim, clock);
      await assertWritable(session, claim);
    });
  } catch (error) {
    await sessions.close();
    throw error;
  }
  isOpen = true;
  const bulkSessions = new Sessions(
    {
      ...address,
      connectionCountMax: BULK_CONNECTION_COUNT_MAX,
      statementMsMax: BULK_STATEMENT_MS_MAX,
      idleMsMax: BULK_IDLE_MS_MAX,
    },
    {clock, prepare, onStateChange: () => {}},
  );
  return new PostgresSlashingProtection(
    {genesisValidatorsRoot, retainEpochs: init.retainEpochs},
    {sessions, bulkSessions, keptVote, clock},
  );
}

/** Slashing protection in a database that several nodes share. Opened by {@link openPostgresSlashingProtection}. */
export class PostgresSlashingProtection implements SlashingProtection {
  readonly #genesisValidatorsRoot: Root;
  readonly #sessions: Sessions;
  readonly #bulkSessions: Sessions;
  readonly #votes: RequestLane<Vote>;
  readonly #blocks: RequestLane<Proposal>;
  readonly #lookup: VoteLookup;
  readonly #pruner: VotePruner;
  readonly #frozen = new Set<Pubkey>();
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;

  constructor(
    init: {readonly genesisValidatorsRoot: Root; readonly retainEpochs: number},
    components: {
      readonly sessions: Sessions;
      readonly bulkSessions: Sessions;
      readonly keptVote: KeptVote;
      readonly clock: Clock;
    },
  ) {
    const {sessions, keptVote, clock} = components;
    this.#genesisValidatorsRoot = init.genesisValidatorsRoot;
    this.#sessions = sessions;
    this.#bulkSessions = components.bulkSessions;
    this.#lookup = new VoteLookup({sessions});
    this.#pruner = new VotePruner(init, {sessions});
    const votes = new VoteRecorder({sessions, clock, keptVote, pruner: this.#pruner});
    const blocks = new BlockRecorder(init, {sessions});
    this.#votes = new RequestLane({clock, decide: (batch, timeoutMs) => votes.decide(batch, timeoutMs)});
    this.#blocks = new RequestLane({clock, decide: (batch, timeoutMs) => blocks.decide(batch, timeoutMs)});
  }

  async recordAttestation(pubkey: Pubkey, vote: Vote): Promise<Verdict> {
    const key = parsePubkey(pubkey, "pubkey");
    const checked: Vote = {
      sourceEpoch: parseUint(vote.sourceEpoch, "sourceEpoch") as Epoch,
      targetEpoch: parseUint(vote.targetEpoch, "targetEpoch") as Epoch,
      signingRoot: parseRoot(vote.signingRoot, "signingRoot"),
    };
    return this.#whileOpen(async () => {
      if (this.#frozen.has(key)) return FROZEN;
      const hopeless = checked.sourceEpoch > checked.targetEpoch;
      return hopeless ? judgeVote(checked, [], null) : this.#votes.ask(key, checked);
    });
  }

  async recordBlock(pubkey: Pubkey, proposal: Proposal): Promise<Verdict> {
    const key = parsePubkey(pubkey, "pubkey");
    const checked: Proposal = {
      slot: parseUint(proposal.slot, "slot") as Slot,
      signingRoot: parseRoot(proposal.signingRoot, "signingRoot"),
    };
    return this.#whileOpen(async () => (this.#frozen.has(key) ? FROZEN : this.#blocks.ask(key, checked)));
  }

  async newest(pubkey: Pubkey): Promise<NewestRecords | null> {
    const key = toBytes(parsePubkey(pubkey, "pubkey"));
    return this.#whileOpen(async () => {
      const [row] = await this.#sessions.useRetrying(READING_MS_MAX, (session) => session.query(SUMMARY, [key]));
      if (row === undefined) return null;
      const {votes, proposals} = toSummary(row);
      if (votes === null && proposals === null) return null;
      return {
        sourceEpoch: votes?.newestSourceEpoch ?? null,
        targetEpoch: votes?.newestTargetEpoch ?? null,
        slot: proposals?.newestSlot ?? null,
      };
    });
  }

  async explains(
    pubkey: Pubkey,
    vote: {readonly targetEpoch: Epoch; readonly signingRoot?: Root},
  ): Promise<Explanation> {
    const key = parsePubkey(pubkey, "pubkey");
    const targetEpoch = parseUint(vote.targetEpoch, "targetEpoch") as Epoch;
    const signingRoot = vote.signingRoot === undefined ? undefined : parseRoot(vote.signingRoot, "signingRoot");
    return this.#whileOpen(async () => explanationOf(signingRoot, await this.#lookup.votesAt(key, targetEpoch)));
  }

  /** In this process: other nodes go on with the key until they are told so too. */
  async freeze(pubkey: Pubkey): Promise<void> {
    const key = parsePubkey(pubkey, "pubkey");
    return this.#whileOpen(async () => {
      this.#frozen.add(key);
      await this.#settled();
    });
  }

  async thaw(pubkey: Pubkey): Promise<void> {
    const key = parsePubkey(pubkey, "pubkey");
    return this.#whileOpen(async () => void this.#frozen.delete(key));
  }

  async importInterchange(
    source: AsyncIterable<Uint8Array> | object,
    options: ImportOptions = {},
  ): Promise<ImportReport> {
    return this.#whileOpen(async () => {
      const session = await this.#bulkSessions.lease();
      try {
        const init = {genesisValidatorsRoot: this.#genesisValidatorsRoot};
        return await importInterchange(session, toByteStream(source), init, options);
      } finally {
        session.release();
      }
    });
  }

  async *exportInterchange(pubkeys?: readonly Pubkey[], options: ExportOptions = {}): AsyncGenerator<string> {
    this.#assertOpen();
    const keys = pubkeys === undefined ? null : ascending(pubkeys.map((pubkey) => parsePubkey(pubkey, "pubkey")));
    const init = {genesisValidatorsRoot: this.#genesisValidatorsRoot, isMinified: options.isMinified ?? false};
    await this.#settled();
    const session = await this.#bulkSessions.lease();
    let isDone = false;
    try {
      await session.query({text: `BEGIN ${EXPORT_TRANSACTION}`});
      await session.query({text: `SET LOCAL statement_timeout = ${BULK_STATEMENT_MS_MAX}`});
      await session.query({text: `SET LOCAL idle_in_transaction_session_timeout = ${BULK_STATEMENT_MS_MAX}`});
      yield* writeInterchange(init, readHistories(session, keys));
      await session.query({text: "COMMIT"});
      isDone = true;
    } finally {
      // Whoever stops in the middle leaves a transaction open.
      if (isDone) session.release();
      else session.abandon();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#settled().then(async () => {
      await Promise.all([this.#sessions.close(), this.#bulkSessions.close()]);
    });
    return this.#closing;
  }

  /** When all that is under way at the time of the call is decided, and what that left to forget is forgotten. */
  async #settled(): Promise<void> {
    await Promise.allSettled([...this.#underWay]);
    await this.#pruner.settled();
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw new ProtectionStoreClosedError("slashing protection is closed");
  }

  async #whileOpen<T>(work: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    const result = work();
    this.#underWay.add(result);
    try {
      return await result;
    } finally {
      this.#underWay.delete(result);
    }
  }
}

const FROZEN: Verdict = {kind: "refused", reason: "KEY_FROZEN"};

const ascending = (pubkeys: readonly Pubkey[]): readonly Pubkey[] => [...new Set(pubkeys)].sort();
