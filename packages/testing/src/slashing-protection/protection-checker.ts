import assert from "node:assert/strict";
import type {AttestationRecord, BlockRecord, Explanation, NewestRecords, Pubkey, Verdict} from "@mote/core";
import {highest} from "./memory-history.ts";
import {parseInterchange} from "./memory-interchange.ts";
import {ProposalRecollection} from "./proposal-recollection.ts";
import type {SignedProposal, SignedVote} from "./slashability.ts";
import {VoteRecollection} from "./vote-recollection.ts";

/**
 * Watches what a slashing protection says and holds it against everything that it ever accepted or imported, by the naive rule and
 * without forgetting anything. Each `after…` throws an AssertionError when
 * - what was accepted is slashable together with something known, was known already, or lies at or below a minimum that was there before,
 * - something is called signed that is not known, or
 * - a refusal has no ground: nothing conflicts, and no watermark that the store may have by now lies in the way,
 * - an export holds what is not known, or lets in an empty store what is slashable together with something known.
 *
 * Verdicts of one key are given to it in the order of the requests.
 */
export class ProtectionChecker {
  readonly #retainEpochs: number;
  readonly #votes = new Map<Pubkey, VoteRecollection>();
  readonly #proposals = new Map<Pubkey, ProposalRecollection>();

  /** `retainEpochs`: how far back the store has to remember votes, and how many blocks. */
  constructor(init: {readonly retainEpochs: number}) {
    this.#retainEpochs = init.retainEpochs;
  }

  afterAttestation(pubkey: Pubkey, vote: SignedVote, verdict: Verdict): void {
    this.#votesOf(pubkey).afterVerdict(vote, verdict);
  }

  afterBlock(pubkey: Pubkey, proposal: SignedProposal, verdict: Verdict): void {
    this.#proposalsOf(pubkey).afterVerdict(proposal, verdict);
  }

  /** `file`: what JSON.parse makes of it. */
  afterImport(file: object): void {
    for (const {pubkey, votes, proposals} of parseInterchange(file).keys) {
      this.#votesOf(pubkey).afterImport(votes);
      this.#proposalsOf(pubkey).afterImport(proposals);
    }
  }

  /** @param text an export of all keys, not minified */
  afterExport(text: string): void {
    const {keys} = parseInterchange(text);
    const names = (JSON.parse(text) as {data: {pubkey: Pubkey}[]}).data.map(({pubkey}) => pubkey);
    const known = new Set([...this.#votes, ...this.#proposals].filter(([, {size}]) => size > 0).map(([name]) => name));
    assert.deepEqual(names, [...known].sort(), "exported keys");
    for (const {pubkey, votes, proposals} of keys) {
      this.#votesOf(pubkey).afterExport(votes);
      this.#proposalsOf(pubkey).afterExport(proposals);
    }
  }

  /** From here on the verdicts are those of a store that was empty and imported `text`, an export of the one before. */
  afterMove(text: string): void {
    for (const {pubkey, votes, proposals} of parseInterchange(text).keys) {
      this.#votesOf(pubkey).afterMove(votes);
      this.#proposalsOf(pubkey).afterMove(proposals);
    }
  }

  afterNewest(pubkey: Pubkey, newest: NewestRecords | null): void {
    const votes = this.#votesOf(pubkey).known;
    const proposals = this.#proposalsOf(pubkey).known;
    const expected = votes.length + proposals.length > 0 ? newestOf(votes, proposals) : null;
    assert.deepEqual(newest, expected, `newest records of ${pubkey}`);
  }

  afterExplains(
    pubkey: Pubkey,
    vote: {readonly targetEpoch: SignedVote["targetEpoch"]; readonly signingRoot?: SignedVote["signingRoot"]},
    explanation: Explanation,
  ): void {
    this.#votesOf(pubkey).afterExplains(vote, explanation);
  }

  #votesOf(pubkey: Pubkey): VoteRecollection {
    const votes = this.#votes.get(pubkey) ?? new VoteRecollection({retainEpochs: this.#retainEpochs});
    this.#votes.set(pubkey, votes);
    return votes;
  }

  #proposalsOf(pubkey: Pubkey): ProposalRecollection {
    const proposals = this.#proposals.get(pubkey) ?? new ProposalRecollection({retainCount: this.#retainEpochs});
    this.#proposals.set(pubkey, proposals);
    return proposals;
  }
}

const newestOf = (votes: readonly AttestationRecord[], proposals: readonly BlockRecord[]): NewestRecords => ({
  sourceEpoch: votes.length === 0 ? null : highest(votes.map(({sourceEpoch}) => sourceEpoch)),
  targetEpoch: votes.length === 0 ? null : highest(votes.map(({targetEpoch}) => targetEpoch)),
  slot: proposals.length === 0 ? null : highest(proposals.map(({slot}) => slot)),
});
