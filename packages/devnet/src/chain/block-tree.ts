import type {Root, Slot, ValidatorIndex} from "@mote/core";
import type {ChainCheckpoint, PayloadStatus} from "./types.ts";

export interface ForkChoiceBlock {
  readonly root: Root;
  readonly parentRoot: Root;
  readonly slot: Slot;
  /** Gloas: the block's payload comes apart from it, or does not come. Before Gloas it is a part of the block. */
  readonly hasPayloadApart: boolean;
  /** What the block builds on. Without meaning when the parent's payload is a part of the parent. */
  readonly parentPayload: "empty" | "full";
  /** As the post-state of the block has them. */
  readonly justified: ChainCheckpoint;
  readonly finalized: ChainCheckpoint;
  /** As they would be if the block's epoch ended with it. */
  readonly unrealizedJustified: ChainCheckpoint;
  readonly unrealizedFinalized: ChainCheckpoint;
}

export interface LatestMessage {
  readonly validatorIndex: ValidatorIndex;
  readonly slot: Slot;
  readonly blockRoot: Root;
  /** Gloas: `data.index` was 1. */
  readonly payloadPresent: boolean;
}

/** What the payload committee says of a block's payload, by seat; null where nothing was said. */
export interface PayloadVotes {
  readonly timely: (boolean | null)[];
  readonly dataAvailable: (boolean | null)[];
}

/** Weights of votes for a block: whatever its payload, and for the block without and with it. */
interface Weights {
  pending: number;
  empty: number;
  full: number;
}

export interface TreeNode {
  readonly block: ForkChoiceBlock;
  parent: TreeNode | null;
  readonly children: TreeNode[];
  readonly weights: Weights;
  readonly payloadVotes: PayloadVotes;
  /** The payload was shown and verified. */
  payloadKnown: boolean;
  viable: boolean;
}

/** The variants of a block that the walk can go on from: gloas/fork-choice.md#get_node_children. */
export function variantsOf({block, payloadKnown}: TreeNode): readonly PayloadStatus[] {
  if (!block.hasPayloadApart) return ["none"];
  return payloadKnown ? ["empty", "full"] : ["empty"];
}

export const childrenOf = ({children}: TreeNode, variant: PayloadStatus): readonly TreeNode[] =>
  variant === "none" ? children : children.filter(({block}) => block.parentPayload === variant);

export const weightOf = ({weights}: TreeNode): number => weights.pending + weights.empty + weights.full;

/** Blocks from the newest finalized one on, with the weight of the votes for each. */
export class BlockTree {
  /** Parents come before their children: insertion order. */
  readonly #nodes = new Map<Root, TreeNode>();

  get(root: Root): TreeNode | undefined {
    return this.#nodes.get(root);
  }

  add(block: ForkChoiceBlock, parent: TreeNode | null, payloadSeats: number): TreeNode {
    const seats = () => new Array<boolean | null>(block.hasPayloadApart ? payloadSeats : 0).fill(null);
    const node: TreeNode = {
      block,
      parent,
      children: [],
      weights: {pending: 0, empty: 0, full: 0},
      payloadVotes: {timely: seats(), dataAvailable: seats()},
      payloadKnown: false,
      viable: parent === null,
    };
    parent?.children.push(node);
    this.#nodes.set(block.root, node);
    return node;
  }

  /** True when `root` is `ancestor` or builds on it. */
  descendsFrom(root: Root, ancestor: Root): boolean {
    for (let node = this.#nodes.get(root); node !== undefined; node = node.parent ?? undefined) {
      if (node.block.root === ancestor) return true;
    }
    return false;
  }

  /** @param balanceOf 0 for a validator whose vote does not count */
  weigh(
    messages: Iterable<LatestMessage>,
    balanceOf: (index: ValidatorIndex) => number,
    boost: {readonly root: Root; readonly weight: number} | null,
  ): void {
    for (const {weights} of this.#nodes.values()) weights.pending = weights.empty = weights.full = 0;
    for (const message of messages) {
      const node = this.#nodes.get(message.blockRoot);
      if (node !== undefined) node.weights[supportedVariant(node, message)] += balanceOf(message.validatorIndex);
    }
    const boosted = boost === null ? undefined : this.#nodes.get(boost.root);
    if (boosted !== undefined && boost !== null) boosted.weights.pending += boost.weight;
    for (const node of [...this.#nodes.values()].reverse()) {
      if (node.parent === null) continue;
      const variant = node.parent.block.hasPayloadApart ? node.block.parentPayload : "pending";
      node.parent.weights[variant] += weightOf(node);
    }
  }

  /** Marks what may become head: a leaf that `isViable`, an inner node when one of its leaves is. */
  filter(isViable: (block: ForkChoiceBlock) => boolean): void {
    for (const node of [...this.#nodes.values()].reverse()) {
      node.viable = variantsOf(node).some((variant) => isVariantViable(node, variant, isViable));
    }
  }

  /** Forgets all that does not build on `root`; returns the roots that went, those of its ancestors among them. */
  prune(root: Root): Root[] {
    const base = this.#nodes.get(root);
    if (base === undefined || base.parent === null) return [];
    base.parent = null;
    const removed: Root[] = [];
    for (const [other, node] of this.#nodes) {
      const parentKept = node.parent !== null && this.#nodes.has(node.parent.block.root);
      if (node === base || parentKept) continue;
      this.#nodes.delete(other);
      removed.push(other);
    }
    return removed;
  }
}

export function isVariantViable(
  node: TreeNode,
  variant: PayloadStatus,
  isViable: (block: ForkChoiceBlock) => boolean,
): boolean {
  const children = childrenOf(node, variant);
  return children.length === 0 ? isViable(node.block) : children.some((child) => child.viable);
}

/** gloas/fork-choice.md#get_supported_node: a vote of the block's own slot came before anyone could know the payload. */
function supportedVariant({block}: TreeNode, {slot, payloadPresent}: LatestMessage): keyof Weights {
  if (!block.hasPayloadApart || block.slot >= slot) return "pending";
  return payloadPresent ? "full" : "empty";
}
