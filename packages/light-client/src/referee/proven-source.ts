import type {Checkpoint, Epoch, Root, Slot, SlotClock} from "@mote/core";
import type {BlockTree} from "./block-tree.ts";
import type {Proof} from "./proven-blocks.ts";

/** The source of all votes of one epoch. */
export interface KnownSource {
  readonly epoch: Epoch;
  /** Null: its epoch alone is known. */
  readonly root: Root | null;
  /** What shows it. */
  readonly shownBy:
    | {readonly kind: "block"; readonly root: Root; readonly slot: Slot}
    | {readonly kind: "finality"; readonly root: Root; readonly slot: Slot};
}

interface Evidence {
  readonly slotClock: SlotClock;
  readonly tree: BlockTree;
  /** Of blocks from the epoch's start on that nothing later leaves out, newest first. */
  readonly proofs: readonly Proof[];
  /** The epoch is the lowest that it can be the checkpoint of. */
  readonly finalized: (Checkpoint & {readonly slot: Slot}) | null;
}

/** The source of an epoch, from votes in proven blocks and from finality. Null where nothing shows it, and where what shows it does not agree. */
export function provenSource(epoch: Epoch, evidence: Evidence): KnownSource | null {
  const byFinality = sourceByFinality(epoch, evidence);
  const byBlocks = sourcesByBlocks(epoch, evidence);
  const [first = byFinality] = byBlocks;
  const all = byFinality === null ? byBlocks : [...byBlocks, byFinality];
  const agree = all.every((each) => each.epoch === first?.epoch && (each.root === null || each.root === first.root));
  return first !== null && agree ? first : null;
}

/**
 * A chain in `epoch` that has finalized `epoch − 2` has done so by justifying `epoch − 1`: there is no other way to be so far.
 * phase0/beacon-chain.md#weigh_justification_and_finalization
 */
function sourceByFinality(epoch: Epoch, {slotClock, tree, proofs, finalized}: Evidence): KnownSource | null {
  if (finalized === null || finalized.epoch !== epoch - 2) return null;
  const justified = (epoch - 1) as Epoch;
  const inEpoch = proofs.find(({slot}) => slotClock.epochOf(slot) === epoch);
  const root = inEpoch === undefined ? null : tree.lastUpTo(inEpoch.root, slotClock.firstSlotOf(justified));
  return {epoch: justified, root, shownBy: {kind: "finality", root: finalized.root, slot: finalized.slot}};
}

function sourcesByBlocks(epoch: Epoch, {slotClock, tree, proofs}: Evidence): KnownSource[] {
  const found = new Map<Root, KnownSource>();
  const walked = new Set<Root>();
  for (const proof of proofs) {
    for (const {root, slot, source} of tree.chainOf(proof.root)) {
      if (slotClock.epochOf(slot) < epoch || walked.has(root)) break;
      walked.add(root);
      if (slotClock.epochOf(slot) !== epoch || source === null || source === undefined) continue;
      found.set(root, {...source, shownBy: {kind: "block", root, slot}});
    }
  }
  return [...found.values()];
}
