import type {Epoch, Root, Slot, ValidatorIndex} from "@mote/core";
import type {ChainCheckpoint} from "./types.ts";

export interface ForkChoiceBlock {
  readonly root: Root;
  readonly parentRoot: Root;
  readonly slot: Slot;
  /** As the post-state of the block has them. */
  readonly justified: ChainCheckpoint;
  readonly finalized: ChainCheckpoint;
  /** As they would be if the block's epoch ended with it. */
  readonly unrealizedJustified: ChainCheckpoint;
  readonly unrealizedFinalized: ChainCheckpoint;
}

export interface ForkChoiceVote {
  readonly validatorIndex: ValidatorIndex;
  readonly slot: Slot;
  readonly targetEpoch: Epoch;
  readonly blockRoot: Root;
}

export interface ForkChoiceInit {
  readonly genesisRoot: Root;
  readonly slotsPerEpoch: number;
  /** PROPOSER_SCORE_BOOST: percent of one slot's committee weight. */
  readonly proposerScoreBoostPercent: number;
}

export interface ForkChoiceComponents {
  /** Effective balances by validator index in the checkpoint's state, 0 for the inactive and the slashed. Any unit. */
  readonly effectiveBalances: (checkpoint: ChainCheckpoint) => ArrayLike<number>;
}

interface Node {
  readonly block: ForkChoiceBlock;
  parent: Node | null;
  readonly children: Node[];
  weight: number;
  viable: boolean;
}

const GENESIS_EPOCH = 0;

/**
 * LMD-GHOST with proposer boost and the justified/finalized filter, by block. phase0/fork-choice.md, in its own names where they exist.
 * The tree is walked anew for each head: between two finalizations it holds some dozens of blocks.
 */
export class ForkChoice {
  readonly #init: ForkChoiceInit;
  readonly #components: ForkChoiceComponents;
  /** Parents come before their children: insertion order. */
  readonly #nodes = new Map<Root, Node>();
  readonly #latestMessages = new Map<ValidatorIndex, ForkChoiceVote>();
  #queued: ForkChoiceVote[] = [];
  #slot = 0 as Slot;
  #boostRoot: Root | null = null;
  #balances: ArrayLike<number>;
  #justified: ChainCheckpoint;
  #finalized: ChainCheckpoint;
  #unrealizedJustified: ChainCheckpoint;
  #unrealizedFinalized: ChainCheckpoint;
  #head: Root | null = null;

  constructor(init: ForkChoiceInit, components: ForkChoiceComponents) {
    this.#init = init;
    this.#components = components;
    const genesis: ChainCheckpoint = {epoch: GENESIS_EPOCH as Epoch, root: init.genesisRoot};
    this.#justified = this.#finalized = this.#unrealizedJustified = this.#unrealizedFinalized = genesis;
    this.#balances = components.effectiveBalances(genesis);
    const block = {
      root: init.genesisRoot,
      parentRoot: init.genesisRoot,
      slot: 0 as Slot,
      justified: genesis,
      finalized: genesis,
      unrealizedJustified: genesis,
      unrealizedFinalized: genesis,
    };
    this.#nodes.set(block.root, {block, parent: null, children: [], weight: 0, viable: true});
  }

  get justified(): ChainCheckpoint {
    return this.#justified;
  }

  get finalized(): ChainCheckpoint {
    return this.#finalized;
  }

