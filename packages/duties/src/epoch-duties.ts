import type {
  ChainEvent,
  DutyJournal,
  DutyKey,
  Epoch,
  Log,
  Pubkey,
  Root,
  Slot,
  SlotClock,
  ValidatorIndex,
} from "@mote/core";
import {Complaint} from "./complaint.ts";
import type {ValidatorRegistry} from "./validators/validator-registry.ts";

export interface EpochDuty {
  readonly pubkey: Pubkey;
  readonly validatorIndex: ValidatorIndex;
  readonly slot: Slot;
}

export interface EpochAnswer<Duty> {
  /** The last block before `dependentEpoch`. */
  readonly dependentRoot: Root;
  readonly dependentEpoch: Epoch;
  /** Of our validators only. */
  readonly duties: readonly Duty[];
}

export interface EpochDutiesInit<Duty extends EpochDuty> {
  /** For the log. */
  readonly what: string;
  /** Rejects when nobody answers. */
  readonly ask: (epoch: Epoch, indices: readonly ValidatorIndex[]) => Promise<EpochAnswer<Duty>>;
  readonly keyOf: (duty: Duty) => DutyKey;
  /** Milliseconds into the slot. */
  readonly dueMs: (slot: Slot) => number;
  /** What was told before a fork is asked for again when it is there. */
  readonly forkEpochs: readonly Epoch[];
  /** The duties of earlier epochs are certain only once their epoch has begun: what was told before is asked for again. */
  readonly settledFrom?: Epoch;
  /** Before this epoch has begun there are no such duties, and nobody is asked. */
  readonly firstEpoch?: Epoch;
  /** Called when an epoch has other duties than before, with all of them. */
  readonly onReplaced?: (duties: readonly Duty[], epoch: Epoch) => void;
}

export interface EpochDutiesComponents {
  readonly registry: Pick<ValidatorRegistry, "indicesWithDuties">;
  readonly journal: DutyJournal;
  readonly slotClock: SlotClock;
  readonly log: Log;
}

interface Held<Duty> {
  /** Null when there was no validator to ask for. */
  readonly rest: {readonly dependentRoot: Root; readonly dependentEpoch: Epoch} | null;
  /** The indices that were asked for, as one string: duties are asked for again when it changes. */
  readonly askedFor: string;
  /** By the clock; negative before genesis. */
  readonly askedInEpoch: Epoch;
  readonly bySlot: ReadonlyMap<Slot, readonly Duty[]>;
}

/** So many other roots announced in one slot are asked after, for one epoch: a node that lies cannot keep us busy. */
const ANNOUNCEMENTS_PER_SLOT_MAX = 4;

/** A root that heads announce while the answers name another: the asked node lags, or tells a wrong one (some Lodestars for the next epoch's proposers). */
interface Contradiction {
  readonly root: Root;
  readonly askFromSlot: Slot;
  readonly pauseSlots: number;
}

/** When our validators have duties of one kind: those of this and the next epoch, kept true to the chain's shuffling. */
export class EpochDuties<Duty extends EpochDuty> {
  readonly #epochs = new Map<Epoch, Held<Duty>>();
  readonly #refreshing = new Map<Epoch, Promise<boolean>>();
  /** Dependent roots asked after in the slot that is running. */
  readonly #announced = new Map<Epoch, {slot: Slot; roots: Set<Root>}>();
  readonly #contradicted = new Map<Epoch, Contradiction>();
  readonly #init: EpochDutiesInit<Duty>;
  readonly #c: EpochDutiesComponents;
  readonly #notRead: Complaint;

  constructor(init: EpochDutiesInit<Duty>, components: EpochDutiesComponents) {
    this.#init = init;
    this.#c = components;
    this.#notRead = new Complaint({what: `${init.what} not read`}, components);
  }

  dutiesAt(slot: Slot): readonly Duty[] {
    return this.#epochs.get(this.#c.slotClock.epochOf(slot))?.bySlot.get(slot) ?? [];
  }

  /** In the order of the slots, with the block that they rest on. Null when nobody has told. */
  dutiesOf(epoch: Epoch): EpochAnswer<Duty> | null {
    const held = this.#epochs.get(epoch);
    if (held === undefined || held.rest === null) return null;
    const {dependentRoot, dependentEpoch} = held.rest;
    return {dependentRoot, dependentEpoch, duties: [...held.bySlot.values()].flat()};
  }

