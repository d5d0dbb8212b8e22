import type {Epoch, Root, Slot, ValidatorIndex} from "@mote/core";
import {
  BlockTree,
  childrenOf,
  type ForkChoiceBlock,
  isVariantViable,
  type LatestMessage,
  type TreeNode,
  variantsOf,
  weightOf,
} from "./block-tree.ts";
import type {ChainCheckpoint, PayloadStatus} from "./types.ts";

export type {ForkChoiceBlock} from "./block-tree.ts";
export type ForkChoiceVote = LatestMessage;

export interface ForkChoiceInit {
  readonly genesisRoot: Root;
  readonly slotsPerEpoch: number;
  /** PROPOSER_SCORE_BOOST: percent of one slot's committee weight. */
  readonly proposerScoreBoostPercent: number;
  /** PTC_SIZE. */
  readonly payloadCommitteeSize: number;
}

export interface ForkChoiceComponents {
  /** Effective balances by validator index in the checkpoint's state, 0 for the inactive and the slashed. Any unit. */
  readonly effectiveBalances: (checkpoint: ChainCheckpoint) => ArrayLike<number>;
}

export interface HeadNode {
  readonly root: Root;
  readonly payloadStatus: PayloadStatus;
}

export interface PayloadCommitteeVote {
  readonly blockRoot: Root;
  /** All seats of the validator. */
  readonly seats: readonly number[];
  readonly payloadPresent: boolean;
  readonly blobDataAvailable: boolean;
}

const GENESIS_EPOCH = 0;

/**
 * LMD-GHOST with proposer boost and the justified/finalized filter, from Gloas on over (block, payload) pairs. phase0/fork-choice.md and
 * gloas/fork-choice.md, in their own names where they exist. The tree is walked anew for each head: between two finalizations it holds
 * some dozens of blocks. Gloas' exception from the boost for equivocating proposers is left out: their second blocks are never imported.
 */
export class ForkChoice {
  readonly #init: ForkChoiceInit;
  readonly #components: ForkChoiceComponents;
  readonly #tree = new BlockTree();
  readonly #latestMessages = new Map<ValidatorIndex, LatestMessage>();
  readonly #equivocating = new Set<ValidatorIndex>();
  #queued: LatestMessage[] = [];
  #slot = 0 as Slot;
  #boostRoot: Root | null = null;
  #balances: ArrayLike<number>;
  #justified: ChainCheckpoint;
  #finalized: ChainCheckpoint;
  #unrealizedJustified: ChainCheckpoint;
  #unrealizedFinalized: ChainCheckpoint;
  #head: HeadNode | null = null;

