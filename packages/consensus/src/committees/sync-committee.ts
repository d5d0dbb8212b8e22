import {
  EPOCHS_PER_SYNC_COMMITTEE_PERIOD,
  SYNC_COMMITTEE_SIZE,
  SYNC_COMMITTEE_SUBNET_COUNT,
  TARGET_AGGREGATORS_PER_SYNC_SUBCOMMITTEE,
} from "@lodestar/params";
import type {Epoch, Signature, Slot} from "@mote/core";
import {isSelected} from "./aggregator.ts";
import {computeEpochAtSlot} from "./epochs.ts";

/** Whether the validator with this selection proof aggregates for its subcommittee. altair/validator.md#aggregation-selection */
export function isSyncCommitteeAggregator(
  selectionProof: Signature,
  syncCommitteeSize: number = SYNC_COMMITTEE_SIZE,
): boolean {
  const subcommitteeSize = Math.floor(syncCommitteeSize / SYNC_COMMITTEE_SUBNET_COUNT);
  return isSelected(selectionProof, Math.floor(subcommitteeSize / TARGET_AGGREGATORS_PER_SYNC_SUBCOMMITTEE));
}

/** The subcommittee, and so the subnet, of one seat. altair/validator.md#broadcast-sync-committee-message */
export function subcommitteeOfSeat(seat: number, syncCommitteeSize: number = SYNC_COMMITTEE_SIZE): number {
  return Math.floor(seat / Math.floor(syncCommitteeSize / SYNC_COMMITTEE_SUBNET_COUNT));
}

/** Subcommittees of all these seats, ascending, each once. */
export function subcommitteesOf(seats: readonly number[], syncCommitteeSize: number = SYNC_COMMITTEE_SIZE): number[] {
  const subcommittees = new Set(seats.map((seat) => subcommitteeOfSeat(seat, syncCommitteeSize)));
  return [...subcommittees].sort((a, b) => a - b);
}

/** altair/validator.md#sync-committee */
export function computeSyncCommitteePeriod(
  epoch: Epoch,
  epochsPerPeriod: number = EPOCHS_PER_SYNC_COMMITTEE_PERIOD,
): number {
  return Math.floor(epoch / epochsPerPeriod);
}

export function firstEpochOfSyncCommitteePeriod(
  period: number,
  epochsPerPeriod: number = EPOCHS_PER_SYNC_COMMITTEE_PERIOD,
): Epoch {
  return (period * epochsPerPeriod) as Epoch;
}

/**
 * The epoch whose sync committee signs at `slot`: that of the slot after, whose block takes the messages in.
 * altair/validator.md#sync-committee
 */
export const syncCommitteeEpochAt = (slot: Slot): Epoch => computeEpochAtSlot((slot + 1) as Slot);
