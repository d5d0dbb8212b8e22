import type {Epoch, Slot} from "@mote/core";
import type {LocalStatus} from "../network.ts";

/** Slots by which a peer's clock may be ahead of ours. */
const AHEAD_SLOTS_MAX = 2;

/**
 * Why a peer that has our fork digest is on another chain all the same, or says what cannot be; null when nothing speaks against it.
 * phase0/p2p-interface.md#status: a finalized checkpoint that differs from ours at its epoch. Only equal epochs are compared: of others a light node has no roots.
 */
export function otherChain(
  ours: LocalStatus,
  theirs: LocalStatus,
  now: {readonly slot: Slot; readonly epoch: Epoch},
): string | null {
  // At genesis there is no finalized block: some say zeros, some the genesis block.
  if (
    ours.finalizedEpoch === theirs.finalizedEpoch &&
    ours.finalizedEpoch > 0 &&
    ours.finalizedRoot !== theirs.finalizedRoot
  )
    return `it finalized ${theirs.finalizedRoot} at epoch ${theirs.finalizedEpoch}, where this node has ${ours.finalizedRoot}`;
  if (theirs.finalizedEpoch > Math.max(now.epoch, 0))
    return `it finalized epoch ${theirs.finalizedEpoch}, which has not begun`;
  if (theirs.headSlot > Math.max(now.slot, 0) + AHEAD_SLOTS_MAX)
    return `its head is of slot ${theirs.headSlot}, which is not over yet`;
  return null;
}
