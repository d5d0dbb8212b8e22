import type {Pubkey} from "@mote/core";
import type {GroupCommit} from "./group-commit.ts";
import {KeyLedger, type SealedSummary} from "./key-ledger.ts";
import type {ProtectionDatabase} from "./protection-database.ts";

interface Watch {
  readonly pubkeys: ReadonlySet<Pubkey>;
  readonly onLedger: (pubkey: Pubkey, ledger: KeyLedger) => void;
}

/** The ledger of each key, made when somebody first asks for it. */
export class KeyLedgers {
  readonly #retainEpochs: number;
  readonly #database: ProtectionDatabase;
  readonly #commits: GroupCommit;
  /** Of keys that nobody has asked for yet; then their ledgers hold them. */
  readonly #summaries: Map<Pubkey, SealedSummary>;
  readonly #ledgers = new Map<Pubkey, KeyLedger>();
  #watch: Watch | null = null;

  constructor(
    init: {readonly retainEpochs: number; readonly summaries: Map<Pubkey, SealedSummary>},
    components: {readonly database: ProtectionDatabase; readonly commits: GroupCommit},
  ) {
    this.#retainEpochs = init.retainEpochs;
    this.#summaries = init.summaries;
    this.#database = components.database;
    this.#commits = components.commits;
  }

  /** That of a key as `parsePubkey` gives it: two spellings of one key must not get two ledgers. */
  of(pubkey: Pubkey): KeyLedger {
    let ledger = this.#ledgers.get(pubkey);
    if (ledger === undefined) {
      const init = {pubkey, retainEpochs: this.#retainEpochs, stored: this.#summaries.get(pubkey) ?? null};
      ledger = new KeyLedger(init, {database: this.#database, commits: this.#commits});
      this.#ledgers.set(pubkey, ledger);
      this.#summaries.delete(pubkey);
      if (this.#watch?.pubkeys.has(pubkey) === true) this.#watch.onLedger(pubkey, ledger);
    }
    return ledger;
  }

  /** That of a key that somebody has asked for before. */
  find(pubkey: Pubkey): KeyLedger | undefined {
    return this.#ledgers.get(pubkey);
  }

  /** Whether the key has records, or somebody has asked for it. */
  knows(pubkey: Pubkey): boolean {
    return this.#ledgers.has(pubkey) || this.#summaries.has(pubkey);
  }

  /**
   * Calls `onLedger` for each of `pubkeys` before anybody else gets at its ledger: now for those that have one, for any other when it is
   * made. One watch at a time; returns what ends it.
   */
  watch(pubkeys: ReadonlySet<Pubkey>, onLedger: Watch["onLedger"]): () => void {
    this.#watch = {pubkeys, onLedger};
    for (const [pubkey, ledger] of this.#ledgers) {
      if (pubkeys.has(pubkey)) onLedger(pubkey, ledger);
    }
    return () => {
      this.#watch = null;
    };
  }
}
