import type {AttesterDuty, ChainEvent, Publisher, Slot, SlotClock, ValidatorIndex} from "@mote/core";
import {Complaint, type ComplaintComponents} from "../complaint.ts";
import {aggregatorProof, type SelectionProofSource} from "../selections/selection-proof-source.ts";

export interface CommitteeSubscriptionsComponents extends ComplaintComponents {
  readonly proofs: SelectionProofSource;
  readonly publisher: Pick<Publisher, "subscribeCommittees">;
  readonly slotClock: SlotClock;
}

interface Said {
  readonly duty: AttesterDuty;
  /** Whether the proof was there that decides. */
  readonly hasProof: boolean;
  readonly isAggregator: boolean;
}

/** Selection proofs say who aggregates, and the beacon nodes are told which committees we sit in: each duty once, unless a node has come anew. */
export class CommitteeSubscriptions {
  /** What was said of each validator's duty. By numbers: with thousands of validators, making a name for each duty in each slot holds up the others. */
  readonly #said = new Map<Slot, Map<ValidatorIndex, Said>>();
  readonly #notSubscribed: Complaint;
  readonly #c: CommitteeSubscriptionsComponents;

  constructor(components: CommitteeSubscriptionsComponents) {
    this.#c = components;
    this.#notSubscribed = new Complaint({what: "committees not subscribed"}, components);
  }

  onChainEvent(event: ChainEvent): void {
    if (event.kind === "connected") this.#said.clear();
  }

  /** May be called as often as one likes: what was said is not said again. */
  async prepare(duties: readonly AttesterDuty[], signal: AbortSignal): Promise<void> {
    const {proofs, publisher, slotClock} = this.#c;
    const now = slotClock.currentSlot();
    for (const slot of this.#said.keys()) if (slot < now) this.#said.delete(slot);
    const coming = duties.filter(({slot}) => slot >= now);
    await proofs.prepare(coming, signal);
    const fresh = coming.flatMap((duty) => this.#news(duty) ?? []);
    if (fresh.length === 0 || signal.aborted) return;
    for (const one of fresh) this.#say(one);
    try {
      await publisher.subscribeCommittees(fresh.map(subscriptionOf));
      this.#notSubscribed.succeeded();
    } catch (error) {
      for (const {duty} of fresh) this.#said.get(duty.slot)?.delete(duty.validatorIndex);
      this.#notSubscribed.failed(error);
    }
  }

  /** Null when it was said. A proof is a hash to compare: each is looked at once, not in every slot. */
  #news(duty: AttesterDuty): Said | null {
    const {proofs} = this.#c;
    const said = this.#saidOf(duty);
    const hasProof = proofs.proofOf(duty) !== null;
    if (said?.hasProof === hasProof) return null;
    const news = {duty, hasProof, isAggregator: hasProof && aggregatorProof(proofs, duty) !== null};
    if (said?.isAggregator !== news.isAggregator) return news;
    this.#say(news);
    return null;
  }

  #say(said: Said): void {
    const {slot, validatorIndex} = said.duty;
    const ofSlot = this.#said.get(slot) ?? new Map<ValidatorIndex, Said>();
    this.#said.set(slot, ofSlot.set(validatorIndex, said));
  }

  /** A reshuffled duty is another one. */
  #saidOf({slot, validatorIndex, committeeIndex}: AttesterDuty): Said | undefined {
    const said = this.#said.get(slot)?.get(validatorIndex);
    return said?.duty.committeeIndex === committeeIndex ? said : undefined;
  }
}

const subscriptionOf = ({duty, isAggregator}: Said) => ({
  validatorIndex: duty.validatorIndex,
  committeeIndex: duty.committeeIndex,
  committeesAtSlot: duty.committeesAtSlot,
  slot: duty.slot,
  isAggregator,
});
