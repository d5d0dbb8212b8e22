import assert from "node:assert/strict";
import type {AttestationRecord, Explanation, RecordedEpoch, Verdict} from "@mote/core";
import {explanationBy, highest, isBeyondSafe, isSameVote, isSameVoteRecord, lowest} from "./memory-history.ts";
import {areSlashableVotes, type SignedVote} from "./slashability.ts";

type Refusal = Extract<Verdict, {kind: "refused"}>;
interface Minimum {
  readonly sourceEpoch: RecordedEpoch;
  readonly targetEpoch: RecordedEpoch;
}

/**
 * All that is known of one key's votes: what a protection accepted and imported. What the store still has of them is not known here, only
 * which minimum it may have at most (`first`, pruning, imports) and which it has shown to have (`shown`).
 */
export class VoteRecollection {
  readonly known: AttestationRecord[] = [];
  readonly #retainEpochs: number;
  /** The minimum that the records began with: the first vote, or the lowest values of the first import. */
  #first: Minimum | null = null;
  /** The highest minimum that a refusal named or that was there from the beginning. It is never lowered. */
  #shown: Minimum | null = null;

  constructor(init: {readonly retainEpochs: number}) {
    this.#retainEpochs = init.retainEpochs;
  }

  get size(): number {
    return this.known.length;
  }

  afterVerdict(vote: SignedVote, verdict: Verdict): void {
    const told = `${describe(vote)} ${verdict.kind} ${"reason" in verdict ? `${verdict.reason} ${describe(verdict.conflict)}` : ""}`;
    const isKnown = this.known.some((other) => isSameVote(other, vote));
    if (verdict.kind === "already_signed") assert(isKnown, `called signed, but was not: ${told}`);
    if (verdict.kind === "accepted") {
      assert(!isKnown, `accepted for the second time: ${told}`);
      this.#accept(vote, told);
    }
    if (verdict.kind === "refused" && vote.sourceEpoch <= vote.targetEpoch) {
      const isGrounded = this.#isConflict(vote, verdict, isKnown) || this.#isBelowMinimum(vote, verdict);
      assert(isGrounded, `refused without ground: ${told}`);
    }
  }

  afterImport(votes: readonly AttestationRecord[]): void {
    if (votes.length === 0) return;
    this.#begin(minimumOf(votes));
    for (const vote of votes) this.#remember(vote);
  }

  afterExport(votes: readonly AttestationRecord[]): void {
    const strange = votes.filter((vote) => !this.known.some((other) => isSameVoteRecord(other, vote)));
    assert(strange.length <= 1, `exported, but never seen: ${describe(strange)}`);
    for (const vote of strange) {
      const isMinimum = vote.signingRoot === null && this.#isPossible(vote);
      assert(isMinimum, `exported, but neither seen nor a possible minimum: ${describe(vote)}`);
    }
    const kept = this.known.filter(({targetEpoch}) => targetEpoch > this.#highestPossibleTarget());
    const missing = kept.filter((vote) => !votes.some((other) => isSameVoteRecord(other, vote)));
    assert.deepEqual(missing, [], "to be kept, but not exported");
    const minimum = this.#shown === null ? [] : [{...this.#shown, signingRoot: null}];
    for (const vote of [...this.known, ...minimum]) {
      assert(isCovered(vote, votes), `an import of this export would allow what is slashable with ${describe(vote)}`);
    }
  }

  afterMove(votes: readonly AttestationRecord[]): void {
    if (votes.length === 0) return;
    for (const vote of votes) this.#remember(vote);
    this.#first = minimumOf(votes);
  }

  afterExplains(
    {targetEpoch, signingRoot}: Pick<SignedVote, "targetEpoch"> & Partial<SignedVote>,
    explanation: Explanation,
  ): void {
    const roots = this.known.filter((other) => other.targetEpoch === targetEpoch).map((other) => other.signingRoot);
    const ofSomeRecord = roots.map((root) => explanationBy([root], signingRoot));
    // Any of several records for one target may be forgotten.
    const mayBeForgotten = targetEpoch <= this.#highestPossibleTarget();
    const possible = mayBeForgotten ? ["none", ...ofSomeRecord] : [explanationBy(roots, signingRoot)];
    assert(
      possible.includes(explanation),
      `${targetEpoch} ${signingRoot} explained as ${explanation}, not ${possible}`,
    );
  }

  #accept(vote: SignedVote, told: string): void {
    assert(vote.sourceEpoch <= vote.targetEpoch, `accepted with its source after its target: ${told}`);
    const slashable = this.known.filter((other) => areSlashableVotes(other, vote));
    assert.deepEqual(slashable, [], `accepted beside what makes it slashable: ${told}`);
    if (this.#shown !== null) {
      const isAbove = vote.sourceEpoch >= this.#shown.sourceEpoch && vote.targetEpoch > this.#shown.targetEpoch;
      assert(isAbove, `accepted below the minimum ${describe(this.#shown)}: ${told}`);
    }
    this.#begin(vote);
    this.#remember(vote);
  }

