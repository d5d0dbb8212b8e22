import {
  abbreviate,
  assertNever,
  type Cancel,
  type Epoch,
  type Log,
  type Pubkey,
  type ValidatorIndex,
  type ValidatorInfo,
  type ValidatorStatus,
  type ValidatorStatuses,
} from "@mote/core";
import {Complaint} from "../complaint.ts";
import type {Refusal, SigningPurpose} from "../safety/refusal.ts";

/** Statuses whose validators have duties now, or may have them within the next epoch. */
const STATUSES_WITH_DUTIES: ReadonlySet<ValidatorStatus> = new Set([
  "pending_queued",
  "active_ongoing",
  "active_exiting",
]);
/** Of a slashed validator these begin weeks after the slashing: it is history, and no sign of a second signer now. */
const STATUSES_LONG_OVER: ReadonlySet<ValidatorStatus> = new Set(["withdrawal_possible", "withdrawal_done"]);
/** Selection proofs are made ahead of the epoch in which they count. */
const EPOCHS_AHEAD_MAX = 1;

/** Which of our keys are validators, and which of those may still sign. Keys come and go while it is used. */
export class ValidatorRegistry {
  readonly #pubkeys: Set<Pubkey>;
  readonly #statuses: ValidatorStatuses;
  readonly #log: Log;
  readonly #notRead: Complaint;
  readonly #known = new Map<Pubkey, ValidatorInfo>();
  /** Keys that came later, and for which nobody has answered yet. */
  readonly #unread = new Set<Pubkey>();
  readonly #pubkeysByIndex = new Map<ValidatorIndex, Pubkey>();
  readonly #slashedListeners = new Set<(validators: readonly ValidatorInfo[]) => void>();

  constructor(
    init: {readonly pubkeys: readonly Pubkey[]},
    components: {readonly statuses: ValidatorStatuses; readonly log: Log},
  ) {
    this.#pubkeys = new Set(init.pubkeys);
    this.#statuses = components.statuses;
    this.#log = components.log;
    this.#notRead = new Complaint({what: "validator statuses not read"}, components);
  }

  /**
   * Asks the chain for the statuses of all keys. What was known stays when nobody answers.
   * @returns false when no beacon node answered
   */
  refresh(): Promise<boolean> {
    return this.#read([...this.#pubkeys]);
  }

