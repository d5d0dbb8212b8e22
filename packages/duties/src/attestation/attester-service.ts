import type {AttesterDuty, ChainEvent, DutyJournal, NetworkEvent, Slot} from "@mote/core";
import type {AggregationService} from "../aggregation/aggregation-service.ts";
import {dutyKey} from "../duty-key.ts";
import type {EpochDuties} from "../epoch-duties.ts";
import type {InclusionTracker} from "../inclusion/inclusion-tracker.ts";
import type {IncludedVotes} from "../network/included-votes.ts";
import {PASSED_BY_DETAIL, type SlotService} from "../slot-service.ts";
import type {AttestationService} from "./attestation-service.ts";
import type {CommitteeSubscriptions} from "./committee-subscriptions.ts";

export interface AttesterServiceComponents {
  readonly duties: EpochDuties<AttesterDuty>;
  readonly attestations: Pick<AttestationService, "vote" | "onChainEvent">;
  readonly aggregations: Pick<AggregationService, "aggregate">;
  readonly subscriptions: CommitteeSubscriptions;
  readonly inclusion: Pick<InclusionTracker, "follow">;
  /** Null: there is nobody to tell which blocks are proven. */
  readonly includedVotes: Pick<IncludedVotes, "onNetworkEvent" | "look"> | null;
  readonly journal: DutyJournal;
}

/** All that an attester does: it votes, aggregates what others voted alike, and has the beacon nodes listen to its coming committees. */
export class AttesterService implements SlotService {
  readonly #c: AttesterServiceComponents;

  constructor(components: AttesterServiceComponents) {
    this.#c = components;
  }

  async onSlot(slot: Slot, signal: AbortSignal): Promise<void> {
    const vote = await this.#c.attestations.vote(slot, signal);
    if (vote === null) return;
    this.#c.inclusion.follow(vote);
    await Promise.all([vote.published, this.#c.aggregations.aggregate(vote, signal)]);
  }

  onPassedBy(slot: Slot): void {
    for (const duty of this.#c.duties.dutiesAt(slot))
      this.#c.journal.fail(dutyKey("attestation", duty), "SLOT_PASSED_BY", PASSED_BY_DETAIL);
  }

  /** The vote that waits for a head comes first. */
  onChainEvent(event: ChainEvent): void {
    this.#c.attestations.onChainEvent(event);
    this.#c.duties.onChainEvent(event);
    this.#c.subscriptions.onChainEvent(event);
  }

  onNetworkEvent(event: NetworkEvent): void {
    this.#c.includedVotes?.onNetworkEvent(event);
  }

  ensureThisEpoch(): Promise<boolean> {
    return this.#c.duties.ensureThisEpoch();
  }

  async lookAhead(_slot: Slot, signal: AbortSignal): Promise<void> {
    await this.#c.duties.ensureCurrent();
    const {duties, subscriptions, includedVotes} = this.#c;
    await Promise.all([subscriptions.prepare(duties.allDuties(), signal), includedVotes?.look()]);
  }
}
