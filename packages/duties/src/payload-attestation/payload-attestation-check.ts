import type {gloas} from "@lodestar/types";
import {abbreviate, type FailureReason, type Root, rootToHex, type Slot} from "@mote/core";

/**
 * Whether data that came for a slot can be a vote of its payload timeliness committee. Null means yes.
 * @param announced blocks of this slot that beacon nodes announced; with none, any block is believed. A vote for a block of another slot
 *   counts nowhere (gloas/fork-choice.md#new-on_payload_attestation_message).
 */
export function checkPayloadAttestationData(
  data: gloas.PayloadAttestationData,
  {slot, announced}: {readonly slot: Slot; readonly announced: ReadonlySet<Root>},
): {readonly reason: FailureReason; readonly detail: string} | null {
  if (data.slot !== slot) return invalid(`data are for slot ${data.slot}, asked for ${slot}`);
  const root = rootToHex(data.beaconBlockRoot);
  if (announced.size === 0 || announced.has(root)) return null;
  return invalid(`nobody announced block ${abbreviate(root)} for slot ${slot}`);
}

const invalid = (detail: string) => ({reason: "BEACON_DATA_INVALID", detail}) as const;
