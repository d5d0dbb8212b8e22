import type {
  ChainData,
  ChainEvent,
  DutiesSource,
  DutyJournal,
  DutySigner,
  Log,
  Publisher,
  Random,
  Signature,
  Slot,
  SlotClock,
} from "@mote/core";
import type {SelectionProofSource} from "../selections/selection-proof-source.ts";
import {PASSED_BY_DETAIL, type SlotService} from "../slot-service.ts";
import type {ValidatorRegistry} from "../validators/validator-registry.ts";
import {ContributionService} from "./contribution-service.ts";
import {SyncDuties} from "./sync-duties.ts";
import {type SyncSelection, selectionsOf} from "./sync-keys.ts";
import {SyncMessageService} from "./sync-message-service.ts";
import {SyncSubscriptions} from "./sync-subscriptions.ts";

export interface SyncCommitteeServiceInit {
  /** Milliseconds into the slot. */
  readonly syncMessageDueMs: (slot: Slot) => number;
  readonly contributionDueMs: (slot: Slot) => number;
  /** Whether the validator with this selection proof aggregates for its subcommittee. */
  readonly isAggregator: (selectionProof: Signature) => boolean;
}

export interface SyncCommitteeServiceComponents {
  readonly registry: Pick<ValidatorRegistry, "indicesForSyncDuties">;
  readonly dutiesSource: Pick<DutiesSource, "syncDuties">;
  readonly chainData: Pick<ChainData, "headRoot" | "syncCommitteeContribution">;
  readonly signer: Pick<DutySigner, "signSyncCommitteeMessages" | "signContributionAndProof">;
  readonly publisher: Pick<
    Publisher,
    "publishSyncCommitteeMessages" | "publishContributions" | "subscribeSyncCommittees"
  >;
  readonly proofs: SelectionProofSource;
  readonly journal: DutyJournal;
  readonly random: Random;
  readonly slotClock: SlotClock;
  readonly log: Log;
}

/** Everything that a seat in the sync committee asks for: messages, contributions, selection proofs and subscriptions. */
export class SyncCommitteeService implements SlotService {
  readonly #duties: SyncDuties;
  readonly #messages: SyncMessageService;
  readonly #contributions: ContributionService;
  readonly #subscriptions: SyncSubscriptions;
  readonly #proofs: SelectionProofSource;

  constructor(init: SyncCommitteeServiceInit, components: SyncCommitteeServiceComponents) {
    const {proofs} = components;
    this.#proofs = proofs;
    this.#duties = new SyncDuties({onReplaced: () => void this.#subscriptions.refresh()}, components);
    this.#messages = new SyncMessageService({...init, dutiesAt: (slot) => this.#duties.dutiesAt(slot)}, components);
    this.#contributions = new ContributionService(
      {
        ...init,
        selectionsAt: (slot) => this.#selectionsAt(slot),
        aggregatorProofOf: (selection) => {
          const proof = proofs.proofOf(selection);
          return proof !== null && init.isAggregator(proof) ? proof : null;
        },
      },
      components,
    );
    this.#subscriptions = new SyncSubscriptions({dutiesOf: (period) => this.#duties.dutiesOf(period)}, components);
  }

  onChainEvent(event: ChainEvent): void {
    this.#messages.onChainEvent(event);
    if (event.kind === "connected") void this.#subscriptions.repeat();
  }

  async onSlot(slot: Slot, signal: AbortSignal): Promise<void> {
    // What could not be made ahead: the first slot after a start, keys that may sign since now, and all proofs of a cluster.
    const prepared = this.#proofs.prepare(this.#selectionsAt(slot), signal);
    const opened = this.#contributions.open(slot);
    const messages = await this.#messages.send(slot, signal);
    if (messages?.kind !== "signed") {
      const aggregators = this.#contributions.reopen(slot, opened);
      if (messages !== null) this.#contributions.fail(aggregators, messages);
      return;
    }
    const {beaconBlockRoot, published} = messages;
    // Of duties that came since the slot began, too.
    const allPrepared = Promise.all([prepared, this.#proofs.prepare(this.#selectionsAt(slot), signal)]);
    await Promise.all([
      published,
      this.#contributions.contribute({slot, opened, beaconBlockRoot, prepared: allPrepared}, signal),
    ]);
  }

  onPassedBy(slot: Slot): void {
    const failure = {reason: "SLOT_PASSED_BY", detail: PASSED_BY_DETAIL} as const;
    this.#messages.fail(slot, failure);
    this.#contributions.fail(this.#contributions.open(slot), failure);
  }

  ensureThisEpoch(): Promise<boolean> {
    return this.#duties.ensureThisSlot();
  }

  async lookAhead(slot: Slot, signal: AbortSignal): Promise<void> {
    await this.#duties.refresh();
    await this.#subscriptions.refresh();
    for (let ahead = 1; ahead <= this.#proofs.syncLeadSlots; ahead++) {
      await this.#proofs.prepare(this.#selectionsAt((slot + ahead) as Slot), signal);
    }
  }

  #selectionsAt(slot: Slot): readonly SyncSelection[] {
    return selectionsOf(this.#duties.dutiesAt(slot), slot);
  }
}