  #begin({sourceEpoch, targetEpoch}: Minimum): void {
    this.#first ??= {sourceEpoch, targetEpoch};
    this.#shown ??= {sourceEpoch, targetEpoch};
  }

  #remember(vote: AttestationRecord): void {
    if (!this.known.some((other) => isSameVoteRecord(other, vote))) this.known.push(vote);
  }

  #isConflict(vote: SignedVote, {reason, conflict}: Refusal, isKnown: boolean): boolean {
    if (conflict?.kind !== "attestation") return false;
    if (!this.known.some((other) => isSameVoteRecord(other, conflict))) return false;
    if (!areSlashableVotes(conflict, vote)) return false;
    // What is known and surely kept has to be found first.
    if (isKnown && vote.targetEpoch > this.#highestPossibleTarget()) return false;
    if (conflict.targetEpoch === vote.targetEpoch) return reason === "DOUBLE_VOTE";
    return reason === (conflict.targetEpoch < vote.targetEpoch ? "SURROUNDING_VOTE" : "SURROUNDED_VOTE");
  }

  #isBelowMinimum(vote: SignedVote, {reason, conflict}: Refusal): boolean {
    if (conflict?.kind !== "watermark") return false;
    const {sourceEpoch, targetEpoch} = conflict;
    if (sourceEpoch === undefined || targetEpoch === undefined) return false;
    if (!this.#isPossible({sourceEpoch, targetEpoch})) return false;
    // A store into which an export was imported may have some of its minimum as a record; but none is lowered otherwise.
    const shown = this.#shown ?? {sourceEpoch, targetEpoch};
    assert(targetEpoch >= shown.targetEpoch, `the minimum went down from ${describe(shown)} to ${describe(conflict)}`);
    this.#shown = {sourceEpoch: highest([shown.sourceEpoch, sourceEpoch]), targetEpoch};
    const isKept = this.known.some(
      (other) => isSameVote(other, vote) && other.targetEpoch > this.#highestPossibleTarget(),
    );
    if (isKept) return false;
    return reason === "SOURCE_BELOW_MINIMUM"
      ? vote.sourceEpoch < sourceEpoch
      : reason === "TARGET_NOT_ABOVE_MINIMUM" && vote.targetEpoch <= targetEpoch;
  }

  /** Whether a store may have this minimum by now. */
  #isPossible({sourceEpoch, targetEpoch}: Minimum): boolean {
    if (this.#first === null || targetEpoch > this.#highestPossibleTarget()) return false;
    const forgotten = this.known.filter((vote) => vote.targetEpoch <= targetEpoch || isBeyondSafe(vote.sourceEpoch));
    return sourceEpoch <= highest([this.#first.sourceEpoch, ...forgotten.map((vote) => vote.sourceEpoch)]);
  }

  #highestPossibleTarget(): RecordedEpoch {
    if (this.#first === null) return -1 as RecordedEpoch;
    const targets = this.known.map(({targetEpoch}) => targetEpoch);
    const newest = highest<number>([0, ...targets.filter((target) => typeof target === "number")]);
    const lastPruned = (newest - this.#retainEpochs - 1) as RecordedEpoch;
    return highest([this.#first.targetEpoch, lastPruned, ...targets.filter(isBeyondSafe)]);
  }
}

const minimumOf = (votes: readonly AttestationRecord[]): Minimum => ({
  sourceEpoch: lowest(votes.map(({sourceEpoch}) => sourceEpoch)),
  targetEpoch: lowest(votes.map(({targetEpoch}) => targetEpoch)),
});

/**
 * Whether an empty store that imports `votes` refuses all that is slashable together with `vote`. It does by the record itself, and when
 * a value above 2^53−1 blocks the key; else the lowest target has to lie at or above the vote's (no double vote, none surrounded), and the lowest source or the source of a record for
 * that lowest target at or above its source (none surrounding).
 */
function isCovered(vote: AttestationRecord, votes: readonly AttestationRecord[]): boolean {
  if (votes.some((other) => isSameVoteRecord(other, vote))) return true;
  if (votes.length === 0) return false;
  const isBlocked = votes.some((other) => isBeyondSafe(other.sourceEpoch) || isBeyondSafe(other.targetEpoch));
  if (isBlocked) return true;
  const {sourceEpoch, targetEpoch} = minimumOf(votes);
  const lowestTargets = votes.filter((other) => other.targetEpoch === targetEpoch);
  const guardedSource = highest([sourceEpoch, ...lowestTargets.map((other) => other.sourceEpoch)]);
  return vote.targetEpoch <= targetEpoch && vote.sourceEpoch <= guardedSource;
}

const describe = (value: unknown): string =>
  JSON.stringify(value, (_name, field) => (typeof field === "bigint" ? `${field}` : field)) ?? "";
