import {
  type ConflictingRecord,
  type Epoch,
  type Explanation,
  type ExportOptions,
  type ImportOptions,
  type ImportReport,
  type NewestRecords,
  type Pubkey,
  parsePubkey,
  parseRoot,
  parseUint,
  type RecordedEpoch,
  type RecordedSlot,
  type RefusalReason,
  type Root,
  type SlashingProtection,
  type Verdict,
} from "@mote/core";
import {
  explanationBy,
  highest,
  isSameProposal,
  isSameVote,
  MemoryHistory,
  type MemoryKeyHistory,
} from "./memory-history.ts";
import {formatInterchange, mergeInterchange, readInterchange} from "./memory-interchange.ts";
import {areSlashableProposals, areSlashableVotes, type SignedProposal, type SignedVote} from "./slashability.ts";

/** Slashing protection by the naive rule, without a disk and without forgetting; slow and obvious. For tests of those who use it. */
export class MemorySlashingProtection implements SlashingProtection {
  /** Keys whose records fail; the value is the error's message. */
  readonly failures = new Map<Pubkey, string>();
  readonly #history: MemoryHistory;
  readonly #held: (() => void)[] = [];
  readonly #underWay = new Set<Promise<Verdict>>();
  readonly #frozen = new Set<Pubkey>();
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
    return this.#answer(pubkey, (key) => {
      const checked = {
        sourceEpoch: parseUint(vote.sourceEpoch, "source epoch") as Epoch,
        targetEpoch: parseUint(vote.targetEpoch, "target epoch") as Epoch,
        signingRoot: parseRoot(vote.signingRoot, "signing root"),
      };
      const verdict = judgeVote(this.#history.of(key), checked);
      if (verdict.kind === "accepted") this.#history.of(key).addVote(checked);
      return verdict;
    });
  }

  recordBlock(pubkey: Pubkey, proposal: SignedProposal): Promise<Verdict> {
    return this.#answer(pubkey, (key) => {
      const checked = {
        slot: parseUint(proposal.slot, "slot") as SignedProposal["slot"],
        signingRoot: parseRoot(proposal.signingRoot, "signing root"),
      };
      const verdict = judgeProposal(this.#history.of(key), checked);
      if (verdict.kind === "accepted") this.#history.of(key).addProposal(checked);
      return verdict;
    });
  }

  async newest(pubkey: Pubkey): Promise<NewestRecords | null> {
    const {votes, voteMinimum, proposals, slotMinimum} = this.#keyOf(pubkey);
    if (voteMinimum === null && slotMinimum === null) return null;
    const all = voteMinimum === null ? null : [...votes, voteMinimum];
    return {
      sourceEpoch: all && highest<RecordedEpoch>(all.map((vote) => vote.sourceEpoch)),
      targetEpoch: all && highest<RecordedEpoch>(all.map((vote) => vote.targetEpoch)),
      slot: slotMinimum === null ? null : highest<RecordedSlot>([slotMinimum, ...proposals.map(({slot}) => slot)]),
    };
  }

  async explains(
    pubkey: Pubkey,
    {targetEpoch, signingRoot}: {readonly targetEpoch: Epoch; readonly signingRoot?: Root},
  ): Promise<Explanation> {
    const roots = this.#keyOf(pubkey)
      .votes.filter((vote) => vote.targetEpoch === targetEpoch)
      .map((vote) => vote.signingRoot);
    return explanationBy(roots, signingRoot);
  }

  async freeze(pubkey: Pubkey): Promise<void> {
    this.#assertOpen();
    this.#frozen.add(parsePubkey(pubkey, "pubkey"));
    await Promise.allSettled(this.#underWay);
  }

  async thaw(pubkey: Pubkey): Promise<void> {
    this.#assertOpen();
    this.#frozen.delete(parsePubkey(pubkey, "pubkey"));
  }

  async importInterchange(
    source: AsyncIterable<Uint8Array> | object,
    {onProgress}: ImportOptions = {},
  ): Promise<ImportReport> {
    this.#assertOpen();
    const file = await readInterchange(source);
    const report = mergeInterchange(this.#history, file);
    const total = report.keys.length;
    onProgress?.({bytesRead: 0, recordsRead: 0, keys: {done: total, total}});
    return report;
  }

  async *exportInterchange(
    pubkeys?: readonly Pubkey[],
    {isMinified = false}: ExportOptions = {},
  ): AsyncIterable<string> {
    this.#assertOpen();
    yield formatInterchange(this.#history, {pubkeys, isMinified});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#underWay);
  }

  #keyOf(pubkey: Pubkey): MemoryKeyHistory {
    this.#assertOpen();
    return this.#history.of(parsePubkey(pubkey, "pubkey"));
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new Error("the protection is closed");
  }

  #answer(pubkey: Pubkey, judge: (key: Pubkey) => Verdict): Promise<Verdict> {
    const verdict = this.#judgeInTurn(pubkey, judge);
    this.#underWay.add(verdict);
    const forget = () => void this.#underWay.delete(verdict);
    verdict.then(forget, forget);
    return verdict;
  }

  async #judgeInTurn(pubkey: Pubkey, judge: (key: Pubkey) => Verdict): Promise<Verdict> {
    this.#assertOpen();
    const key = parsePubkey(pubkey, "pubkey");
    if (this.#frozen.has(key)) return {kind: "refused", reason: "KEY_FROZEN"};
    if (this.#isHolding) await new Promise<void>((resolve) => this.#held.push(resolve));
    const failure = this.failures.get(key);
    if (failure !== undefined) throw new Error(failure);
    return judge(key);
  }
}

function judgeVote({votes, voteMinimum}: MemoryKeyHistory, vote: SignedVote): Verdict {
  if (vote.sourceEpoch > vote.targetEpoch) return refused("SOURCE_AFTER_TARGET");
  if (votes.some((one) => isSameVote(one, vote))) return {kind: "already_signed"};
  const sameTarget = votes.find(({targetEpoch}) => targetEpoch === vote.targetEpoch);
  const other = sameTarget ?? votes.find((one) => areSlashableVotes(one, vote));
  if (other !== undefined) return refused(reasonAgainst(vote, other.targetEpoch), {kind: "attestation", ...other});
  if (voteMinimum !== null) {
    const watermark: ConflictingRecord = {kind: "watermark", ...voteMinimum};
    if (vote.sourceEpoch < voteMinimum.sourceEpoch) return refused("SOURCE_BELOW_MINIMUM", watermark);
    if (vote.targetEpoch <= voteMinimum.targetEpoch) return refused("TARGET_NOT_ABOVE_MINIMUM", watermark);
  }
  return {kind: "accepted"};
}

function judgeProposal({proposals, slotMinimum}: MemoryKeyHistory, proposal: SignedProposal): Verdict {
  if (proposals.some((one) => isSameProposal(one, proposal))) return {kind: "already_signed"};
  const other = proposals.find((one) => areSlashableProposals(one, proposal));
  if (other !== undefined) return refused("DOUBLE_PROPOSAL", {kind: "block", ...other});
  if (slotMinimum !== null && proposal.slot <= slotMinimum) {
    return refused("SLOT_NOT_ABOVE_MINIMUM", {kind: "watermark", slot: slotMinimum});
  }
  return {kind: "accepted"};
}

const refused = (reason: RefusalReason, conflict?: ConflictingRecord): Verdict =>
  conflict === undefined ? {kind: "refused", reason} : {kind: "refused", reason, conflict};

function reasonAgainst(vote: SignedVote, targetEpoch: RecordedEpoch): RefusalReason {
  if (vote.targetEpoch === targetEpoch) return "DOUBLE_VOTE";
  return vote.targetEpoch > targetEpoch ? "SURROUNDING_VOTE" : "SURROUNDED_VOTE";
}
