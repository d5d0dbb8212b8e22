import {
  type AnswerCheck,
  type BlockOutcome,
  type ChainData,
  type ChainEvent,
  type DutyJournal,
  type DutySigner,
  type ProducedBlock,
  type ProposerDuty,
  type ProposerSettings,
  type ProposerSettingsSource,
  type Pubkey,
  type Publisher,
  type Signature,
  type SignOutcome,
  type Slot,
  type SlotClock,
  sleep,
} from "@mote/core";
import {dutyKey} from "../duty-key.ts";
import type {EpochDuties} from "../epoch-duties.ts";
import {publishWithRetry} from "../publish-with-retry.ts";
import {PASSED_BY_DETAIL, type SlotService} from "../slot-service.ts";
import type {PayloadReveal} from "./payload-reveal.ts";
import {checkProducedBlock} from "./produced-block-check.ts";
import type {RandaoReveals} from "./randao-reveals.ts";

export interface ProposalServiceInit {
  /** Milliseconds into the slot. */
  readonly attestationDueMs: (slot: Slot) => number;
  /** Gloas. */
  readonly hasBid: (slot: Slot) => boolean;
  /** The keys are shares: what the block holds of the proposer's is the cluster's work, and judged by the gate alone. */
  readonly distributed: boolean;
  /** Builders know whom this proposal pays by the present settings, as far as it can be told. */
  readonly isToldToBuilders: (duty: ProposerDuty) => boolean;
  /** A block is out: what became of it is to be seen. */
  readonly onPublished: (duty: ProposerDuty, produced: ProducedBlock) => void;
}

export interface ProposalServiceComponents {
  readonly duties: Pick<
    EpochDuties<ProposerDuty>,
    "dutiesAt" | "dutiesOf" | "ensureThisEpoch" | "ensureCurrent" | "onChainEvent"
  >;
  readonly randao: RandaoReveals;
  readonly reveal: PayloadReveal;
  readonly settings: ProposerSettingsSource;
  readonly chainData: Pick<ChainData, "block">;
  readonly signer: Pick<DutySigner, "signBlock">;
  readonly publisher: Pick<Publisher, "publishBlock">;
  readonly journal: DutyJournal;
  readonly slotClock: SlotClock;
}

type Made = Extract<BlockOutcome, {kind: "block"}>;
type Signed = Extract<SignOutcome, {kind: "signed"}>;

/** The blocks of one slot. */
interface Begun {
  readonly slot: Slot;
  /** Whose block was asked for. */
  readonly keys: Set<Pubkey>;
}

/** Share of the slot that is kept for publishing: a block that comes later than this is of no use. */
const PUBLISH_SHARE = 1 / 6;
/** Between two tries to learn who proposes, when the slot has begun. */
const DUTIES_PAUSE_MS = 250;

/** Proposes: at the very start of the slot, by the shortest way from the block's arrival to its publication. */
export class ProposalService implements SlotService {
  /** The last slot that was begun. */
  #begun: Begun = {slot: -1 as Slot, keys: new Set()};
  readonly #init: ProposalServiceInit;
  readonly #c: ProposalServiceComponents;

  constructor(init: ProposalServiceInit, components: ProposalServiceComponents) {
    this.#init = init;
    this.#c = components;
  }

  async onSlot(slot: Slot, signal: AbortSignal): Promise<void> {
    const {duties, randao} = this.#c;
    this.#closeUnbegun();
    // Its own, not the service's: duties that are told late may come when the next slot has begun.
    const begun: Begun = {slot, keys: new Set()};
    this.#begun = begun;
    const known = this.#proposeAll(begun, signal);
    const ahead = randao.prepare(slot, () => duties.dutiesAt((slot + 1) as Slot), signal);
    // What the slot's first moments tell anew: duties that were missing, or that rest on the epoch's own start.
    if (await this.#learnDuties(slot, signal)) await this.#proposeAll(begun, signal);
    await Promise.all([known, ahead]);
  }

  onPassedBy(slot: Slot): void {
    for (const duty of this.#c.duties.dutiesAt(slot))
      this.#c.journal.fail(dutyKey("proposal", duty), "SLOT_PASSED_BY", PASSED_BY_DETAIL);
  }

  onChainEvent(event: ChainEvent): void {
    this.#c.duties.onChainEvent(event);
  }

  ensureThisEpoch(): Promise<boolean> {
    return this.#c.duties.ensureThisEpoch();
  }

  async lookAhead(): Promise<void> {
    await this.#c.duties.ensureCurrent();
  }

  /** Asks until the attestations are due: a block later than these finds no votes. With a breath before it, in which the known ones leave. */
  async #learnDuties(slot: Slot, signal: AbortSignal): Promise<boolean> {
    const {duties, slotClock} = this.#c;
    const untilMs = slotClock.startMs(slot) + this.#init.attestationDueMs(slot);
    await sleep(slotClock, 0, signal);
    while (!signal.aborted) {
      if (await duties.ensureThisEpoch()) return true;
      if (slotClock.nowMs() + DUTIES_PAUSE_MS >= untilMs) return false;
      await sleep(slotClock, DUTIES_PAUSE_MS, signal);
    }
    return false;
  }

  /** Duties of the last slot that were learnt of when nothing could be done any more. */
  #closeUnbegun(): void {
    const {duties, journal} = this.#c;
    const {slot, keys} = this.#begun;
    for (const duty of duties.dutiesAt(slot))
      if (!keys.has(duty.pubkey))
        journal.fail(dutyKey("proposal", duty), "BEACON_DATA_LATE", "the duty was learnt of when its slot had begun");
  }

