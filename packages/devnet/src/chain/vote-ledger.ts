import type {Epoch, Root, Slot, ValidatorIndex} from "@mote/core";

/** A vote as a canonical block carries it. */
export interface IncludedVotes {
  readonly slot: Slot;
  readonly targetEpoch: Epoch;
  readonly blockRoot: Root;
  readonly targetRoot: Root;
  readonly validators: readonly ValidatorIndex[];
}

/** The canonical chain as the ledger reads it. */
export interface CanonicalChain {
  /** Root of the newest canonical block at or before `slot`. */
  rootAtSlot(slot: Slot): Root | null;
  /** The votes in canonical blocks from `slot` on. */
  votesSince(slot: Slot): Iterable<IncludedVotes>;
}

export interface VoteFigures {
  readonly expected: number;
  readonly published: number;
  readonly included: number;
  readonly missed: number;
  readonly correctHead: number;
  readonly correctTarget: number;
}

/** `missed` only once the inclusion window has passed. */
export type VoteCell = "expected" | "published" | "included" | "missed";

export interface SlotFigures extends VoteFigures {
  readonly slot: Slot;
  readonly windowPassed: boolean;
  readonly cells: readonly {readonly validatorIndex: ValidatorIndex; readonly cell: VoteCell}[];
}

interface OpenSlot {
  readonly expected: readonly ValidatorIndex[];
  readonly published: Set<ValidatorIndex>;
  readonly included: Set<ValidatorIndex>;
  correctHead: number;
  correctTarget: number;
}

const NOTHING: VoteFigures = {expected: 0, published: 0, included: 0, missed: 0, correctHead: 0, correctTarget: 0};

/**
 * Which votes were due, came, and are in the chain. What is included is read anew from the canonical blocks, so a reorg takes it back.
 * A slot's figures are frozen an epoch after its inclusion window has passed: a reorg of the window's last block is still followed.
 */
export class VoteLedger {
  readonly #slotsPerEpoch: number;
  readonly #chain: CanonicalChain;
  /** In the order of slots. */
  readonly #open = new Map<Slot, OpenSlot>();
  #frozen: VoteFigures = NOTHING;
  #currentSlot = -1 as Slot;
  #stale = false;

  constructor(init: {readonly slotsPerEpoch: number}, components: {readonly chain: CanonicalChain}) {
    this.#slotsPerEpoch = init.slotsPerEpoch;
    this.#chain = components.chain;
  }

  /** @param voters everyone whose duty it is to vote in `slot` */
  beginSlot(slot: Slot, voters: readonly ValidatorIndex[]): void {
    this.#currentSlot = slot;
    this.#open.set(slot, {
      expected: voters,
      published: new Set(),
      included: new Set(),
      correctHead: 0,
      correctTarget: 0,
    });
    this.#refresh();
    for (const [open, entry] of this.#open) {
      if (this.#windowEnd(open) + this.#slotsPerEpoch >= slot) break;
      this.#frozen = add(this.#frozen, this.#figures(open, entry));
      this.#open.delete(open);
    }
    this.#stale = true;
  }

  /** A valid vote of `validatorIndex` for `slot` came in. */
  published(slot: Slot, validatorIndex: ValidatorIndex): void {
    this.#open.get(slot)?.published.add(validatorIndex);
  }

  /** The canonical chain is another one than before. */
  chainChanged(): void {
    this.#stale = true;
  }

  /** Votes whose inclusion window has passed, since slot 0. */
  totals(): VoteFigures {
    this.#refresh();
    let totals = this.#frozen;
    for (const [slot, entry] of this.#open) {
      if (this.#isPassed(slot)) totals = add(totals, this.#figures(slot, entry));
    }
    return totals;
  }

  /** Null for a slot that has not begun or was frozen. */
  slot(slot: Slot): SlotFigures | null {
    const entry = this.#open.get(slot);
    if (entry === undefined) return null;
    this.#refresh();
    const windowPassed = this.#isPassed(slot);
    const cellOf = (index: ValidatorIndex): VoteCell => {
      if (entry.included.has(index)) return "included";
      if (windowPassed) return "missed";
      return entry.published.has(index) ? "published" : "expected";
    };
    const cells = entry.expected.map((validatorIndex) => ({validatorIndex, cell: cellOf(validatorIndex)}));
    return {slot, windowPassed, ...this.#figures(slot, entry), cells};
  }

  #figures(slot: Slot, entry: OpenSlot): VoteFigures {
    return {
      expected: entry.expected.length,
      published: entry.published.size,
      included: entry.included.size,
      missed: this.#isPassed(slot) ? entry.expected.length - entry.included.size : 0,
      correctHead: entry.correctHead,
      correctTarget: entry.correctTarget,
    };
  }

  #refresh(): void {
    const [oldest] = this.#open.keys();
    if (!this.#stale || oldest === undefined) return;
    this.#stale = false;
    for (const entry of this.#open.values()) {
      entry.included.clear();
      entry.correctHead = 0;
      entry.correctTarget = 0;
    }
    for (const votes of this.#chain.votesSince(oldest)) this.#include(votes);
  }

  #include(votes: IncludedVotes): void {
    const entry = this.#open.get(votes.slot);
    if (entry === undefined) return;
    const headIsCorrect = votes.blockRoot === this.#chain.rootAtSlot(votes.slot);
    const targetSlot = (votes.targetEpoch * this.#slotsPerEpoch) as Slot;
    const targetIsCorrect = votes.targetRoot === this.#chain.rootAtSlot(targetSlot);
    for (const index of votes.validators) {
      if (entry.included.has(index)) continue;
      entry.included.add(index);
      if (headIsCorrect) entry.correctHead++;
      if (targetIsCorrect) entry.correctTarget++;
    }
  }

  /** The last slot whose block may carry a vote of `slot`: the end of the epoch after its own (EIP-7045). */
  #windowEnd(slot: Slot): number {
    return (Math.floor(slot / this.#slotsPerEpoch) + 2) * this.#slotsPerEpoch - 1;
  }

  #isPassed(slot: Slot): boolean {
    return this.#windowEnd(slot) < this.#currentSlot;
  }
}

function add(a: VoteFigures, b: VoteFigures): VoteFigures {
  return {
    expected: a.expected + b.expected,
    published: a.published + b.published,
    included: a.included + b.included,
    missed: a.missed + b.missed,
    correctHead: a.correctHead + b.correctHead,
    correctTarget: a.correctTarget + b.correctTarget,
  };
}
