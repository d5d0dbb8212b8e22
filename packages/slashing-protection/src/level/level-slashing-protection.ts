import {
  InvalidValueError,
  type Pubkey,
  parsePubkey,
  parseRoot,
  parseUint,
  type Root,
  type SlashingProtection,
  type Slot,
  type Verdict,
} from "@mote/core";
import {
  DamagedStoreError,
  ProtectionStoreClosedError,
  type ProtectionWriteFailedError,
  UnknownSchemaVersionError,
  WrongChainError,
} from "../errors.ts";
import type {Proposal} from "../rules/proposal-rules.ts";
import type {Vote} from "../rules/vote-rules.ts";
import {decodeMeta, EVERYTHING, encodeMeta, metaKey} from "./codec.ts";
import {GroupCommit} from "./group-commit.ts";
import {KeyLedger} from "./key-ledger.ts";
import {openLevelDatabase} from "./level-database.ts";
import type {OpenProtectionDatabase, ProtectionDatabase} from "./protection-database.ts";

const SCHEMA_VERSION = "1";

export interface LevelSlashingProtectionInit {
  /** Directory of the store; created when missing. */
  readonly path: string;
  readonly genesisValidatorsRoot: Root;
  /** Votes whose target lies further behind the key's newest target are forgotten; of its blocks the newest so many are kept. */
  readonly retainEpochs: number;
}

export interface LevelSlashingProtectionComponents {
  readonly openDatabase?: OpenProtectionDatabase;
  /** Told once, when a write fails: from then on every request is refused until the store is opened again. */
  readonly onWriteFailed?: (failure: ProtectionWriteFailedError) => void;
}

/**
 * Opens the slashing protection of one data directory and holds it against any other process until closed.
 * @throws {ProtectionStoreError} by name: locked, not writable, another chain's, of an unknown schema, damaged
 */
export async function openLevelSlashingProtection(
  init: LevelSlashingProtectionInit,
  components: LevelSlashingProtectionComponents = {},
): Promise<LevelSlashingProtection> {
  if (parseUint(init.retainEpochs, "retainEpochs") < 1) throw new InvalidValueError("retainEpochs must be at least 1");
  const genesisValidatorsRoot = parseRoot(init.genesisValidatorsRoot, "genesisValidatorsRoot");
  const database = await (components.openDatabase ?? openLevelDatabase)(init.path);
  try {
    await claimForChain(database, init.path, genesisValidatorsRoot);
  } catch (error) {
    await database.close();
    throw error;
  }
  const onWriteFailed = components.onWriteFailed ?? (() => {});
  return new LevelSlashingProtection({retainEpochs: init.retainEpochs}, {database, onWriteFailed});
}

/** Writes chain and schema into a new store; a store that has them must have ours. */
async function claimForChain(database: ProtectionDatabase, path: string, wanted: Root): Promise<void> {
  const schemaVersion = await readMeta(database, "schema_version");
  if (schemaVersion === null) {
    // What lost its facts would otherwise be taken for a new store, of any chain.
    const [found] = await database.entries(EVERYTHING, 1);
    if (found !== undefined) throw new DamagedStoreError(`slashing protection at ${path} does not say whose it is`);
    const facts = [encodeMeta("schema_version", SCHEMA_VERSION), encodeMeta("genesis_validators_root", wanted)];
    await database.batch(
      facts.map((fact) => ({type: "put", ...fact})),
      {sync: true},
    );
    return;
  }
  if (schemaVersion !== SCHEMA_VERSION) {
    throw new UnknownSchemaVersionError(
      `slashing protection at ${path} has schema version ${schemaVersion}; this Mote reads ${SCHEMA_VERSION}`,
    );
  }
  const stored = parseRoot(await readMeta(database, "genesis_validators_root"), `genesis validators root in ${path}`);
  if (stored !== wanted) throw new WrongChainError(path, {stored, wanted});
}

async function readMeta(database: ProtectionDatabase, name: string): Promise<string | null> {
  const key = metaKey(name);
  const value = await database.get(key);
  return value === undefined ? null : decodeMeta({key, value});
}

/** Slashing protection in one data directory. Opened by {@link openLevelSlashingProtection}. */
export class LevelSlashingProtection implements SlashingProtection {
  readonly #retainEpochs: number;
  readonly #database: ProtectionDatabase;
  readonly #commits: GroupCommit;
  readonly #ledgers = new Map<Pubkey, KeyLedger>();
  readonly #open = new Set<Promise<Verdict>>();
  #closing: Promise<void> | null = null;

  constructor(
    init: {readonly retainEpochs: number},
    components: {
      readonly database: ProtectionDatabase;
      readonly onWriteFailed: (failure: ProtectionWriteFailedError) => void;
    },
  ) {
    this.#retainEpochs = init.retainEpochs;
    this.#database = components.database;
    this.#commits = new GroupCommit(components);
  }

  /**
   * Reads ahead what decides the usual requests of these keys: the first votes then wait for no disk, and damage shows before the first duty.
   * @throws {DamagedStoreError} when what was written for one of them is not there any more
   */
  async load(pubkeys: readonly Pubkey[]): Promise<void> {
    for (const pubkey of pubkeys) await this.#ledgerOf(pubkey).load();
  }

  async recordAttestation(pubkey: Pubkey, vote: Vote): Promise<Verdict> {
    const checked: Vote = {
      sourceEpoch: parseUint(vote.sourceEpoch, "sourceEpoch") as Vote["sourceEpoch"],
      targetEpoch: parseUint(vote.targetEpoch, "targetEpoch") as Vote["targetEpoch"],
      signingRoot: parseRoot(vote.signingRoot, "signingRoot"),
    };
    return this.#whileOpen(() => this.#ledgerOf(pubkey).recordVote(checked));
  }

  async recordBlock(pubkey: Pubkey, proposal: Proposal): Promise<Verdict> {
    const checked: Proposal = {
      slot: parseUint(proposal.slot, "slot") as Slot,
      signingRoot: parseRoot(proposal.signingRoot, "signingRoot"),
    };
    return this.#whileOpen(() => this.#ledgerOf(pubkey).recordProposal(checked));
  }

  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#open).then(() => this.#database.close());
    return this.#closing;
  }

  #ledgerOf(pubkey: Pubkey): KeyLedger {
    // Two spellings of one key must not get two ledgers.
    const name = parsePubkey(pubkey, "pubkey");
    let ledger = this.#ledgers.get(name);
    if (ledger === undefined) {
      const init = {pubkey: name, retainEpochs: this.#retainEpochs};
      ledger = new KeyLedger(init, {database: this.#database, commits: this.#commits});
      this.#ledgers.set(name, ledger);
    }
    return ledger;
  }

  async #whileOpen(record: () => Promise<Verdict>): Promise<Verdict> {
    if (this.#closing !== null) throw new ProtectionStoreClosedError("slashing protection is closed");
    const verdict = record();
    this.#open.add(verdict);
    try {
      return await verdict;
    } finally {
      this.#open.delete(verdict);
    }
  }
}
