import {computeEpochAtSlot, computeSyncCommitteePeriod} from "@mote/consensus";
import type {Slot} from "@mote/core";

/** altair/light-client/sync-protocol.md, `compute_sync_committee_period_at_slot` */
export const computeSyncCommitteePeriodAtSlot = (slot: number): number =>
  computeSyncCommitteePeriod(computeEpochAtSlot(slot as Slot));
