import type {altair} from "@lodestar/types";
import {
  type ChainData,
  type DataFailure,
  type DutyJournal,
  type DutySigner,
  messageOf,
  type Publisher,
  type Root,
  type Signature,
  type Slot,
  type SlotClock,
  sleep,
} from "@mote/core";
import {publishAndClose} from "../publish-and-close.ts";
import {checkContribution} from "./contribution-check.ts";
import {contributionKey, type SyncSelection} from "./sync-keys.ts";

export interface ContributionServiceInit {
  /** Milliseconds into the slot. */
  readonly contributionDueMs: (slot: Slot) => number;
  /** Where our validators have seats in the committee of a slot. */
  readonly selectionsAt: (slot: Slot) => readonly SyncSelection[];
  /** The selection proof of a validator that aggregates for its subcommittee, else null. */
  readonly aggregatorProofOf: (selection: SyncSelection) => Signature | null;
}

export interface ContributionServiceComponents {
  readonly chainData: Pick<ChainData, "syncCommitteeContribution">;
  readonly signer: Pick<DutySigner, "signContributionAndProof">;
  readonly publisher: Pick<Publisher, "publishContributions">;
  readonly journal: DutyJournal;
  readonly slotClock: SlotClock;
}

export interface Aggregator {
  readonly selection: SyncSelection;
  readonly selectionProof: Signature;
}

/** Sums up the messages of a subcommittee, where our validators were selected to. */
export class ContributionService {
  readonly #init: ContributionServiceInit;
  readonly #c: ContributionServiceComponents;

  constructor(init: ContributionServiceInit, components: ContributionServiceComponents) {
    this.#init = init;
    this.#c = components;
  }

  /** Writes down who is known to aggregate in `slot`. */
  open(slot: Slot): readonly Aggregator[] {
    const {journal, slotClock} = this.#c;
    const aggregators = this.#init.selectionsAt(slot).flatMap((selection) => {
      const selectionProof = this.#init.aggregatorProofOf(selection);
      return selectionProof === null ? [] : [{selection, selectionProof}];
    });
    const dueMs = slotClock.startMs(slot) + this.#init.contributionDueMs(slot);
    for (const {selection} of aggregators) journal.open(contributionKey(selection), dueMs);
    return aggregators;
  }

  /** As {@link ContributionService.open}, when duties may have changed: who was written down and aggregates no more is taken back. */
  reopen(slot: Slot, opened: readonly Aggregator[]): readonly Aggregator[] {
    const nameOf = ({selection}: Aggregator) => `${selection.validatorIndex}/${selection.subcommitteeIndex}`;
    const aggregators = this.open(slot);
    const stays = new Set(aggregators.map(nameOf));
    for (const one of opened) if (!stays.has(nameOf(one))) this.#c.journal.withdraw(contributionKey(one.selection));
    return aggregators;
  }

  /** Nothing can be aggregated. */
  fail(aggregators: readonly Aggregator[], {reason, detail}: Omit<DataFailure, "kind">): void {
    for (const {selection} of aggregators) this.#c.journal.fail(contributionKey(selection), reason, detail);
  }

  /**
   * Waits for the due time and for the slot's selection proofs, and contributes.
   * @param beaconBlockRoot what our own messages were signed for; contributions to another block are not ours to make, whatever the head is now
   */
  async contribute(
    {
      slot,
      opened,
      beaconBlockRoot,
      prepared,
    }: {
      readonly slot: Slot;
      /** Who was written down when the slot began. */
      readonly opened: readonly Aggregator[];
      readonly beaconBlockRoot: Root;
      /** Resolves when no more selection proofs will come. */
      readonly prepared: Promise<unknown>;
    },
    signal: AbortSignal,
  ): Promise<void> {
    const {slotClock} = this.#c;
    const endMs = slotClock.startMs((slot + 1) as Slot);
    const known = this.reopen(slot, opened);
    await sleep(slotClock, slotClock.startMs(slot) + this.#init.contributionDueMs(slot) - slotClock.nowMs(), signal);
    await Promise.race([prepared, sleep(slotClock, endMs - slotClock.nowMs(), signal)]);
    const aggregators = this.reopen(slot, known);
    if (signal.aborted) {
      this.fail(aggregators, {reason: "SHUTTING_DOWN", detail: ""});
      return;
    }
    const bySubcommittee = Map.groupBy(aggregators, ({selection}) => selection.subcommitteeIndex);
    await Promise.all(
      [...bySubcommittee].map(([subcommitteeIndex, group]) =>
        this.#contribute(group, {slot, subcommitteeIndex, beaconBlockRoot, untilMs: endMs}, signal),
      ),
    );
  }

  /** One subcommittee: one question, and one request out, so that it waits for no other. */
  async #contribute(
    aggregators: readonly Aggregator[],
    request: Parameters<ChainData["syncCommitteeContribution"]>[0],
    signal: AbortSignal,
  ): Promise<void> {
    const {journal, slotClock, publisher} = this.#c;
    const contribution = await this.#contribution(aggregators, request);
    if (contribution === null) return;
    const dataMs = slotClock.nowMs();
    const outgoing = [];
    for (const {selection, selectionProof} of aggregators) {
      const key = contributionKey(selection);
      journal.reached(key, "data", dataMs);
      const message = {aggregatorIndex: selection.validatorIndex, contribution, selectionProof};
      const outcome = await this.#c.signer.signContributionAndProof(selection.pubkey, message);
      if (outcome.kind === "refused") journal.fail(key, outcome.reason, outcome.detail);
      else {
        journal.reached(key, "signed", outcome.signedMs);
        outgoing.push({key, message: {message, signature: outcome.signature}});
      }
    }
    await publishAndClose(outgoing, (contributions) => publisher.publishContributions(contributions), {
      journal,
      slotClock,
      signal,
    });
  }

  async #contribution(
    aggregators: readonly Aggregator[],
    request: Parameters<ChainData["syncCommitteeContribution"]>[0],
  ): Promise<altair.SyncCommitteeContribution | null> {
    try {
      const contribution = await this.#c.chainData.syncCommitteeContribution(request);
      const wrong = checkContribution(contribution, request);
      if (wrong === null) return contribution;
      this.fail(aggregators, wrong);
    } catch (error) {
      this.fail(aggregators, {reason: "NO_CONTRIBUTION", detail: messageOf(error)});
    }
    return null;
  }
}
