import assert from "node:assert/strict";
import type {BlockRecord, RecordedSlot, Verdict} from "@mote/core";
import {highest, isBeyondSafe, isSameBlockRecord, isSameProposal, lowest} from "./memory-history.ts";
import {areSlashableProposals, type SignedProposal} from "./slashability.ts";

type Refusal = Extract<Verdict, {kind: "refused"}>;

/** All that is known of one key's blocks, as `VoteRecollection` knows its votes. */
export class ProposalRecollection {
  readonly known: BlockRecord[] = [];
  readonly #retainCount: number;
  #first: RecordedSlot | null = null;
  #shown: RecordedSlot | null = null;

  constructor(init: {readonly retainCount: number}) {
    this.#retainCount = init.retainCount;
  }

  get size(): number {
    return this.known.length;
  }

  afterVerdict(proposal: SignedProposal, verdict: Verdict): void {
    const told = `${proposal.slot} ${proposal.signingRoot} ${verdict.kind} ${"reason" in verdict ? verdict.reason : ""}`;
    const isKnown = this.known.some((other) => isSameProposal(other, proposal));
    if (verdict.kind === "already_signed") assert(isKnown, `called signed, but was not: ${told}`);
    if (verdict.kind === "accepted") {
      const slashable = this.known.filter((other) => areSlashableProposals(other, proposal));
      assert.deepEqual(slashable, [], `accepted beside what makes it slashable: ${told}`);
      assert(!isKnown, `accepted for the second time: ${told}`);
      const isAbove = this.#shown === null || proposal.slot > this.#shown;
      assert(isAbove, `accepted at or below the minimum ${this.#shown}: ${told}`);
      this.#begin(proposal.slot);
      this.known.push(proposal);
    }
    if (verdict.kind === "refused") {
      const isSurelyKept = isKnown && proposal.slot > this.#highestPossibleMinimum();
      const isGrounded = this.#isConflict(proposal, verdict) || this.#isBelowMinimum(proposal, verdict);
      assert(isGrounded && !isSurelyKept, `refused without ground: ${told}`);
    }
  }

  afterImport(proposals: readonly BlockRecord[]): void {
    if (proposals.length === 0) return;
    this.#begin(lowest(proposals.map(({slot}) => slot)));
    for (const proposal of proposals) this.#remember(proposal);
  }

  afterExport(proposals: readonly BlockRecord[]): void {
    const strange = proposals.filter((proposal) => !this.known.some((other) => isSameBlockRecord(other, proposal)));
    const isMinimum = strange.every(
      ({slot, signingRoot}) => signingRoot === null && slot <= this.#highestPossibleMinimum(),
    );
    assert(strange.length <= 1 && isMinimum, `exported, but never seen: ${strange.map(({slot}) => slot)}`);
    const kept = this.known.filter(({slot}) => slot > this.#highestPossibleMinimum());
    const missing = kept.filter((proposal) => !proposals.some((other) => isSameBlockRecord(other, proposal)));
    assert.deepEqual(missing, [], "to be kept, but not exported");
    const slots = proposals.map(({slot}) => slot);
    // A slot above 2^53−1 blocks the key.
    if (slots.some(isBeyondSafe)) return;
    const minimum = slots.length === 0 ? null : lowest(slots);
    for (const proposal of this.known) {
      const isOnRecord = proposals.some((other) => isSameBlockRecord(other, proposal));
      const isCovered = isOnRecord || (minimum !== null && proposal.slot <= minimum);
      assert(isCovered, `an import of this export would allow another block for slot ${proposal.slot}`);
    }
    const isMinimumKept = this.#shown === null || (minimum !== null && minimum >= this.#shown);
    assert(isMinimumKept, `an import of this export would have a minimum below ${this.#shown}`);
  }

  afterMove(proposals: readonly BlockRecord[]): void {
    if (proposals.length === 0) return;
    for (const proposal of proposals) this.#remember(proposal);
    this.#first = lowest(proposals.map(({slot}) => slot));
  }

  #begin(slot: RecordedSlot): void {
    this.#first ??= slot;
    this.#shown ??= slot;
  }

  #remember(proposal: BlockRecord): void {
    if (!this.known.some((other) => isSameBlockRecord(other, proposal))) this.known.push(proposal);
  }

  #isConflict(proposal: SignedProposal, {reason, conflict}: Refusal): boolean {
    return (
      reason === "DOUBLE_PROPOSAL" &&
      conflict?.kind === "block" &&
      areSlashableProposals(conflict, proposal) &&
      this.known.some((other) => isSameBlockRecord(other, conflict))
    );
  }

  #isBelowMinimum(proposal: SignedProposal, {reason, conflict}: Refusal): boolean {
    if (reason !== "SLOT_NOT_ABOVE_MINIMUM" || conflict?.kind !== "watermark") return false;
    const {slot} = conflict;
    if (slot === undefined || slot > this.#highestPossibleMinimum()) return false;
    assert(this.#shown === null || slot >= this.#shown, `the minimum went down from ${this.#shown} to ${slot}`);
    this.#shown = slot;
    return proposal.slot <= slot;
  }

  /** The newest `retainCount` are kept, and something older was there to be forgotten. */
  #highestPossibleMinimum(): RecordedSlot {
    if (this.#first === null) return -1 as RecordedSlot;
    const slots = this.known.map(({slot}) => slot).sort((a, b) => (a > b ? -1 : 1));
    const newestForgotten = slots[this.#retainCount] ?? this.#first;
    return highest([this.#first, newestForgotten, ...slots.filter(isBeyondSafe)]);
  }
}
