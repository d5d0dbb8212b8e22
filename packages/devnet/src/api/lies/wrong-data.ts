import type {phase0} from "@lodestar/types";
import type {Lie} from "../../faults/fault-spec.ts";

/** Attestation data that no validator may sign, in the one way that `how` names. */
export function wrongData(how: Lie<"wrong-data">, data: phase0.AttestationData): phase0.AttestationData {
  // Field by field: a spread would take the root along that SSZ keeps in a value once hashed.
  const {slot, index, beaconBlockRoot, source, target} = data;
  const truth = {slot, index, beaconBlockRoot, source, target};
  const nextEpoch = {epoch: target.epoch + 1, root: target.root};
  switch (how) {
    case "slot":
      return {...truth, slot: slot + 1};
    case "future-target":
      return {...truth, target: nextEpoch};
    case "source-above-target":
      return {...truth, source: nextEpoch};
  }
}