  /** Takes in keys that came later; until their statuses are read they have no duties. */
  add(pubkeys: readonly Pubkey[]): void {
    for (const pubkey of pubkeys) {
      if (!this.#pubkeys.has(pubkey)) this.#unread.add(pubkey);
      this.#pubkeys.add(pubkey);
    }
  }

  /** Asks for the statuses of keys that were added and for which nobody has answered yet. @returns as {@link ValidatorRegistry.refresh} */
  async readAdded(): Promise<boolean> {
    return this.#unread.size === 0 || (await this.#read([...this.#unread]));
  }

  /** From here on the keys have no duties and are refused everything. */
  remove(pubkeys: readonly Pubkey[]): void {
    for (const pubkey of pubkeys) {
      this.#pubkeys.delete(pubkey);
      this.#unread.delete(pubkey);
      const index = this.#known.get(pubkey)?.index;
      if (index !== undefined) this.#pubkeysByIndex.delete(index);
      this.#known.delete(pubkey);
    }
  }

  /**
   * Called with those of our validators that an answer shows slashed for the first time; one whose slashing was weeks old when we first asked is
   * left out. The listener must not throw.
   */
  onSlashed(listener: (validators: readonly ValidatorInfo[]) => void): Cancel {
    this.#slashedListeners.add(listener);
    return () => this.#slashedListeners.delete(listener);
  }

  /** Validators that have duties now, or may have them within the next epoch. */
  withDuties(): readonly ValidatorInfo[] {
    return [...this.#known.values()].filter(hasDuties);
  }

  /** Indices to ask duties for, ascending. */
  indicesWithDuties(): readonly ValidatorIndex[] {
    return indicesOf(this.withDuties());
  }

  /** Indices to ask sync-committee duties for, ascending: a committee keeps its members, whatever becomes of them. */
  indicesForSyncDuties(): readonly ValidatorIndex[] {
    return indicesOf([...this.#known.values()]);
  }

  /** Null for a key that the chain does not know. */
  infoOf(pubkey: Pubkey): ValidatorInfo | null {
    return this.#known.get(pubkey) ?? null;
  }

  /** Our key that has this index; null: none is known. */
  validatorAt(index: ValidatorIndex): ValidatorInfo | null {
    const pubkey = this.#pubkeysByIndex.get(index);
    return pubkey === undefined ? null : this.infoOf(pubkey);
  }

  /** Why the chain's statuses forbid a signature in `epoch`; null when they do not. */
  refusalOf(pubkey: Pubkey, purpose: SigningPurpose, epoch: Epoch): Refusal | null {
    if (!this.#pubkeys.has(pubkey)) return notActive(`${abbreviate(pubkey)} is no key of this node`);
    if (purpose === "administer") return null;
    const info = this.#known.get(pubkey);
    if (info === undefined) return notActive("the chain does not know this key");
    switch (purpose) {
      case "sync":
        return null;
      case "attest":
      case "propose":
        return isActive(info, epoch) ? null : notActive(`validator ${info.index} is ${nameOf(info)}`);
      default:
        return assertNever(purpose);
    }
  }

  /** How many of our keys the chain knows, and how many of these have duties. */
  counts(): {readonly total: number; readonly known: number; readonly withDuties: number} {
    return {total: this.#pubkeys.size, known: this.#known.size, withDuties: this.withDuties().length};
  }

  async #read(pubkeys: readonly Pubkey[]): Promise<boolean> {
    let infos: readonly ValidatorInfo[];
    try {
      infos = await this.#statuses.validators(pubkeys);
    } catch (error) {
      this.#notRead.failed(error);
      return false;
    }
    this.#notRead.succeeded();
    for (const pubkey of pubkeys) this.#unread.delete(pubkey);
    // A key may have been removed while the question was under way.
    const slashed = infos.filter(({pubkey}) => this.#pubkeys.has(pubkey)).filter((info) => this.#learn(info));
    if (slashed.length > 0) for (const listener of this.#slashedListeners) listener(slashed);
    return true;
  }

  /** @returns whether it shows a slashing that is new */
  #learn(info: ValidatorInfo): boolean {
    const before = this.#known.get(info.pubkey);
    // A slashing is never unlearnt: a node that lags must not bring the key back.
    const slashed = info.slashed || before?.slashed === true;
    this.#known.set(info.pubkey, {...info, slashed});
    this.#pubkeysByIndex.set(info.index, info.pubkey);
    const isNews = slashed && before?.slashed !== true;
    if (before !== undefined && (before.status !== info.status || isNews)) {
      this.#log[isNews ? "error" : "info"]("validator status changed", {
        validator: info.index,
        from: before.status,
        to: info.status,
        ...(slashed ? {slashed: "it does not sign any more"} : {}),
      });
    }
    if (!isNews || before !== undefined || !STATUSES_LONG_OVER.has(info.status)) return isNews;
    this.#log.warn("a validator of these keys was slashed long ago: remove its key", {validator: info.index});
    return false;
  }
}

const hasDuties = (info: ValidatorInfo): boolean => STATUSES_WITH_DUTIES.has(info.status) && !info.slashed;

/** By epochs, since a status is read once an epoch and changes in between. */
const isActive = (info: ValidatorInfo, epoch: Epoch): boolean =>
  hasDuties(info) && info.activationEpoch <= Math.max(0, epoch) + EPOCHS_AHEAD_MAX && epoch < info.exitEpoch;

const nameOf = ({status, slashed}: ValidatorInfo): string => (slashed ? "slashed" : status);

const notActive = (detail: string): Refusal => ({reason: "KEY_NOT_ACTIVE", detail});

const indicesOf = (infos: readonly ValidatorInfo[]): readonly ValidatorIndex[] =>
  infos.map(({index}) => index).sort((a, b) => a - b);
