import {ssz} from "@lodestar/types";
import {hexToBytes, type Root, rootToHex, type Slot, type ValidatorIndex} from "@mote/core";
import type {ChainEvent} from "../../chain/types.ts";
import type {Lie} from "../../faults/fault-spec.ts";
import {otherRoot} from "./other-root.ts";

/** So many are slandered at once. */
const SLANDERED_MAX = 64;

/** What is told in place of `event`. */
export function wrongEvents(
  how: Lie<"wrong-events"> | undefined,
  event: ChainEvent,
  validators: number,
): readonly ChainEvent[] {
  switch (how) {
    case undefined:
      return [event];
    case "roots":
      return "block" in event ? [{...event, block: rootToHex(otherRoot(hexToBytes(event.block))) as Root}] : [event];
    case "future":
      return "slot" in event ? [{...event, slot: (event.slot + 1) as Slot}] : [event];
    case "slashings":
      return event.kind === "head" ? [event, slander(event.slot, validators)] : [event];
  }
}

/** A double vote of everyone, with signatures that nobody made. */
function slander(slot: Slot, validators: number): ChainEvent {
  const count = Math.min(validators, SLANDERED_MAX);
  const indices = Array.from({length: count}, (_, index) => index as ValidatorIndex);
  const vote = (fill: number) => {
    const attestation = ssz.electra.IndexedAttestationBigint.defaultValue();
    attestation.attestingIndices = [...indices];
    attestation.data.slot = BigInt(slot);
    attestation.data.beaconBlockRoot.fill(fill);
    return attestation;
  };
  return {kind: "attester_slashing", indices, message: {attestation1: vote(1), attestation2: vote(2)}};
}
