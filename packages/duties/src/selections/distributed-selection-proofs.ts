import type {CommitteeSelection, DistributedSelections, Signature, SyncCommitteeSelection} from "@mote/core";
import {Complaint} from "../complaint.ts";
import {ProofBook} from "./proof-book.ts";
import type {Selection, SelectionProofSource} from "./selection-proof-source.ts";
import {SelectionSigning, type SelectionSigningComponents} from "./selection-signing.ts";

export interface DistributedSelectionProofsComponents extends SelectionSigningComponents {
  readonly selections: DistributedSelections;
}

/**
 * Selection proofs of a cluster: what our key share signs is half a word, and only the proofs that the middleware returns decide and travel.
 * Attestation committees are asked for in one request a call, sync committees in one a slot.
 */
export class DistributedSelectionProofs implements SelectionProofSource {
  /** The cluster's other members ask when the slot has begun, and the answer comes when enough of them did. */
  readonly syncLeadSlots = 0;
  readonly #book: ProofBook;
  readonly #signing: SelectionSigning;
  readonly #selections: DistributedSelections;
  readonly #notAnswered: Complaint;
  readonly #notWhole: Complaint;

  constructor(components: DistributedSelectionProofsComponents) {
    this.#book = new ProofBook(components);
    this.#signing = new SelectionSigning(components);
    this.#selections = components.selections;
    this.#notAnswered = new Complaint({what: "selections not answered"}, components);
    this.#notWhole = new Complaint({what: "selections answered in part"}, components);
  }

  async prepare(selections: readonly Selection[], signal: AbortSignal): Promise<void> {
    const claimed = this.#book.claim(selections);
    const ofCommittees = claimed.filter((selection) => !isOfSyncCommittee(selection));
    const ofSyncCommittee = Map.groupBy(claimed.filter(isOfSyncCommittee), ({slot}) => slot);
    const partial = await this.#sign(ofCommittees, committeeSelection, signal);
    const answers = [this.#ask(partial, (ours) => this.#selections.committeeSelections(ours), signal)];
    for (const ofSlot of ofSyncCommittee.values()) {
      const partialOfSlot = await this.#sign(ofSlot, syncSelection, signal);
      answers.push(this.#ask(partialOfSlot, (ours) => this.#selections.syncCommitteeSelections(ours), signal));
    }
    await Promise.all(answers);
  }

  proofOf(selection: Selection): Signature | null {
    return this.#book.get(selection);
  }

  async #sign<Own extends Selection, Message>(
    selections: readonly Own[],
    messageOf: (selection: Own, selectionProof: Signature) => Message,
    signal: AbortSignal,
  ): Promise<readonly Asked<Message>[]> {
    const signed: Asked<Message>[] = [];
    for (const selection of selections) {
      const selectionProof = await this.#signing.sign(selection, signal);
      if (selectionProof === null) this.#book.release(selection);
      else signed.push({selection, message: messageOf(selection, selectionProof)});
    }
    return signed;
  }

  /** What was asked for and left out of the answer is not asked for again: the cluster has no more to say about it. */
  async #ask<Message extends CommitteeSelection>(
    asked: readonly Asked<Message>[],
    ask: (partial: readonly Message[]) => Promise<readonly Message[]>,
    signal: AbortSignal,
  ): Promise<void> {
    if (asked.length === 0) return;
    try {
      const answer = await unlessStopped(ask(asked.map(({message}) => message)), signal);
      if (answer === null) return;
      this.#notAnswered.succeeded();
      this.#take(answer, new Map(asked.map(({selection}) => [nameOf(selection), selection])));
    } catch (error) {
      for (const {selection} of asked) this.#book.release(selection);
      this.#notAnswered.failed(error);
    }
  }

  /** Only what was asked for counts, and of each the first answer. */
  #take(answer: readonly CommitteeSelection[], asked: Map<string, Selection>): void {
    const askedCount = asked.size;
    let strangers = 0;
    for (const selection of answer) {
      const own = asked.get(nameOf(selection));
      if (own === undefined) strangers++;
      else this.#book.put(own, selection.selectionProof);
      asked.delete(nameOf(selection));
    }
    if (asked.size === 0 && strangers === 0) this.#notWhole.succeeded();
    else this.#notWhole.failed(`${asked.size} of ${askedCount} left out, ${strangers} that were not asked for`);
  }
}

/** The answer may take as long as the cluster's slowest member; a stop does not wait for it. */
function unlessStopped<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(null);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, {once: true});
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

interface Asked<Message> {
  readonly selection: Selection;
  /** Of our share. */
  readonly message: Message;
}

type SyncSelection = Selection & {readonly subcommitteeIndex: number};

const isOfSyncCommittee = (selection: Selection): selection is SyncSelection =>
  selection.subcommitteeIndex !== undefined;

const nameOf = ({validatorIndex, slot, subcommitteeIndex}: Omit<Selection, "pubkey">): string =>
  `${slot}/${validatorIndex}/${subcommitteeIndex}`;

const committeeSelection = ({validatorIndex, slot}: Selection, selectionProof: Signature): CommitteeSelection => ({
  validatorIndex,
  slot,
  selectionProof,
});

const syncSelection = (
  {validatorIndex, slot, subcommitteeIndex}: SyncSelection,
  selectionProof: Signature,
): SyncCommitteeSelection => ({validatorIndex, slot, subcommitteeIndex, selectionProof});
