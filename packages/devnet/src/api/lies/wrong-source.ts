import {SLOTS_PER_EPOCH} from "@lodestar/params";
import type {phase0} from "@lodestar/types";
import {type Epoch, hexToBytes, type Slot} from "@mote/core";
import type {Lie} from "../../faults/fault-spec.ts";
import type {BeaconView} from "../beacon-view.ts";

/**
 * A source that looks sound and is not the chain's. `previous` is the checkpoint that was justified before (below the genesis epoch there is none:
 * the true source stays). `later` is the next epoch's checkpoint when the target lies beyond it, else the justified epoch with the head's root:
 * the pair stays below the target either way, so that a client's own sanity check does not give it away.
 */
export function wrongSource(
  how: Lie<"wrong-source">,
  data: phase0.AttestationData,
  view: BeaconView,
): phase0.Checkpoint {
  const checkpointAt = (epoch: number): phase0.Checkpoint => {
    const root = view.chain.rootAtSlot((epoch * SLOTS_PER_EPOCH) as Slot, view.headRoot);
    return root === null ? data.source : {epoch: epoch as Epoch, root: hexToBytes(root)};
  };
  const {epoch} = data.source;
  if (how === "previous") {
    const previous = view.headState().previousJustifiedCheckpoint;
    if (previous.epoch < epoch) return {epoch: previous.epoch, root: previous.root};
    return epoch === 0 ? data.source : checkpointAt(epoch - 1);
  }
  return epoch + 1 < data.target.epoch ? checkpointAt(epoch + 1) : {epoch, root: data.beaconBlockRoot};
}
