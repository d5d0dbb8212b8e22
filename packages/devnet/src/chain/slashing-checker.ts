import type {Epoch, Root, Slot, ValidatorIndex} from "@mote/core";

export interface SeenVote {
  readonly validatorIndex: ValidatorIndex;
  readonly sourceEpoch: Epoch;
  readonly targetEpoch: Epoch;
  /** Hash tree root of the attestation data. */
  readonly root: Root;
}

export interface SeenBlock {
  readonly proposerIndex: ValidatorIndex;
  readonly slot: Slot;
  /** Hash tree root of the block. */
  readonly root: Root;
}

export type OffenceKind = "double_vote" | "surrounding_vote" | "surrounded_vote" | "double_proposal";

export interface Offence {
  readonly kind: OffenceKind;
  readonly validatorIndex: ValidatorIndex;
  /** The message that came second, and the earlier one that it contradicts. */
  readonly message: SeenVote | SeenBlock;
  readonly earlier: SeenVote | SeenBlock;
}

export interface SlashingReport {
  /** Distinct, correctly signed messages that contradict an earlier one of the same validator. */
  readonly slashableMessages: number;
  /** The first offences, for people. */
  readonly offences: readonly Offence[];
  /** Messages whose signature was not the validator's. They prove nothing against it. */
  readonly badlySigned: number;
  /** Correctly signed votes too old to be compared with all that was forgotten. */
  readonly undecided: number;
}

/** Votes and proposals this far behind a validator's newest are forgotten. */
const HISTORY_EPOCHS = 256;
const HISTORY_SLOTS = 2048;
const OFFENCES_MAX = 100;

interface VoteHistory {
  readonly votes: SeenVote[];
  newestTarget: number;
  /** Bounds of what was forgotten: a vote below either could contradict a forgotten one. −1 when nothing was. */
  forgottenTarget: number;
  forgottenSource: number;
}

/**
 * Sees every vote and block that the devnet ever received and says which could be punished. It shares no rule or code with what it
 * judges: phase0/beacon-chain.md#is_slashable_attestation_data and #process_proposer_slashing, nothing else.
 */
export class SlashingChecker {
  readonly #votes = new Map<ValidatorIndex, VoteHistory>();
  readonly #blocks = new Map<ValidatorIndex, Map<Slot, SeenBlock[]>>();
  readonly #offences: Offence[] = [];
  #slashableMessages = 0;
  #badlySigned = 0;
  #undecided = 0;

  onVote(vote: SeenVote, correctlySigned: boolean): void {
    if (!correctlySigned) {
      this.#badlySigned++;
      return;
    }
    const history = this.#historyOf(vote.validatorIndex);
    if (history.votes.some((seen) => isSameVote(seen, vote))) return;
    const conflict = history.votes.map((seen) => conflictOf(seen, vote)).find((found) => found !== null);
    if (conflict != null) {
      this.#offend({
        kind: conflict.kind,
        validatorIndex: vote.validatorIndex,
        message: vote,
        earlier: conflict.earlier,
      });
    } else if (vote.targetEpoch <= history.forgottenTarget || vote.sourceEpoch < history.forgottenSource) {
      this.#undecided++;
    }
    remember(history, vote);
  }

  onBlock(block: SeenBlock, correctlySigned: boolean): void {
    if (!correctlySigned) {
      this.#badlySigned++;
      return;
    }
    const bySlot = this.#blocks.get(block.proposerIndex) ?? new Map<Slot, SeenBlock[]>();
    this.#blocks.set(block.proposerIndex, bySlot);
    const seen = bySlot.get(block.slot) ?? [];
    if (seen.some((other) => other.root === block.root)) return;
    const [earlier] = seen;
    if (earlier !== undefined) {
      this.#offend({kind: "double_proposal", validatorIndex: block.proposerIndex, message: block, earlier});
    }
    bySlot.set(block.slot, [...seen, block]);
    for (const slot of bySlot.keys()) if (slot < block.slot - HISTORY_SLOTS) bySlot.delete(slot);
  }

  report(): SlashingReport {
    return {
      slashableMessages: this.#slashableMessages,
      offences: [...this.#offences],
      badlySigned: this.#badlySigned,
      undecided: this.#undecided,
    };
  }

  #historyOf(index: ValidatorIndex): VoteHistory {
    const known = this.#votes.get(index);
    if (known !== undefined) return known;
    const history = {votes: [], newestTarget: -1, forgottenTarget: -1, forgottenSource: -1};
    this.#votes.set(index, history);
    return history;
  }

  #offend(offence: Offence): void {
    this.#slashableMessages++;
    if (this.#offences.length < OFFENCES_MAX) this.#offences.push(offence);
  }
}

function isSameVote(a: SeenVote, b: SeenVote): boolean {
  return a.root === b.root && a.targetEpoch === b.targetEpoch && a.sourceEpoch === b.sourceEpoch;
}

function conflictOf(earlier: SeenVote, vote: SeenVote): {kind: OffenceKind; earlier: SeenVote} | null {
  if (vote.targetEpoch === earlier.targetEpoch) return {kind: "double_vote", earlier};
  if (vote.sourceEpoch < earlier.sourceEpoch && earlier.targetEpoch < vote.targetEpoch) {
    return {kind: "surrounding_vote", earlier};
  }
  if (earlier.sourceEpoch < vote.sourceEpoch && vote.targetEpoch < earlier.targetEpoch) {
    return {kind: "surrounded_vote", earlier};
  }
  return null;
}

/** Votes arrive nearly in the order of their targets, so the oldest stand first. */
function remember(history: VoteHistory, vote: SeenVote): void {
  history.votes.push(vote);
  history.newestTarget = Math.max(history.newestTarget, vote.targetEpoch);
  for (;;) {
    const oldest = history.votes[0];
    if (oldest === undefined || oldest.targetEpoch >= history.newestTarget - HISTORY_EPOCHS) return;
    history.votes.shift();
    history.forgottenTarget = Math.max(history.forgottenTarget, oldest.targetEpoch);
    history.forgottenSource = Math.max(history.forgottenSource, oldest.sourceEpoch);
  }
}
