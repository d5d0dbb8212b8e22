import type {Root, Slot} from "@mote/core";

/** Of a finalized block. */
export interface FinalizedBlock {
  readonly slot: Slot;
  readonly root: Root;
  readonly parentRoot: Root;
}

/**
 * Whether both cannot be in one history: two blocks of one slot, or one that comes right after the slot of the other and has another parent. More cannot be
 * told without the blocks between them.
 */
export function isFinalityConflict(a: FinalizedBlock, b: FinalizedBlock): boolean {
  const [earlier, later] = a.slot <= b.slot ? [a, b] : [b, a];
  if (earlier.slot === later.slot) return earlier.root !== later.root;
  return later.slot === earlier.slot + 1 && later.parentRoot !== earlier.root;
}
