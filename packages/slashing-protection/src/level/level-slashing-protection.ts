import {
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
import {DamagedStoreError, ProtectionStoreClosedError, type ProtectionWriteFailedError} from "../errors.ts";
import {writeInterchange} from "../interchange/interchange-writer.ts";
import type {Proposal} from "../rules/proposal-rules.ts";
import type {Vote} from "../rules/vote-rules.ts";
import {GroupCommit} from "./group-commit.ts";
import {readHistories} from "./interchange-export.ts";
import {InterchangeImport} from "./interchange-import.ts";
import type {KeyLedger} from "./key-ledger.ts";
import {KeyLedgers} from "./key-ledgers.ts";
import {openLevelDatabase} from "./level-database.ts";
import type {OpenProtectionDatabase, ProtectionDatabase} from "./protection-database.ts";
import {type OpenedStore, openStore} from "./store-opening.ts";
import type {TailMark} from "./tail-mark.ts";

export {readGenesisValidatorsRoot} from "./store-opening.ts";

export interface LevelSlashingProtectionInit {
  /** Directory of the store. */
  readonly path: string;
  readonly genesisValidatorsRoot: Root;
  /** Votes whose target lies further behind the key's newest target are forgotten; of its blocks the newest so many are kept. */
  readonly retainEpochs: number;
  /** A missing store is refused, and not made. */
  readonly mustExist?: boolean;
}

export interface LevelSlashingProtectionComponents {
  readonly openDatabase?: OpenProtectionDatabase;
  /** Told once, when a write fails: from then on every request is refused until the store is opened again. */
  readonly onWriteFailed?: (failure: ProtectionWriteFailedError) => void;
}

/**
 * Opens the slashing protection of one data directory and holds it against any other process until closed.
 * @throws {ProtectionStoreError} by name: missing, locked, not writable, another chain's, of an unknown schema, damaged
 */
export async function openLevelSlashingProtection(
  init: LevelSlashingProtectionInit,
  components: LevelSlashingProtectionComponents = {},
): Promise<LevelSlashingProtection> {
  const {path, retainEpochs, mustExist = false} = init;
  if (parseUint(retainEpochs, "retainEpochs") < 1) throw new InvalidValueError("retainEpochs must be at least 1");
  const genesisValidatorsRoot = parseRoot(init.genesisValidatorsRoot, "genesisValidatorsRoot");
  const {openDatabase = openLevelDatabase, onWriteFailed = () => {}} = components;
  const store = await openStore({path, genesisValidatorsRoot, mustExist}, openDatabase);
  const protection = new LevelSlashingProtection({path, genesisValidatorsRoot, retainEpochs}, {store, onWriteFailed});
  try {
    await protection.recover();
  } catch (error) {
    await protection.close();
    throw error;
  }
  return protection;
}

/** Slashing protection in one data directory. Opened by {@link openLevelSlashingProtection}. */
export class LevelSlashingProtection implements SlashingProtection {
  readonly #path: string;
  readonly #genesisValidatorsRoot: Root;
  readonly #database: ProtectionDatabase;
  readonly #tailMark: TailMark;
  readonly #ledgers: KeyLedgers;
  readonly #imports: InterchangeImport;
  readonly #open = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;

  constructor(
    init: {readonly path: string; readonly genesisValidatorsRoot: Root; readonly retainEpochs: number},
    components: {
      readonly store: OpenedStore;
      readonly onWriteFailed: (failure: ProtectionWriteFailedError) => void;
    },
  ) {
    const {database, sequence, tailMark, summaries} = components.store;
    this.#path = init.path;
    this.#genesisValidatorsRoot = init.genesisValidatorsRoot;
    this.#database = database;
    this.#tailMark = tailMark;
    tailMark.note(sequence.last);
    const onWritten = (batch: number) => tailMark.note(batch);
    const commits = new GroupCommit({database, sequence, onWritten, onWriteFailed: components.onWriteFailed});
    const {retainEpochs} = init;
    this.#ledgers = new KeyLedgers({retainEpochs, summaries}, {database, commits});
    this.#imports = new InterchangeImport(init, {database, commits, ledgers: this.#ledgers});
  }

  /** Finishes or removes an import that was interrupted. To be called before any request. */
  async recover(): Promise<void> {
    await this.#whileOpen(() => this.#imports.recover());
  }

  /** Makes ready what decides the usual requests of these keys, so that their first votes find it. */
  async load(pubkeys: readonly Pubkey[]): Promise<void> {
    for (const pubkey of pubkeys) this.#ledgers.of(parsePubkey(pubkey, "pubkey"));
  }

  async recordAttestation(pubkey: Pubkey, vote: Vote): Promise<Verdict> {
    const checked: Vote = {
      sourceEpoch: parseUint(vote.sourceEpoch, "sourceEpoch") as Vote["sourceEpoch"],
      targetEpoch: parseUint(vote.targetEpoch, "targetEpoch") as Vote["targetEpoch"],
      signingRoot: parseRoot(vote.signingRoot, "signingRoot"),
    };
    return this.#whileOpen(() => this.#knownLedgerOf(pubkey).recordVote(checked));
  }

  async recordBlock(pubkey: Pubkey, proposal: Proposal): Promise<Verdict> {
    const checked: Proposal = {
      slot: parseUint(proposal.slot, "slot") as Slot,
      signingRoot: parseRoot(proposal.signingRoot, "signingRoot"),
    };
    return this.#whileOpen(() => this.#knownLedgerOf(pubkey).recordProposal(checked));
  }

  async newest(pubkey: Pubkey): Promise<NewestRecords | null> {
    return this.#whileOpen(() => this.#knownLedgerOf(pubkey).newest());
  }

  async explains(
    pubkey: Pubkey,
    vote: {readonly targetEpoch: Epoch; readonly signingRoot?: Root},
  ): Promise<Explanation> {
    return this.#whileOpen(() => this.#knownLedgerOf(pubkey).explains(vote));
  }

  async freeze(pubkey: Pubkey): Promise<void> {
    return this.#whileOpen(() => this.#knownLedgerOf(pubkey).freeze());
  }

  async thaw(pubkey: Pubkey): Promise<void> {
    return this.#whileOpen(async () => this.#knownLedgerOf(pubkey).thaw());
  }

  async importInterchange(
    source: AsyncIterable<Uint8Array> | object,
    options: ImportOptions = {},
  ): Promise<ImportReport> {
    return this.#whileOpen(() => this.#imports.run(source, options));
  }

  exportInterchange(pubkeys?: readonly Pubkey[], options: ExportOptions = {}): AsyncIterable<string> {
    const wanted = pubkeys?.map((pubkey) => parsePubkey(pubkey, "pubkey")) ?? null;
    return this.#export(wanted, options.isMinified ?? false);
  }

  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#open).then(async () => {
      await this.#database.close();
      await this.#tailMark.close();
    });
    return this.#closing;
  }

  /** The snapshot is taken when the reading begins: it has every vote whose verdict was given before, and no half of an import. */
  async *#export(pubkeys: readonly Pubkey[] | null, isMinified: boolean): AsyncGenerator<string> {
    await this.#imports.whole();
    this.#assertOpen();
    const snapshot = this.#database.snapshot();
    try {
      const init = {genesisValidatorsRoot: this.#genesisValidatorsRoot, isMinified};
      for await (const piece of writeInterchange(init, readHistories(snapshot, pubkeys))) {
        yield piece;
        this.#assertOpen();
      }
    } catch (error) {
      throw this.#located(error);
    } finally {
      await snapshot.close();
    }
  }

  #knownLedgerOf(pubkey: Pubkey): KeyLedger {
    return this.#ledgers.find(pubkey) ?? this.#ledgers.of(parsePubkey(pubkey, "pubkey"));
  }

  async #whileOpen<T>(act: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    const result = act();
    this.#open.add(result);
    try {
      return await result;
    } catch (error) {
      throw this.#located(error);
    } finally {
      this.#open.delete(result);
    }
  }

  #assertOpen(): void {
    if (this.#closing !== null) throw new ProtectionStoreClosedError("slashing protection is closed");
  }

  #located(error: unknown): unknown {
    return error instanceof DamagedStoreError ? error.at(this.#path) : error;
  }
}
