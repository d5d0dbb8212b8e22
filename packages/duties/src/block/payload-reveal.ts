import {
  type DutyJournal,
  type DutySigner,
  type ProposerDuty,
  type Publisher,
  type PublishOutcome,
  type SelfBuiltPayload,
  type Slot,
  type SlotClock,
  sleep,
} from "@mote/core";
import {dutyKey} from "../duty-key.ts";
import {publishAndClose} from "../publish-and-close.ts";

export interface PayloadRevealInit {
  /** Milliseconds into the slot by which a payload is to be seen. */
  readonly payloadDueMs: (slot: Slot) => number;
}

export interface PayloadRevealComponents {
  readonly signer: DutySigner;
  readonly publisher: Publisher;
  readonly journal: DutyJournal;
  readonly slotClock: SlotClock;
}

export interface SignedProposal {
  readonly duty: ProposerDuty;
  readonly payload: SelfBuiltPayload;
  /** Name of the beacon node that made the block. */
  readonly beaconNode: string;
  /** What became of the block; it may take its time. */
  readonly blockOutcome: Promise<PublishOutcome>;
}

/** Share of the slot that a payload needs to spread: the answer to its block is not waited for beyond this before the payload is due. */
const SPREAD_SHARE = 1 / 12;

/** Gloas: publishes the payload that a self-built bid promised, once its block is out and before it is due. */
export class PayloadReveal {
  readonly #init: PayloadRevealInit;
  readonly #c: PayloadRevealComponents;

  constructor(init: PayloadRevealInit, components: PayloadRevealComponents) {
    this.#init = init;
    this.#c = components;
  }

  /** Resolves when the envelope is published, or its duty closed with the reason why not. */
  async reveal({duty, payload, beaconNode, blockOutcome}: SignedProposal, signal: AbortSignal): Promise<void> {
    const {signer, publisher, journal, slotClock} = this.#c;
    const key = dutyKey("payload_reveal", duty);
    journal.open(key, slotClock.startMs(duty.slot) + this.#init.payloadDueMs(duty.slot));
    journal.reached(key, "data", slotClock.nowMs());
    const outcome = await signer.signExecutionPayloadEnvelope(duty.pubkey, payload);
    if (outcome.kind === "refused") return journal.fail(key, outcome.reason, outcome.detail);
    journal.reached(key, "signed", outcome.signedMs);

    const refused = await this.#refusal(duty.slot, blockOutcome);
    if (refused !== null) return journal.fail(key, "PUBLISH_REFUSED", "its block was refused");
    const message = {
      signed: {message: payload.envelope, signature: outcome.signature},
      blobData: payload.blobData,
      beaconNode,
    };
    await publishAndClose(
      [{key, message}],
      async ([envelope]) => [await publisher.publishExecutionPayloadEnvelope(envelope as typeof message)],
      {journal, slotClock, signal},
    );
  }

  /**
   * Waits for the block's outcome, as long as the payload can wait. A block without an answer may well be out, and its payload is worthless
   * after the due time; one that all refused has no use for it.
   */
  async #refusal(slot: Slot, blockOutcome: Promise<PublishOutcome>): Promise<PublishOutcome | null> {
    const {slotClock} = this.#c;
    const spreadMs = slotClock.timing.slotDurationMs * SPREAD_SHARE;
    const latestMs = slotClock.startMs(slot) + this.#init.payloadDueMs(slot) - spreadMs;
    const patience = new AbortController();
    const waitMs = Math.max(latestMs - slotClock.nowMs(), spreadMs);
    const outcome = await Promise.race([blockOutcome, sleep(slotClock, waitMs, patience.signal).then(() => null)]);
    patience.abort();
    return outcome?.kind === "failed" && outcome.reason === "PUBLISH_REFUSED" ? outcome : null;
  }
}