  /** A new slot: the boost ends, votes of the slots before count, and with a new epoch so do the checkpoints that it realizes. */
  onSlot(slot: Slot): void {
    if (slot <= this.#slot) return;
    const newEpoch = this.#epochOf(slot) > this.#epochOf(this.#slot);
    this.#slot = slot;
    this.#boostRoot = null;
    this.#head = null;
    if (newEpoch) this.#updateCheckpoints(this.#unrealizedJustified, this.#unrealizedFinalized);
    const due = this.#queued.filter((vote) => vote.slot < slot);
    this.#queued = this.#queued.filter((vote) => vote.slot >= slot);
    for (const vote of due) this.#updateLatestMessage(vote);
  }

  /**
   * @param timely the block arrived within its own slot before the votes' due time
   * @throws when the parent is unknown: the caller checks that first
   */
  onBlock(block: ForkChoiceBlock, timely: boolean): void {
    if (this.#nodes.has(block.root)) return;
    const parent = this.#nodes.get(block.parentRoot);
    if (parent === undefined) throw new Error(`parent ${block.parentRoot} of block ${block.root} is unknown`);
    const node: Node = {block, parent, children: [], weight: 0, viable: false};
    parent.children.push(node);
    this.#nodes.set(block.root, node);
    this.#head = null;
    if (timely && block.slot === this.#slot && this.#boostRoot === null) this.#boostRoot = block.root;
    this.#updateCheckpoints(block.justified, block.finalized);
    if (block.unrealizedJustified.epoch > this.#unrealizedJustified.epoch) {
      this.#unrealizedJustified = block.unrealizedJustified;
    }
    if (block.unrealizedFinalized.epoch > this.#unrealizedFinalized.epoch) {
      this.#unrealizedFinalized = block.unrealizedFinalized;
    }
    // A block of a past epoch: its epoch is over, so what it would justify is justified.
    if (this.#epochOf(block.slot) < this.#epochOf(this.#slot)) {
      this.#updateCheckpoints(block.unrealizedJustified, block.unrealizedFinalized);
    }
  }

  /** A vote that was found valid. It counts from the slot after its own. */
  onVote(vote: ForkChoiceVote): void {
    if (vote.slot >= this.#slot) this.#queued.push(vote);
    else this.#updateLatestMessage(vote);
  }

  head(): Root {
    this.#head ??= this.#findHead();
    return this.#head;
  }

  /** True when `root` is `ancestor` or builds on it. */
  descendsFrom(root: Root, ancestor: Root): boolean {
    for (let node = this.#nodes.get(root); node !== undefined; node = node.parent ?? undefined) {
      if (node.block.root === ancestor) return true;
    }
    return false;
  }

  /** Forgets what can no longer become canonical; returns the roots that went, the finalized block's ancestors among them. */
  prune(): Root[] {
    const finalized = this.#nodes.get(this.#finalized.root);
    if (finalized === undefined || finalized.parent === null) return [];
    finalized.parent = null;
    const removed: Root[] = [];
    for (const [root, node] of this.#nodes) {
      const parentKept = node.parent !== null && this.#nodes.has(node.parent.block.root);
      if (node === finalized || parentKept) continue;
      this.#nodes.delete(root);
      removed.push(root);
    }
    return removed;
  }

  #findHead(): Root {
    this.#weigh();
    this.#filter();
    let node = this.#nodes.get(this.#justified.root);
    if (node === undefined) throw new Error(`justified block ${this.#justified.root} is not in the tree`);
    for (;;) {
      const best: Node | undefined = node.children.filter((child) => child.viable).reduce(heavier, undefined);
      if (best === undefined) return node.block.root;
      node = best;
    }
  }

  #weigh(): void {
    for (const node of this.#nodes.values()) node.weight = 0;
    for (const [index, message] of this.#latestMessages) {
      const node = this.#nodes.get(message.blockRoot);
      if (node !== undefined) node.weight += this.#balances[index] ?? 0;
    }
    const boosted = this.#boostRoot === null ? undefined : this.#nodes.get(this.#boostRoot);
    if (boosted !== undefined) boosted.weight += this.#proposerScore();
    for (const node of [...this.#nodes.values()].reverse()) {
      if (node.parent !== null) node.parent.weight += node.weight;
    }
  }

  /** A leaf is viable when its own votes could justify on; an inner block when one of its leaves is. */
  #filter(): void {
    for (const node of [...this.#nodes.values()].reverse()) {
      node.viable = node.children.length === 0 ? this.#isViable(node.block) : node.children.some((c) => c.viable);
    }
  }

  #isViable(block: ForkChoiceBlock): boolean {
    const currentEpoch = this.#epochOf(this.#slot);
    const votingSource = currentEpoch > this.#epochOf(block.slot) ? block.unrealizedJustified : block.justified;
    const justifiedFits =
      this.#justified.epoch === GENESIS_EPOCH ||
      votingSource.epoch === this.#justified.epoch ||
      votingSource.epoch + 2 >= currentEpoch;
    const finalizedFits =
      this.#finalized.epoch === GENESIS_EPOCH || this.descendsFrom(block.root, this.#finalized.root);
    return justifiedFits && finalizedFits;
  }

  #proposerScore(): number {
    let total = 0;
    for (let i = 0; i < this.#balances.length; i++) total += this.#balances[i] ?? 0;
    return ((total / this.#init.slotsPerEpoch) * this.#init.proposerScoreBoostPercent) / 100;
  }

  #updateLatestMessage(vote: ForkChoiceVote): void {
    const known = this.#latestMessages.get(vote.validatorIndex);
    if (known !== undefined && vote.targetEpoch <= known.targetEpoch) return;
    this.#latestMessages.set(vote.validatorIndex, vote);
    this.#head = null;
  }

  #updateCheckpoints(justified: ChainCheckpoint, finalized: ChainCheckpoint): void {
    if (justified.epoch > this.#justified.epoch) {
      this.#justified = justified;
      this.#balances = this.#components.effectiveBalances(justified);
      this.#head = null;
    }
    if (finalized.epoch > this.#finalized.epoch) {
      this.#finalized = finalized;
      this.#head = null;
    }
  }

  #epochOf(slot: Slot): Epoch {
    return Math.floor(slot / this.#init.slotsPerEpoch) as Epoch;
  }
}

/** Ties go to the greater root, as in the spec. */
function heavier(best: Node | undefined, node: Node): Node {
  if (best === undefined || node.weight > best.weight) return node;
  return node.weight === best.weight && node.block.root > best.block.root ? node : best;
}
