import {
  type ChainData,
  type ChainEvent,
  type DataFailure,
  type DutyJournal,
  type DutyKey,
  type DutySigner,
  type HeadRootOutcome,
  hexToBytes,
  type Publisher,
  type Root,
  type SignOutcomes,
  type Slot,
  type SlotClock,
  type SyncDuty,
} from "@mote/core";
import {type Trigger, VoteTriggers} from "../attestation/vote-trigger.ts";
import {publishAndClose} from "../publish-and-close.ts";
import {syncMessageKey} from "./sync-keys.ts";

export interface SyncMessageServiceInit {
  /** Milliseconds into the slot. */
  readonly syncMessageDueMs: (slot: Slot) => number;
  readonly dutiesAt: (slot: Slot) => readonly SyncDuty[];
}

export interface SyncMessageServiceComponents {
  readonly chainData: Pick<ChainData, "headRoot">;
  readonly signer: Pick<DutySigner, "signSyncCommitteeMessages">;
  readonly publisher: Pick<Publisher, "publishSyncCommitteeMessages">;
  readonly journal: DutyJournal;
  readonly slotClock: SlotClock;
}

/** What the committee's messages of a slot were signed for: contributions are asked for by exactly this root. */
export interface SlotMessages {
  readonly kind: "signed";
  readonly beaconBlockRoot: Root;
  /** Resolves when the messages are out, or closed with the reason why not. */
  readonly published: Promise<void>;
}

type Seen = {readonly seenMs: number; readonly outcome: HeadRootOutcome};

const STOPPED: DataFailure = {kind: "failed", reason: "SHUTTING_DOWN", detail: ""};

/** Says which block is the head: once a slot, for all our seats in the sync committee, on the slot's head or at the due time. */
export class SyncMessageService {
  readonly #triggers: VoteTriggers;
  readonly #init: SyncMessageServiceInit;
  readonly #c: SyncMessageServiceComponents;

  constructor(init: SyncMessageServiceInit, components: SyncMessageServiceComponents) {
    this.#init = init;
    this.#c = components;
    this.#triggers = new VoteTriggers(components);
  }

  onChainEvent(event: ChainEvent): void {
    this.#triggers.onChainEvent(event);
  }

  /** No message of `slot` can be sent. */
  fail(slot: Slot, failure: Omit<DataFailure, "kind">): void {
    this.#failAll(this.#open(slot), failure);
  }

  /**
   * Signs the messages of `slot` and begins to publish them. Null when there is no seat of ours.
   * @param signal aborted when Mote stops: messages that wait for their trigger are given up
   */
  async send(slot: Slot, signal: AbortSignal): Promise<SlotMessages | DataFailure | null> {
    const opened = this.#open(slot);
    const agreed = await this.#agreedRoot(slot, signal);
    // They may have come, or have been taken back, since the slot began.
    const duties = this.#init.dutiesAt(slot);
    const keys = this.#open(slot);
    this.#withdrawAllBut(keys, opened);
    if (agreed === null) return null;

    const {seenMs, outcome} = agreed;
    for (const key of keys) this.#c.journal.reached(key, "seen", seenMs);
    if (outcome.kind === "failed") {
      this.#failAll(keys, outcome);
      return outcome;
    }
    const beaconBlockRoot = outcome.root;
    const dataMs = this.#c.slotClock.nowMs();
    for (const key of keys) this.#c.journal.reached(key, "data", dataMs);
    const results = await this.#c.signer.signSyncCommitteeMessages({slot, beaconBlockRoot}, duties);
    return {kind: "signed", beaconBlockRoot, published: this.#publish(slot, beaconBlockRoot, results, signal)};
  }

  /**
   * The root to sign. Each head event of the slot is a try that must rest on this head; at the due time the beacon nodes are asked until the
   * slot is over. Null when there is nobody to sign.
   */
  async #agreedRoot(slot: Slot, signal: AbortSignal): Promise<Seen | null> {
    const {slotClock} = this.#c;
    const dueMs = slotClock.startMs(slot) + this.#init.syncMessageDueMs(slot);
    const endMs = slotClock.startMs((slot + 1) as Slot);
    for (;;) {
      const trigger = await this.#triggers.next(slot, dueMs, signal);
      if (trigger.kind === "stopped") return {seenMs: slotClock.nowMs(), outcome: STOPPED};
      const isDue = trigger.kind === "due";
      if (this.#init.dutiesAt(slot).length === 0) {
        // Duties that are being asked for may still arrive before the messages are due.
        if (isDue) return null;
        continue;
      }
      const outcome = await this.#ask(slot, trigger, isDue ? endMs : dueMs);
      if (outcome.kind === "root" || isDue) return {seenMs: trigger.atMs, outcome};
    }
  }

  async #ask(slot: Slot, trigger: Trigger, untilMs: number): Promise<HeadRootOutcome> {
    const outcome = await this.#c.chainData.headRoot({
      slot,
      untilMs,
      ...(trigger.kind === "head" ? {head: trigger.blockRoot} : {}),
    });
    if (outcome.kind === "failed" || trigger.kind !== "head" || outcome.root === trigger.blockRoot) return outcome;
    return {kind: "failed", reason: "BEACON_DATA_INVALID", detail: "another head than the one that was asked for"};
  }

  /** Every message of the slot goes out in one request. */
  #publish(slot: Slot, root: Root, results: SignOutcomes<SyncDuty>, signal: AbortSignal): Promise<void> {
    const {publisher, journal} = this.#c;
    const beaconBlockRoot = hexToBytes(root);
    const outgoing = results.flatMap(({duty, outcome}) => {
      const key = syncMessageKey(duty, slot);
      if (outcome.kind === "refused") {
        journal.fail(key, outcome.reason, outcome.detail);
        return [];
      }
      journal.reached(key, "signed", outcome.signedMs);
      const {validatorIndex} = duty;
      return [{key, message: {slot, beaconBlockRoot, validatorIndex, signature: outcome.signature}}];
    });
    return publishAndClose(outgoing, (messages) => publisher.publishSyncCommitteeMessages(messages), {
      ...this.#c,
      signal,
    });
  }

  #open(slot: Slot): readonly DutyKey[] {
    const {journal, slotClock} = this.#c;
    const keys = this.#init.dutiesAt(slot).map((duty) => syncMessageKey(duty, slot));
    const dueMs = slotClock.startMs(slot) + this.#init.syncMessageDueMs(slot);
    for (const key of keys) journal.open(key, dueMs);
    return keys;
  }

  #withdrawAllBut(keys: readonly DutyKey[], opened: readonly DutyKey[]): void {
    const stays = new Set(keys.map(({validatorIndex}) => validatorIndex));
    for (const key of opened) if (!stays.has(key.validatorIndex)) this.#c.journal.withdraw(key);
  }

  #failAll(keys: readonly DutyKey[], {reason, detail}: Omit<DataFailure, "kind">): void {
    for (const key of keys) this.#c.journal.fail(key, reason, detail);
  }
}
