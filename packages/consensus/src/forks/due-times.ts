import type {Slot} from "@mote/core";
import type {NetworkConfig} from "../config/network-config.ts";

/** Milliseconds into the slot at which its attestations are due, when no head event came before. */
export function attestationDueMs(config: NetworkConfig, slot: Slot): number {
  return config.getAttestationDueMs(config.getForkName(slot));
}

/** Milliseconds into the slot at which its aggregates are due. */
export function aggregateDueMs(config: NetworkConfig, slot: Slot): number {
  return config.getAggregateDueMs(config.getForkName(slot));
}
