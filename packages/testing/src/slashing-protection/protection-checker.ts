import assert from "node:assert/strict";
import type {ConflictingRecord, Pubkey, Verdict} from "@mote/core";
import {areSlashableProposals, areSlashableVotes, type SignedProposal, type SignedVote} from "./slashability.ts";

type Refusal = Extract<Verdict, {kind: "refused"}>;
type Watermark = Extract<ConflictingRecord, {kind: "watermark"}>;

/**
 * Watches the verdicts of a slashing protection and holds them against everything it ever accepted, by the naive rule and without
 * forgetting anything. Each `after…` throws an AssertionError when
 * - what was accepted is slashable together with something accepted before, or was accepted before already,
 * - something is called signed that was not, or
 * - a refusal has no ground: nothing conflicts, and no watermark that the store may have by now lies in the way.
 *
 * Verdicts of one key are given to it in the order of the requests.
 */
export class ProtectionChecker {
  readonly #retainEpochs: number;
  readonly #votes = new Map<Pubkey, SignedVote[]>();
  readonly #proposals = new Map<Pubkey, SignedProposal[]>();

  /** `retainEpochs`: how far back the store has to remember votes, and how many blocks. */
  constructor(init: {readonly retainEpochs: number}) {
    this.#retainEpochs = init.retainEpochs;
  }

  afterAttestation(pubkey: Pubkey, vote: SignedVote, verdict: Verdict): void {
    const accepted = listOf(this.#votes, pubkey);
    const isKnown = accepted.some((other) => isSameVote(other, vote));
    const slashable = accepted.filter((other) => areSlashableVotes(other, vote));
    const told = `${JSON.stringify(vote)} ${JSON.stringify(verdict)}`;

    if (verdict.kind === "already_signed") assert(isKnown, `called signed, but was not: ${told}`);
    if (verdict.kind === "accepted") {
      assert(vote.sourceEpoch <= vote.targetEpoch, `accepted with its source after its target: ${told}`);
      assert.deepEqual(slashable, [], `accepted beside what makes it slashable: ${told}`);
      assert(!isKnown, `accepted for the second time: ${told}`);
      accepted.push(vote);
    }
    if (verdict.kind === "refused" && vote.sourceEpoch <= vote.targetEpoch) {
      const isGrounded = this.#isVoteConflict(verdict, slashable) || this.#isVoteWatermark(verdict, vote, accepted);
      assert(isGrounded, `refused without ground: ${told}`);
    }
  }

  afterBlock(pubkey: Pubkey, proposal: SignedProposal, verdict: Verdict): void {
    const accepted = listOf(this.#proposals, pubkey);
    const isKnown = accepted.some((other) => isSameProposal(other, proposal));
    const slashable = accepted.filter((other) => areSlashableProposals(other, proposal));
    const told = `${JSON.stringify(proposal)} ${JSON.stringify(verdict)}`;

    if (verdict.kind === "already_signed") assert(isKnown, `called signed, but was not: ${told}`);
    if (verdict.kind === "accepted") {
      assert.deepEqual(slashable, [], `accepted beside what makes it slashable: ${told}`);
      assert(!isKnown, `accepted for the second time: ${told}`);
      accepted.push(proposal);
    }
    if (verdict.kind === "refused") {
      const {conflict} = verdict;
      const isConflict =
        verdict.reason === "DOUBLE_PROPOSAL" &&
        conflict?.kind === "block" &&
        slashable.some((other) => other.slot === conflict.slot && other.signingRoot === conflict.signingRoot);
      assert(isConflict || this.#isSlotWatermark(verdict, proposal, accepted), `refused without ground: ${told}`);
    }
  }

  #isVoteConflict({reason, conflict}: Refusal, slashable: readonly SignedVote[]): boolean {
    if (reason !== "DOUBLE_VOTE" && reason !== "SURROUNDING_VOTE" && reason !== "SURROUNDED_VOTE") return false;
    return (
      conflict?.kind === "attestation" &&
      slashable.some((other) => isSameVote(other, conflict) && other.targetEpoch === conflict.targetEpoch)
    );
  }

  #isVoteWatermark({reason, conflict}: Refusal, vote: SignedVote, accepted: readonly SignedVote[]): boolean {
    if (conflict?.kind !== "watermark" || accepted.length === 0) return false;
    const {sourceEpoch, targetEpoch} = conflict;
    if (sourceEpoch === undefined || targetEpoch === undefined) return false;
    const targets = accepted.map((other) => other.targetEpoch);
    const targetMax = Math.max(Math.min(...targets), Math.max(...targets) - this.#retainEpochs - 1);
    const forgotten = accepted.filter((other) => other.targetEpoch <= targetEpoch);
    const lowestSource = Math.min(...accepted.map((other) => other.sourceEpoch));
    const sourceMax = Math.max(lowestSource, ...forgotten.map((other) => other.sourceEpoch));
    if (targetEpoch > targetMax || sourceEpoch > sourceMax) return false;
    return reason === "SOURCE_BELOW_MINIMUM"
      ? vote.sourceEpoch < sourceEpoch
      : reason === "TARGET_NOT_ABOVE_MINIMUM" && vote.targetEpoch <= targetEpoch;
  }

  #isSlotWatermark(
    {reason, conflict}: Refusal,
    proposal: SignedProposal,
    accepted: readonly SignedProposal[],
  ): boolean {
    const slot = (conflict as Watermark | undefined)?.slot;
    if (reason !== "SLOT_NOT_ABOVE_MINIMUM" || conflict?.kind !== "watermark" || slot === undefined) return false;
    const isLowest = accepted.length > 0 && slot <= Math.min(...accepted.map((other) => other.slot));
    const above = accepted.filter((other) => other.slot > slot).length;
    return proposal.slot <= slot && (isLowest || above >= this.#retainEpochs);
  }
}

function listOf<T>(lists: Map<Pubkey, T[]>, pubkey: Pubkey): T[] {
  const list = lists.get(pubkey) ?? [];
  lists.set(pubkey, list);
  return list;
}

type Identity = {readonly signingRoot: string | null};

const isSameVote = (a: SignedVote, b: Identity & Pick<SignedVote, "sourceEpoch" | "targetEpoch">): boolean =>
  a.signingRoot === b.signingRoot && a.sourceEpoch === b.sourceEpoch && a.targetEpoch === b.targetEpoch;

const isSameProposal = (a: SignedProposal, b: SignedProposal): boolean =>
  a.signingRoot === b.signingRoot && a.slot === b.slot;