  constructor(init: ForkChoiceInit, components: ForkChoiceComponents) {
    this.#init = init;
    this.#components = components;
    const genesis: ChainCheckpoint = {epoch: GENESIS_EPOCH as Epoch, root: init.genesisRoot};
    this.#justified = this.#finalized = this.#unrealizedJustified = this.#unrealizedFinalized = genesis;
    this.#balances = components.effectiveBalances(genesis);
    const block: ForkChoiceBlock = {
      root: init.genesisRoot,
      parentRoot: init.genesisRoot,
      slot: 0 as Slot,
      hasPayloadApart: false,
      parentPayload: "full",
      justified: genesis,
      finalized: genesis,
      unrealizedJustified: genesis,
      unrealizedFinalized: genesis,
    };
    this.#tree.add(block, null, 0);
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
    if (this.#tree.get(block.root) !== undefined) return;
    const parent = this.#tree.get(block.parentRoot);
    if (parent === undefined) throw new Error(`parent ${block.parentRoot} of block ${block.root} is unknown`);
    this.#tree.add(block, parent, this.#init.payloadCommitteeSize);
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
  onVote(vote: LatestMessage): void {
    if (vote.slot >= this.#slot) this.#queued.push(vote);
    else this.#updateLatestMessage(vote);
  }

  /** The payload of this block was shown and verified. */
  onPayload(root: Root): void {
    const node = this.#tree.get(root);
    if (node === undefined) return;
    node.payloadKnown = true;
    this.#head = null;
  }

  /** gloas/fork-choice.md#on_payload_attestation_message */
  onPayloadVote({blockRoot, seats, payloadPresent, blobDataAvailable}: PayloadCommitteeVote): void {
    const node = this.#tree.get(blockRoot);
    if (node === undefined) return;
    for (const seat of seats) {
      node.payloadVotes.timely[seat] = payloadPresent;
      node.payloadVotes.dataAvailable[seat] = blobDataAvailable;
    }
    this.#head = null;
  }

  /** Whoever is proven to have voted twice has no vote any more. */
  onEquivocation(indices: readonly ValidatorIndex[]): void {
    for (const index of indices) this.#equivocating.add(index);
    this.#head = null;
  }

  head(): HeadNode {
    this.#head ??= this.#findHead();
    return this.#head;
  }

  /** gloas/fork-choice.md#should_build_on_full. True for a block whose payload is a part of it. */
  shouldBuildOnFull({root, payloadStatus}: HeadNode, slot: Slot): boolean {
    const node = this.#tree.get(root);
    if (node === undefined || !node.block.hasPayloadApart) return true;
    if (payloadStatus !== "full" || node.block.slot + 1 !== slot) return payloadStatus === "full";
    const {timely, dataAvailable} = node.payloadVotes;
    return !this.#isMajority(timely, false) && !this.#isMajority(dataAvailable, false);
  }

  /** What the block builds on, as a head of its own. Null for the oldest block that is known. */
  parentOf(root: Root): HeadNode | null {
    const node = this.#tree.get(root);
    if (node?.parent == null) return null;
    const {block} = node.parent;
    return {root: block.root, payloadStatus: block.hasPayloadApart ? node.block.parentPayload : "none"};
  }

  /** True when `root` is `ancestor` or builds on it. */
  descendsFrom(root: Root, ancestor: Root): boolean {
    return this.#tree.descendsFrom(root, ancestor);
  }

  /** Forgets what can no longer become canonical; returns the roots that went, the finalized block's ancestors among them. */
  prune(): Root[] {
    return this.#tree.prune(this.#finalized.root);
  }

  #findHead(): HeadNode {
    const balanceOf = (index: ValidatorIndex) => (this.#equivocating.has(index) ? 0 : (this.#balances[index] ?? 0));
    const boost = this.#boostRoot === null ? null : {root: this.#boostRoot, weight: this.#proposerScore()};
    this.#tree.weigh(this.#latestMessages.values(), balanceOf, boost);
    this.#tree.filter((block) => this.#isViable(block));
    let node = this.#tree.get(this.#justified.root);
    if (node === undefined) throw new Error(`justified block ${this.#justified.root} is not in the tree`);
    for (;;) {
      const payloadStatus = this.#bestVariant(node);
      const children: readonly TreeNode[] = childrenOf(node, payloadStatus).filter((child) => child.viable);
      const best: TreeNode | undefined = children.reduce(heavier, undefined);
      if (best === undefined) return {root: node.block.root, payloadStatus};
      node = best;
    }
  }

  #bestVariant(node: TreeNode): PayloadStatus {
    const variants = variantsOf(node);
    const viable = variants.filter((variant) => isVariantViable(node, variant, (block) => this.#isViable(block)));
    const [first = "none", second] = viable.length === 0 ? variants : viable;
    if (second === undefined) return first;
    const {empty, full} = node.weights;
    // No vote has had a say yet: gloas/fork-choice.md#get_payload_status_tiebreaker
    if (node.block.slot + 1 === this.#slot) return this.#shouldExtendPayload(node) ? "full" : "empty";
    return full >= empty ? "full" : "empty";
  }

  /** gloas/fork-choice.md#should_extend_payload, for a payload that is known. */
  #shouldExtendPayload({block, payloadVotes}: TreeNode): boolean {
    if (this.#isMajority(payloadVotes.timely, true) && this.#isMajority(payloadVotes.dataAvailable, true)) return true;
    const boosted = this.#boostRoot === null ? undefined : this.#tree.get(this.#boostRoot);
    return boosted === undefined || boosted.block.parentRoot !== block.root || boosted.block.parentPayload === "full";
  }

  #isMajority(votes: readonly (boolean | null)[], value: boolean): boolean {
    return votes.filter((vote) => vote === value).length > Math.floor(this.#init.payloadCommitteeSize / 2);
  }

  #isViable(block: ForkChoiceBlock): boolean {
    const currentEpoch = this.#epochOf(this.#slot);
    const votingSource = currentEpoch > this.#epochOf(block.slot) ? block.unrealizedJustified : block.justified;
    const justifiedFits =
      this.#justified.epoch === GENESIS_EPOCH ||
      votingSource.epoch === this.#justified.epoch ||
      votingSource.epoch + 2 >= currentEpoch;
    const finalizedFits =
      this.#finalized.epoch === GENESIS_EPOCH || this.#tree.descendsFrom(block.root, this.#finalized.root);
    return justifiedFits && finalizedFits;
  }

  #proposerScore(): number {
    let total = 0;
    for (let i = 0; i < this.#balances.length; i++) total += this.#balances[i] ?? 0;
    return ((total / this.#init.slotsPerEpoch) * this.#init.proposerScoreBoostPercent) / 100;
  }

  /** By epoch, as before Gloas: by slot it comes to the same, since nobody may vote twice in an epoch. */
  #updateLatestMessage(vote: LatestMessage): void {
    const known = this.#latestMessages.get(vote.validatorIndex);
    if (known !== undefined && this.#epochOf(vote.slot) <= this.#epochOf(known.slot)) return;
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
function heavier(best: TreeNode | undefined, node: TreeNode): TreeNode {
  if (best === undefined || weightOf(node) > weightOf(best)) return node;
  return weightOf(node) === weightOf(best) && node.block.root > best.block.root ? node : best;
}
