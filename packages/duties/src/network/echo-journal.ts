import {
  type Cancel,
  type DutyJournal,
  type DutyKey,
  type DutyKind,
  type DutyRecord,
  type DutyStage,
  type FailureReason,
  type NetworkEvent,
  type Slot,
  type SlotClock,
  sleep,
} from "@mote/core";
import {dutyKey} from "../duty-key.ts";
import type {SlotService} from "../slot-service.ts";
import type {ValidatorRegistry} from "../validators/validator-registry.ts";

export interface EchoJournalInit {
  /** Work beside the slots; it ends when the signal is aborted. */
  readonly inBackground: (work: (signal: AbortSignal) => Promise<void>) => void;
}

export interface EchoJournalComponents {
  readonly journal: DutyJournal;
  readonly registry: Pick<ValidatorRegistry, "validatorAt">;
  readonly slotClock: SlotClock;
}

/**
 * Done when they are out, and sent on topics that we follow, so that peers hand them back. Votes and blocks stay open by themselves, until their
 * inclusion is certain. Of aggregates and contributions no echo comes: we cannot validate their topics and do not join them.
 */
const AWAITED_KINDS: ReadonlySet<DutyKind> = new Set<DutyKind>(["sync_message", "payload_attestation"]);
/** From the start of the duty's slot on. */
const AWAITED_SLOTS = 2;

/** Writes into a duty's record that its message came back from a peer, and keeps the record of a message that is out open so long. */
export class EchoJournal implements DutyJournal, SlotService {
  readonly #init: EchoJournalInit;
  readonly #c: EchoJournalComponents;
  /** Records that are done but for the echo, by their slot and validator. */
  readonly #waiting = new Map<Slot, Map<string, DutyKey>>();

  constructor(init: EchoJournalInit, components: EchoJournalComponents) {
    this.#init = init;
    this.#c = components;
  }

  onNetworkEvent(event: NetworkEvent): void {
    // The echo of a contribution does not tell its subcommittee.
    if (event.kind !== "echo" || event.message.kind === "sync_contribution") return;
    const {kind, slot, validatorIndex} = event.message;
    const pubkey = this.#c.registry.validatorAt(validatorIndex)?.pubkey;
    if (pubkey === undefined) return;
    const key = dutyKey(kind, {slot, validatorIndex, pubkey});
    this.#c.journal.reached(key, "echoed", event.receivedMs);
    if (this.#waiting.get(slot)?.delete(nameOf(key))) this.#c.journal.close(key);
  }

  open(key: DutyKey, dueMs: number): void {
    this.#c.journal.open(key, dueMs);
  }

  withdraw(key: DutyKey): void {
    if (!this.#isDone(key)) this.#c.journal.withdraw(key);
  }

  reached(key: DutyKey, stage: DutyStage, atMs: number): void {
    if (!this.#isDone(key)) this.#c.journal.reached(key, stage, atMs);
  }

  undone(key: DutyKey, stage: "included"): void {
    this.#c.journal.undone(key, stage);
  }

  close(key: DutyKey): void {
    if (AWAITED_KINDS.has(key.kind)) this.#awaitEcho(key);
    else this.#c.journal.close(key);
  }

  fail(key: DutyKey, reason: FailureReason, detail: string): void {
    if (!this.#isDone(key)) this.#c.journal.fail(key, reason, detail);
  }

  subscribe(listener: (record: DutyRecord) => void): Cancel {
    return this.#c.journal.subscribe(listener);
  }

  #isDone(key: DutyKey): boolean {
    return this.#waiting.get(key.slot)?.has(nameOf(key)) === true;
  }

  #awaitEcho(key: DutyKey): void {
    const known = this.#waiting.get(key.slot);
    const ofSlot = known ?? new Map<string, DutyKey>();
    this.#waiting.set(key.slot, ofSlot.set(nameOf(key), key));
    if (known === undefined) this.#init.inBackground((signal) => this.#closeLater(key.slot, signal));
  }

  /** What comes after that says nothing of how the slot's messages travelled. At once when Mote stops. */
  async #closeLater(slot: Slot, signal: AbortSignal): Promise<void> {
    const {journal, slotClock} = this.#c;
    const endMs = slotClock.startMs((slot + AWAITED_SLOTS) as Slot);
    if (!signal.aborted) await sleep(slotClock, endMs - slotClock.nowMs(), signal);
    const keys = [...(this.#waiting.get(slot)?.values() ?? [])];
    this.#waiting.delete(slot);
    for (const key of keys) journal.close(key);
  }
}

const nameOf = ({kind, validatorIndex}: DutyKey): string => `${kind}/${validatorIndex}`;
