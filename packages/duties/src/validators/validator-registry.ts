import type {Epoch, Log, Pubkey, ValidatorIndex, ValidatorInfo, ValidatorStatus, ValidatorStatuses} from "@mote/core";
import {Complaint} from "../complaint.ts";

/** Statuses whose validators have duties now, or may have them within the next epoch. */
const STATUSES_WITH_DUTIES: ReadonlySet<ValidatorStatus> = new Set([
  "pending_queued",
  "active_ongoing",
  "active_exiting",
]);

/** Which of our keys are validators, and which of those may still sign. */
export class ValidatorRegistry {
  readonly #pubkeys: readonly Pubkey[];
  readonly #statuses: ValidatorStatuses;
  readonly #log: Log;
  readonly #notRead: Complaint;
  readonly #known = new Map<Pubkey, ValidatorInfo>();

  constructor(
    init: {readonly pubkeys: readonly Pubkey[]},
    components: {readonly statuses: ValidatorStatuses; readonly log: Log},
  ) {
    this.#pubkeys = init.pubkeys;
    this.#statuses = components.statuses;
    this.#log = components.log;
    this.#notRead = new Complaint({what: "validator statuses not read"}, components);
  }

  /**
   * Asks the chain for the statuses of all keys. What was known stays when nobody answers.
   * @returns false when no beacon node answered
   */
  async refresh(): Promise<boolean> {
    let infos: readonly ValidatorInfo[];
    try {
      infos = await this.#statuses.validators(this.#pubkeys);
    } catch (error) {
      this.#notRead.failed(error);
      return false;
    }
    this.#notRead.succeeded();
    const ours = new Set(this.#pubkeys);
    for (const info of infos) if (ours.has(info.pubkey)) this.#learn(info);
    return true;
  }

  /** Validators that have duties now, or may have them within the next epoch. */
  withDuties(): readonly ValidatorInfo[] {
    return [...this.#known.values()].filter((info) => STATUSES_WITH_DUTIES.has(info.status) && !info.slashed);
  }

  /** Indices to ask duties for, ascending. */
  indicesWithDuties(): readonly ValidatorIndex[] {
    return this.withDuties()
      .map((info) => info.index)
      .sort((a, b) => a - b);
  }

  /** Whether the key may sign votes of `epoch`. False for a key that the chain does not know, has exited, or was slashed. */
  mayAttest(pubkey: Pubkey, epoch: Epoch): boolean {
    const info = this.#known.get(pubkey);
    return info !== undefined && !info.slashed && STATUSES_WITH_DUTIES.has(info.status) && epoch < info.exitEpoch;
  }

  /** How many of our keys the chain knows, and how many of these have duties. */
  counts(): {readonly total: number; readonly known: number; readonly withDuties: number} {
    return {total: this.#pubkeys.length, known: this.#known.size, withDuties: this.indicesWithDuties().length};
  }

  #learn(info: ValidatorInfo): void {
    const before = this.#known.get(info.pubkey);
    // A slashing is never unlearnt: a node that lags must not bring the key back.
    const slashed = info.slashed || before?.slashed === true;
    this.#known.set(info.pubkey, {...info, slashed});
    if (before !== undefined && (before.status !== info.status || before.slashed !== slashed)) {
      const say = slashed && !before.slashed ? "error" : "info";
      this.#log[say]("validator status changed", {
        validator: info.index,
        from: before.status,
        to: info.status,
        ...(slashed ? {slashed: "it does not sign any more"} : {}),
      });
    }
  }
}
