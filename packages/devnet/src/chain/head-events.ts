import {computeEpochAtSlot} from "@lodestar/state-transition";
import type {Epoch, Root} from "@mote/core";
import type {ChainBlock, ChainEvent, HeadEvent, PayloadStatus} from "./types.ts";

export interface HeadFacts {
  readonly block: ChainBlock;
  readonly payloadStatus: PayloadStatus;
  readonly epochTransition: boolean;
}

/** @param dependentRoot the root that attester duties of the epoch rest on, seen from `block` */
export function headEvent(
  {block, payloadStatus, epochTransition}: HeadFacts,
  dependentRoot: (epoch: Epoch) => Root,
): HeadEvent {
  const epoch = computeEpochAtSlot(block.slot);
  return {
    kind: "head",
    slot: block.slot,
    block: block.root,
    state: block.stateRoot,
    epochTransition,
    currentEpochDependentRoot: dependentRoot(epoch as Epoch),
    nextEpochDependentRoot: dependentRoot((epoch + 1) as Epoch),
    payloadStatus,
  };
}

/** @param depth slots from the old head back to the last block that both chains have */
export function reorgEvent(oldHead: ChainBlock, newHead: ChainBlock, depth: number): ChainEvent {
  return {
    kind: "chain_reorg",
    slot: newHead.slot,
    depth,
    oldHeadBlock: oldHead.root,
    newHeadBlock: newHead.root,
    oldHeadState: oldHead.stateRoot,
    newHeadState: newHead.stateRoot,
    epoch: computeEpochAtSlot(newHead.slot) as Epoch,
  };
}