  async #proposeAll({slot, keys}: Begun, signal: AbortSignal): Promise<void> {
    const fresh = this.#c.duties.dutiesAt(slot).filter(({pubkey}) => !keys.has(pubkey));
    for (const {pubkey} of fresh) keys.add(pubkey);
    await Promise.all(fresh.map((duty) => this.#propose(duty, signal)));
  }

  async #propose(duty: ProposerDuty, signal: AbortSignal): Promise<void> {
    const {journal, randao, signer, slotClock} = this.#c;
    const key = dutyKey("proposal", duty);
    journal.reached(key, "seen", slotClock.nowMs());
    const reveal = await randao.of(duty);
    if (reveal.kind === "refused") return journal.fail(key, reveal.reason, reveal.detail);

    const made = await this.#block(duty, reveal.signature);
    if (made.kind === "failed") return journal.fail(key, made.reason, made.detail);
    const dataMs = slotClock.nowMs();
    const outcome = await signer.signBlock(duty.pubkey, made.produced);
    if (outcome.kind === "refused") {
      journal.reached(key, "data", dataMs);
      return journal.fail(key, outcome.reason, outcome.detail);
    }
    await this.#publish(duty, made, {outcome, dataMs}, signal);
  }

  #block(duty: ProposerDuty, randaoReveal: Signature): Promise<BlockOutcome> {
    const {chainData, settings, slotClock} = this.#c;
    const {pubkey, slot, validatorIndex: proposerIndex} = duty;
    const wishes = settings.settingsOf(pubkey);
    const isBuilderAllowed = wishes.builder.isEnabled && this.#init.isToldToBuilders(duty);
    const {slotDurationMs} = slotClock.timing;
    return chainData.block({
      slot,
      proposerIndex,
      randaoReveal,
      graffiti: wishes.graffiti,
      builderBoostFactor: isBuilderAllowed ? wishes.builder.boostFactor : 0n,
      untilMs: slotClock.startMs(slot) + slotDurationMs * (1 - PUBLISH_SHARE),
      check: this.#check(duty, randaoReveal, wishes, isBuilderAllowed),
    });
  }

  #check(
    {slot, validatorIndex: proposerIndex}: ProposerDuty,
    randaoReveal: Signature,
    {feeRecipient}: ProposerSettings,
    isBuilderAllowed: boolean,
  ): AnswerCheck<ProducedBlock> {
    const {distributed, hasBid} = this.#init;
    const expected = {
      slot,
      proposerIndex,
      timestampSec: this.#c.slotClock.startMs(slot) / 1000,
      hasBid: hasBid(slot),
      randaoReveal: distributed ? null : randaoReveal,
      feeRecipient: distributed ? null : feeRecipient,
      isBuilderAllowed: isBuilderAllowed || distributed,
    };
    return (produced) => checkProducedBlock(produced, expected);
  }

  /** The request is sent before anything else is done with the block; the payload follows as soon as it may. */
  async #publish(
    duty: ProposerDuty,
    {produced, beaconNode}: Made,
    {outcome, dataMs}: {outcome: Signed; dataMs: number},
    signal: AbortSignal,
  ): Promise<void> {
    const {publisher, journal, slotClock, reveal} = this.#c;
    const key = dutyKey("proposal", duty);
    const message = {produced, signature: outcome.signature, beaconNode};
    const publishing = publishWithRetry(
      [{key, message}],
      async ([block]) => [await publisher.publishBlock(block as typeof message)],
      {journal, slotClock, signal},
    );
    journal.reached(key, "data", dataMs);
    if (outcome.recordedMs !== undefined) journal.reached(key, "recorded", outcome.recordedMs);
    journal.reached(key, "signed", outcome.signedMs);
    const blockOutcome = publishing.then(([last]) => last as NonNullable<typeof last>);
    const revealed =
      produced.kind === "bid" && produced.payload !== null
        ? reveal.reveal({duty, payload: produced.payload, beaconNode, blockOutcome}, signal)
        : null;
    await revealed;
    if ((await blockOutcome).kind === "accepted") this.#init.onPublished(duty, produced);
  }
}