  /** Of all epochs that are known. */
  allDuties(): readonly Duty[] {
    return [...this.#epochs.values()].flatMap(({bySlot}) => [...bySlot.values()].flat());
  }

  /**
   * Makes sure that the epoch of now (before genesis: epoch 0) has duties for all validators of now.
   * @returns false when they could not be had
   */
  async ensureThisEpoch(): Promise<boolean> {
    const epoch = this.#currentEpoch();
    return epoch < (this.#init.firstEpoch ?? 0) || this.#ensure(epoch);
  }

  /** As {@link EpochDuties.ensureThisEpoch}, for the next epoch too; before genesis beacon nodes know no more than epoch 0. */
  async ensureCurrent(): Promise<boolean> {
    const epoch = this.#currentEpoch();
    this.#forgetBefore((epoch - 1) as Epoch);
    if (epoch < (this.#init.firstEpoch ?? 0)) return true;
    const wanted = this.#c.slotClock.currentEpoch() < 0 ? [epoch] : [epoch, (epoch + 1) as Epoch];
    const done = await Promise.all(wanted.map((each) => this.#ensure(each)));
    return done.every(Boolean);
  }

  /** A head names the blocks that the shufflings rest on; duties that rest on another one are asked for again. */
  onChainEvent(event: ChainEvent): void {
    if (event.kind === "connected") this.#askAgain();
    if (event.kind !== "head") return;
    const epoch = this.#c.slotClock.epochOf(event.slot);
    this.#compare((epoch - 1) as Epoch, event.currentEpochDependentRoot);
    this.#compare(epoch, event.nextEpochDependentRoot);
  }

  #compare(dependentEpoch: Epoch, root: Root): void {
    for (const [epoch, {rest}] of this.#epochs) {
      if (rest?.dependentEpoch !== dependentEpoch || rest.dependentRoot === root) continue;
      if (epoch < this.#currentEpoch() || !this.#isNews(epoch, root)) continue;
      void this.#refreshUnless(epoch, root);
    }
  }

  /** The answer of a node that lags is no reason to give up on an announcement: it is asked after again, with growing pauses. */
  #isNews(epoch: Epoch, root: Root): boolean {
    const slot = this.#c.slotClock.currentSlot();
    const contradiction = this.#contradicted.get(epoch);
    if (contradiction?.root === root && slot < contradiction.askFromSlot) return false;
    const known = this.#announced.get(epoch);
    const roots = known?.slot === slot ? known.roots : new Set<Root>();
    this.#announced.set(epoch, {slot, roots});
    if (roots.has(root) || roots.size >= ANNOUNCEMENTS_PER_SLOT_MAX) return false;
    roots.add(root);
    return true;
  }

  /** A question that is under way may have been answered before the chain changed. */
  async #refreshUnless(epoch: Epoch, root: Root): Promise<void> {
    await this.#refreshing.get(epoch);
    const isTold = () => this.#epochs.get(epoch)?.rest?.dependentRoot === root;
    if (isTold() || !(await this.#refresh(epoch)) || isTold()) return;
    const last = this.#contradicted.get(epoch);
    const pauseSlots = last?.root === root ? 2 * last.pauseSlots : 1;
    const askFromSlot = (this.#c.slotClock.currentSlot() + pauseSlots) as Slot;
    this.#contradicted.set(epoch, {root, askFromSlot, pauseSlots});
  }

  /** After a gap in a node's events its announcements may have been missed. */
  #askAgain(): void {
    for (const epoch of this.#epochs.keys()) {
      if (epoch >= this.#currentEpoch()) void this.#refresh(epoch);
    }
    void this.ensureCurrent();
  }

  async #ensure(epoch: Epoch): Promise<boolean> {
    const held = this.#epochs.get(epoch);
    const isWhole = held !== undefined && held.askedFor === this.#c.registry.indicesWithDuties().join();
    return isWhole && !this.#isForecast(epoch, held) ? true : this.#refresh(epoch);
  }

  /** What was told of an epoch before the chain had settled it, or before a fork, holds until the epoch begins. */
  #isForecast(epoch: Epoch, {askedInEpoch, rest}: Held<Duty>): boolean {
    if (epoch > this.#currentEpoch() || askedInEpoch >= epoch) return false;
    const {forkEpochs, settledFrom = 0} = this.#init;
    return rest?.dependentEpoch === epoch || epoch < settledFrom || forkEpochs.includes(epoch);
  }

  /** One request an epoch at a time; whoever asks meanwhile gets the answer of the running one. */
  #refresh(epoch: Epoch): Promise<boolean> {
    const running = this.#refreshing.get(epoch);
    if (running !== undefined) return running;
    const refresh = this.#fetch(epoch).finally(() => this.#refreshing.delete(epoch));
    this.#refreshing.set(epoch, refresh);
    return refresh;
  }

  async #fetch(epoch: Epoch): Promise<boolean> {
    const indices = this.#c.registry.indicesWithDuties();
    const askedInEpoch = this.#c.slotClock.currentEpoch();
    try {
      const answer = indices.length === 0 ? null : await this.#init.ask(epoch, indices);
      this.#replace(epoch, answer?.duties ?? [], {rest: answer, askedFor: indices.join(), askedInEpoch});
      this.#notRead.succeeded();
      return true;
    } catch (error) {
      this.#notRead.failed(error);
      return false;
    }
  }

  #replace(epoch: Epoch, duties: readonly Duty[], about: Omit<Held<Duty>, "bySlot">): void {
    const held = this.#epochs.get(epoch);
    const before = [...(held?.bySlot.values() ?? [])].flat();
    const ordered = duties.toSorted((a, b) => a.slot - b.slot || a.validatorIndex - b.validatorIndex);
    this.#epochs.set(epoch, {...about, bySlot: Map.groupBy(ordered, ({slot}) => slot)});
    if (JSON.stringify(before) === JSON.stringify(ordered)) return;

    const {journal, slotClock, log} = this.#c;
    if (held?.askedFor === about.askedFor) log.info("the chain has other duties", {what: this.#init.what, epoch});
    const stays = new Set(ordered.map(nameOf));
    for (const duty of before) if (!stays.has(nameOf(duty))) journal.withdraw(this.#init.keyOf(duty));
    for (const duty of ordered) {
      // A slot that was over when we learnt of it is not a duty that we could have done.
      if (slotClock.startMs((duty.slot + 1) as Slot) <= slotClock.nowMs()) continue;
      journal.open(this.#init.keyOf(duty), slotClock.startMs(duty.slot) + this.#init.dueMs(duty.slot));
    }
    this.#init.onReplaced?.(ordered, epoch);
  }

  #currentEpoch(): Epoch {
    return Math.max(0, this.#c.slotClock.currentEpoch()) as Epoch;
  }

  #forgetBefore(epoch: Epoch): void {
    for (const map of [this.#epochs, this.#announced, this.#contradicted]) {
      for (const known of map.keys()) if (known < epoch) map.delete(known);
    }
  }
}

const nameOf = ({slot, validatorIndex}: EpochDuty): string => `${slot}/${validatorIndex}`;
