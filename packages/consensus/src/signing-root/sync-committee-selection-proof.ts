import {DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF} from "@lodestar/params";
import {type altair, ssz} from "@lodestar/types";
import type {Root, Slot} from "@mote/core";
import {computeEpochAtSlot} from "../committees/epochs.ts";
import type {NetworkConfig} from "../config/network-config.ts";
import {computeSigningRoot, domainAtEpoch} from "./domains.ts";

/** altair/validator.md#aggregation-selection */
export function syncCommitteeSelectionProofSigningRoot(
  config: NetworkConfig,
  data: altair.SyncAggregatorSelectionData,
): Root {
  return computeSigningRoot(
    ssz.altair.SyncAggregatorSelectionData.hashTreeRoot(data),
    domainAtEpoch(config, DOMAIN_SYNC_COMMITTEE_SELECTION_PROOF, computeEpochAtSlot(data.slot as Slot)),
  );
}
