import type {DutyKey, DutyKind, FailureReason, Log, Slot, SlotClock, ValidatorIndex} from "@mote/core";

/** More validators than this are named in JSON only. */
export const INDICES_SHOWN_MAX = 8;

/** What people call a duty's message, one and several. */
const WORDS: Readonly<Record<DutyKind, readonly [one: string, several: string]>> = {
  attestation: ["vote", "votes"],
  aggregation: ["aggregate", "aggregates"],
  proposal: ["block", "blocks"],
  payload_reveal: ["payload reveal", "payload reveals"],
  sync_message: ["sync message", "sync messages"],
  sync_contribution: ["sync contribution", "sync contributions"],
  payload_attestation: ["payload vote", "payload votes"],
};

/** Blocks are rare and dear: each that fails is said. */
const SAID_ONE_BY_ONE: ReadonlySet<DutyKind> = new Set(["proposal", "payload_reveal"]);

/** So long without the same failure, while such duties go well: it is over, and the next one is news again. */
const OVER_AFTER_SLOTS = 2;

export interface FailedDuties {
  readonly kind: DutyKind;
  readonly slot: Slot;
  readonly reason: FailureReason;
  readonly detail: string;
  readonly validators: ValidatorIndex[];
  /** Of how many of the slot, where that is known. */
  readonly outOf?: number;
}

/** A failure that goes on, by kind of duty and reason. */
interface Trouble {
  readonly kind: DutyKind;
  readonly reason: FailureReason;
  readonly firstSlot: Slot;
  lastSlot: Slot;
  count: number;
  /** Of them, those that nobody was told of. */
  keptBack: number;
  /** The slot in which it was last heard of; failures to be included are heard of an epoch late. */
  lastHeardSlot: Slot;
}

/**
 * The warnings about failed duties. What fails together is said together; what goes on failing is said once, and summed up when it is over: a beacon node that is
 * away for an hour is one trouble and not three hundred.
 */
export class FailureLog {
  readonly #c: {readonly log: Log; readonly slotClock: SlotClock};
  readonly #gathered = new Map<string, FailedDuties>();
  readonly #troubles = new Map<string, Trouble>();

  constructor(components: {readonly log: Log; readonly slotClock: SlotClock}) {
    this.#c = components;
  }

  /** One of several that may fail in the same turn: one line for all validators of a slot. */
  failed({kind, slot, validatorIndex}: DutyKey, {reason, detail}: Pick<FailedDuties, "reason" | "detail">): void {
    if (this.#gathered.size === 0) queueMicrotask(() => this.#sayGathered());
    const name = `${kind}/${slot}/${reason}`;
    const group = this.#gathered.get(name) ?? {kind, slot, reason, detail, validators: []};
    group.validators.push(validatorIndex);
    this.#gathered.set(name, group);
  }

  say(failed: FailedDuties): void {
    const {reason, detail, validators} = failed;
    const shown = validators.length <= INDICES_SHOWN_MAX ? {validators: validators.join(" ")} : {};
    const level = this.#isNews(failed) ? "warn" : "debug";
    this.#c.log[level](wordsOf(failed), {reason, detail, ...shown});
  }

  /** A duty of this kind went out: what kept others of its kind back may be over. */
  worked(kind: DutyKind): void {
    for (const [name, trouble] of this.#troubles) {
      if (trouble.kind !== kind || this.#c.slotClock.currentSlot() < trouble.lastHeardSlot + OVER_AFTER_SLOTS) continue;
      this.#troubles.delete(name);
      const {firstSlot, lastSlot, count, keptBack, reason} = trouble;
      if (keptBack > 0)
        this.#c.log.info(`slots ${firstSlot} to ${lastSlot}: ${count} ${WORDS[kind][1]} failed in all; that is over`, {
          reason,
        });
    }
  }

  #sayGathered(): void {
    for (const failed of this.#gathered.values()) this.say(failed);
    this.#gathered.clear();
  }

  #isNews({kind, slot, reason, validators}: FailedDuties): boolean {
    if (SAID_ONE_BY_ONE.has(kind)) return true;
    const name = `${kind}/${reason}`;
    const lastHeardSlot = this.#c.slotClock.currentSlot();
    const trouble = this.#troubles.get(name);
    if (trouble === undefined) {
      const count = validators.length;
      this.#troubles.set(name, {kind, reason, firstSlot: slot, lastSlot: slot, count, keptBack: 0, lastHeardSlot});
      return true;
    }
    trouble.lastSlot = slot;
    trouble.lastHeardSlot = lastHeardSlot;
    trouble.count += validators.length;
    trouble.keptBack += validators.length;
    return false;
  }
}

function wordsOf({kind, slot, validators, outOf}: FailedDuties): string {
  const [one, several] = WORDS[kind];
  if (outOf !== undefined) return `slot ${slot}: ${validators.length} of ${outOf} ${several} not cast`;
  return `slot ${slot}: ${validators.length === 1 ? one : `${validators.length} ${several}`} failed`;
}
