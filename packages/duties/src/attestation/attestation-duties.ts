import type {
  AttesterDuties,
  AttesterDuty,
  ChainEvent,
  DutiesSource,
  DutyJournal,
  DutyKey,
  Epoch,
  Log,
  Root,
  Slot,
  SlotClock,
} from "@mote/core";
import {Complaint} from "../complaint.ts";
import type {ValidatorRegistry} from "../validators/validator-registry.ts";

interface EpochDuties {
  /** Null when there was no validator to ask for. */
  readonly dependentRoot: Root | null;
  /** The indices that were asked for, as one string: duties are asked for again when it changes. */
  readonly askedFor: string;
  readonly bySlot: ReadonlyMap<Slot, readonly AttesterDuty[]>;
}

/** Knows when our validators have to attest: the duties of this and the next epoch, kept true to the chain's shuffling. */
export class AttestationDuties {
  readonly #epochs = new Map<Epoch, EpochDuties>();
  readonly #refreshing = new Map<Epoch, Promise<boolean>>();
  /** Dependent root that the chain's head last named for an epoch. */
  readonly #announced = new Map<Epoch, Root>();
  readonly #attestationDueMs: (slot: Slot) => number;
  readonly #onReplaced: (duties: readonly AttesterDuty[]) => void;
  readonly #source: DutiesSource;
  readonly #registry: ValidatorRegistry;
  readonly #journal: DutyJournal;
  readonly #slotClock: SlotClock;
  readonly #log: Log;
  readonly #notRead: Complaint;

  constructor(
    init: {
      /** Milliseconds into the slot. */
      readonly attestationDueMs: (slot: Slot) => number;
      /** Called when an epoch has new duties, with all of them. */
      readonly onReplaced: (duties: readonly AttesterDuty[]) => void;
    },
    components: {
      readonly source: DutiesSource;
      readonly registry: ValidatorRegistry;
      readonly journal: DutyJournal;
      readonly slotClock: SlotClock;
      readonly log: Log;
    },
  ) {
    this.#attestationDueMs = init.attestationDueMs;
    this.#onReplaced = init.onReplaced;
    this.#source = components.source;
    this.#registry = components.registry;
    this.#journal = components.journal;
    this.#slotClock = components.slotClock;
    this.#log = components.log;
    this.#notRead = new Complaint({what: "attester duties not read"}, components);
  }

  dutiesAt(slot: Slot): readonly AttesterDuty[] {
    return this.#epochs.get(this.#slotClock.epochOf(slot))?.bySlot.get(slot) ?? [];
  }

  /** Of all epochs that are known. */
  allDuties(): readonly AttesterDuty[] {
    return [...this.#epochs.values()].flatMap(({bySlot}) => [...bySlot.values()].flat());
  }

  /**
   * Makes sure that this and the next epoch have duties for all validators of now; before genesis only epoch 0, since beacon nodes know no
   * more then.
   * @returns false when either could not be had
   */
  async ensureCurrent(): Promise<boolean> {
    const epoch = this.#slotClock.currentEpoch();
    this.#forgetBefore((epoch - 1) as Epoch);
    const wanted = epoch < 0 ? [0] : [epoch, epoch + 1];
    const done = await Promise.all(wanted.map((each) => this.#ensure(each as Epoch)));
    return done.every(Boolean);
  }

  /** A head names the blocks that the shufflings rest on; duties that rest on another one are asked for again. */
  onChainEvent(event: ChainEvent): void {
    if (event.kind === "connected") this.#askAgain();
    if (event.kind !== "head") return;
    const epoch = this.#slotClock.epochOf(event.slot);
    this.#compare(epoch, event.currentEpochDependentRoot);
    this.#compare((epoch + 1) as Epoch, event.nextEpochDependentRoot);
  }

  #compare(epoch: Epoch, dependentRoot: Root): void {
    const held = this.#epochs.get(epoch);
    // Once a root was announced and asked for, the same announcement does not ask again: a node that lies cannot keep us busy.
    if (
      held === undefined ||
      held.dependentRoot === null ||
      held.dependentRoot === dependentRoot ||
      this.#announced.get(epoch) === dependentRoot
    )
      return;
    this.#announced.set(epoch, dependentRoot);
    this.#log.info("duties changed with the chain", {epoch});
    void this.#refresh(epoch);
  }

  /** After a gap in a node's events its announcements may have been missed. */
  #askAgain(): void {
    for (const epoch of this.#epochs.keys()) {
      if (epoch >= this.#slotClock.currentEpoch()) void this.#refresh(epoch);
    }
    void this.ensureCurrent();
  }

  async #ensure(epoch: Epoch): Promise<boolean> {
    const held = this.#epochs.get(epoch);
    if (held !== undefined && held.askedFor === this.#registry.indicesWithDuties().join()) return true;
    return this.#refresh(epoch);
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
    const indices = this.#registry.indicesWithDuties();
    try {
      const answer = indices.length === 0 ? null : await this.#source.attesterDuties(epoch, indices);
      this.#replace(epoch, answer, indices.join());
      this.#notRead.succeeded();
      return true;
    } catch (error) {
      this.#notRead.failed(error);
      return false;
    }
  }

  #replace(epoch: Epoch, answer: AttesterDuties | null, askedFor: string): void {
    const before = this.#epochs.get(epoch);
    const duties = answer?.duties ?? [];
    const bySlot = Map.groupBy(duties, (duty) => duty.slot);
    this.#epochs.set(epoch, {dependentRoot: answer?.dependentRoot ?? null, askedFor, bySlot});

    const stays = new Set(duties.map((duty) => `${duty.slot}/${duty.validatorIndex}`));
    for (const duty of [...(before?.bySlot.values() ?? [])].flat()) {
      if (!stays.has(`${duty.slot}/${duty.validatorIndex}`)) this.#journal.withdraw(attestationKey(duty));
    }
    const nowMs = this.#slotClock.nowMs();
    for (const duty of duties) {
      // A slot that was over when we learnt of it is not a duty that we could have done.
      if (this.#slotClock.startMs((duty.slot + 1) as Slot) <= nowMs) continue;
      const dueMs = this.#slotClock.startMs(duty.slot) + this.#attestationDueMs(duty.slot);
      this.#journal.open(attestationKey(duty), dueMs);
    }
    if (!sameDuties(before, bySlot)) this.#onReplaced(duties);
  }

  #forgetBefore(epoch: Epoch): void {
    for (const map of [this.#epochs, this.#announced]) {
      for (const known of map.keys()) if (known < epoch) map.delete(known);
    }
  }
}

export function attestationKey(duty: AttesterDuty): DutyKey {
  return {kind: "attestation", slot: duty.slot, validatorIndex: duty.validatorIndex, pubkey: duty.pubkey};
}

function sameDuties(before: EpochDuties | undefined, bySlot: EpochDuties["bySlot"]): boolean {
  return before !== undefined && JSON.stringify([...before.bySlot]) === JSON.stringify([...bySlot]);
}
