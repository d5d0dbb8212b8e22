import type {Pubkey, SlashingProtection, Verdict} from "@mote/core";
import {
  areSlashableProposals,
  areSlashableVotes,
  type SignedProposal,
  type SignedVote,
} from "../slashing-protection/slashability.ts";

/** Slashing protection by the naive rule, without a disk and without forgetting; slow and obvious. For tests of those who use it. */
export class MemorySlashingProtection implements SlashingProtection {
  /** Keys whose records fail; the value is the error's message. */
  readonly failures = new Map<Pubkey, string>();
  readonly #votes = new Map<Pubkey, SignedVote[]>();
  readonly #proposals = new Map<Pubkey, SignedProposal[]>();
  readonly #held: (() => void)[] = [];
  #isHolding = false;

  /** From here on no verdict is given until `release`, as with a slow disk. */
  hold(): void {
    this.#isHolding = true;
  }

  release(): void {
    this.#isHolding = false;
    for (const answer of this.#held.splice(0)) answer();
  }

  get heldCount(): number {
    return this.#held.length;
  }

  recordAttestation(pubkey: Pubkey, vote: SignedVote): Promise<Verdict> {
    return this.#answer(pubkey, () => this.#judgeVote(pubkey, vote));
  }

  recordBlock(pubkey: Pubkey, proposal: SignedProposal): Promise<Verdict> {
    return this.#answer(pubkey, () => this.#judgeProposal(pubkey, proposal));
  }

  async close(): Promise<void> {}

  async #answer(pubkey: Pubkey, judge: () => Verdict): Promise<Verdict> {
    if (this.#isHolding) await new Promise<void>((resolve) => this.#held.push(resolve));
    const failure = this.failures.get(pubkey);
    if (failure !== undefined) throw new Error(failure);
    return judge();
  }

  #judgeVote(pubkey: Pubkey, vote: SignedVote): Verdict {
    const votes = this.#votes.get(pubkey) ?? [];
    this.#votes.set(pubkey, votes);
    if (vote.sourceEpoch > vote.targetEpoch) return {kind: "refused", reason: "SOURCE_AFTER_TARGET"};
    if (
      votes.some(({targetEpoch, signingRoot}) => targetEpoch === vote.targetEpoch && signingRoot === vote.signingRoot)
    ) {
      return {kind: "already_signed"};
    }
    const other = votes.find((one) => areSlashableVotes(one, vote));
    if (other !== undefined) {
      return {kind: "refused", reason: reasonAgainst(vote, other), conflict: {kind: "attestation", ...other}};
    }
    votes.push(vote);
    return {kind: "accepted"};
  }

  #judgeProposal(pubkey: Pubkey, proposal: SignedProposal): Verdict {
    const proposals = this.#proposals.get(pubkey) ?? [];
    this.#proposals.set(pubkey, proposals);
    const other = proposals.find((one) => areSlashableProposals(one, proposal));
    if (other !== undefined) return {kind: "refused", reason: "DOUBLE_PROPOSAL", conflict: {kind: "block", ...other}};
    if (proposals.some(({slot}) => slot === proposal.slot)) return {kind: "already_signed"};
    proposals.push(proposal);
    return {kind: "accepted"};
  }
}

function reasonAgainst(vote: SignedVote, other: SignedVote): "DOUBLE_VOTE" | "SURROUNDING_VOTE" | "SURROUNDED_VOTE" {
  if (vote.targetEpoch === other.targetEpoch) return "DOUBLE_VOTE";
  return vote.targetEpoch > other.targetEpoch ? "SURROUNDING_VOTE" : "SURROUNDED_VOTE";
}
