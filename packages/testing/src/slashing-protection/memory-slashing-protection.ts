import {
  type ConflictingRecord,
  type Pubkey,
  parsePubkey,
  parseRoot,
  parseUint,
  type RefusalReason,
  type SlashingProtection,
  type Verdict,
} from "@mote/core";
import {areSlashableProposals, areSlashableVotes, type SignedProposal, type SignedVote} from "./slashability.ts";

/** What outlives an opening, as files do. */
export class MemoryHistory {
  readonly votes = new Map<Pubkey, SignedVote[]>();
  readonly proposals = new Map<Pubkey, SignedProposal[]>();
}

/** Slashing protection by the naive rule, without a disk and without forgetting; slow and obvious. For tests of those who use it. */
export class MemorySlashingProtection implements SlashingProtection {
  /** Keys whose records fail; the value is the error's message. */
  readonly failures = new Map<Pubkey, string>();
  readonly #history: MemoryHistory;
  readonly #held: (() => void)[] = [];
  readonly #underWay = new Set<Promise<Verdict>>();
  #isHolding = false;
  #isClosed = false;

  constructor(components: {readonly history: MemoryHistory} = {history: new MemoryHistory()}) {
    this.#history = components.history;
  }

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
    return this.#track(
      this.#answer(pubkey, (key) => {
        parseUint(vote.sourceEpoch, "source epoch");
        parseUint(vote.targetEpoch, "target epoch");
        parseRoot(vote.signingRoot, "signing root");
        return judgeVote(listOf(this.#history.votes, key), vote);
      }),
    );
  }

  recordBlock(pubkey: Pubkey, proposal: SignedProposal): Promise<Verdict> {
    return this.#track(
      this.#answer(pubkey, (key) => {
        parseUint(proposal.slot, "slot");
        parseRoot(proposal.signingRoot, "signing root");
        return judgeProposal(listOf(this.#history.proposals, key), proposal);
      }),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#underWay);
  }

  async #answer(pubkey: Pubkey, judge: (key: Pubkey) => Verdict): Promise<Verdict> {
    if (this.#isClosed) throw new Error("the protection is closed");
    if (this.#isHolding) await new Promise<void>((resolve) => this.#held.push(resolve));
    const failure = this.failures.get(pubkey);
    if (failure !== undefined) throw new Error(failure);
    return judge(parsePubkey(pubkey, "pubkey"));
  }

  #track(verdict: Promise<Verdict>): Promise<Verdict> {
    this.#underWay.add(verdict);
    const forget = () => void this.#underWay.delete(verdict);
    verdict.then(forget, forget);
    return verdict;
  }
}

/** Pushes the vote when it accepts it. */
function judgeVote(votes: SignedVote[], vote: SignedVote): Verdict {
  if (vote.sourceEpoch > vote.targetEpoch) return {kind: "refused", reason: "SOURCE_AFTER_TARGET"};
  const other = votes.find((one) => areSlashableVotes(one, vote));
  if (other !== undefined) return refused(reasonAgainst(vote, other), {kind: "attestation", ...other});
  if (votes.some(({targetEpoch}) => targetEpoch === vote.targetEpoch)) return {kind: "already_signed"};
  if (votes.length > 0) {
    const sourceEpoch = lowest(votes.map((one) => one.sourceEpoch));
    const targetEpoch = lowest(votes.map((one) => one.targetEpoch));
    const watermark: ConflictingRecord = {kind: "watermark", sourceEpoch, targetEpoch};
    if (vote.sourceEpoch < sourceEpoch) return refused("SOURCE_BELOW_MINIMUM", watermark);
    if (vote.targetEpoch <= targetEpoch) return refused("TARGET_NOT_ABOVE_MINIMUM", watermark);
  }
  votes.push(vote);
  return {kind: "accepted"};
}

/** Pushes the proposal when it accepts it. */
function judgeProposal(proposals: SignedProposal[], proposal: SignedProposal): Verdict {
  const other = proposals.find((one) => areSlashableProposals(one, proposal));
  if (other !== undefined) return refused("DOUBLE_PROPOSAL", {kind: "block", ...other});
  if (proposals.some(({slot}) => slot === proposal.slot)) return {kind: "already_signed"};
  if (proposals.length > 0) {
    const slot = lowest(proposals.map((one) => one.slot));
    if (proposal.slot < slot) return refused("SLOT_NOT_ABOVE_MINIMUM", {kind: "watermark", slot});
  }
  proposals.push(proposal);
  return {kind: "accepted"};
}

const refused = (reason: RefusalReason, conflict: ConflictingRecord): Verdict => ({kind: "refused", reason, conflict});

function reasonAgainst(vote: SignedVote, other: SignedVote): RefusalReason {
  if (vote.targetEpoch === other.targetEpoch) return "DOUBLE_VOTE";
  return vote.targetEpoch > other.targetEpoch ? "SURROUNDING_VOTE" : "SURROUNDED_VOTE";
}

const lowest = <T extends number>(values: readonly T[]): T => Math.min(...values) as T;

function listOf<T>(lists: Map<Pubkey, T[]>, pubkey: Pubkey): T[] {
  const list = lists.get(pubkey) ?? [];
  lists.set(pubkey, list);
  return list;
}
