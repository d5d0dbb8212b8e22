import {DOMAIN_SELECTION_PROOF} from "@lodestar/params";
import {ssz} from "@lodestar/types";
import type {Epoch, Root, Slot} from "@mote/core";
import {computeEpochAtSlot} from "../committees/epochs.ts";
import type {NetworkConfig} from "../config/network-config.ts";
import {computeSigningRoot, domainAtEpoch} from "./domains.ts";

/** phase0/validator.md#aggregation-selection */
export function selectionProofSigningRoot(config: NetworkConfig, slot: Slot): Root {
  const epoch: Epoch = computeEpochAtSlot(slot);
  return computeSigningRoot(ssz.Slot.hashTreeRoot(slot), domainAtEpoch(config, DOMAIN_SELECTION_PROOF, epoch));
}
