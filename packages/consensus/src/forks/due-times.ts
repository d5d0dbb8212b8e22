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

/** Milliseconds into the slot at which its sync-committee messages are due, when no head event came before. */
export function syncMessageDueMs(config: NetworkConfig, slot: Slot): number {
  return config.getSyncMessageDueMs(config.getForkName(slot));
}

/** Milliseconds into the slot at which its sync-committee contributions are due. */
export function contributionDueMs(config: NetworkConfig, slot: Slot): number {
  return config.getSyncContributionDueMs(config.getForkName(slot));
}

/** Gloas: milliseconds into the slot up to which a payload counts as on time. */
export function payloadDueMs(config: NetworkConfig): number {
  return config.getSlotComponentDurationMs(config.PAYLOAD_DUE_BPS);
}

/** Gloas: milliseconds into the slot by which the payload timeliness committee has voted. */
export function payloadAttestationDueMs(config: NetworkConfig): number {
  return config.getSlotComponentDurationMs(config.PAYLOAD_ATTESTATION_DUE_BPS);
}
