import {subcommitteesOf} from "@mote/consensus";
import type {DutyKey, Slot, SyncDuty} from "@mote/core";
import {dutyKey} from "../duty-key.ts";
import type {Selection} from "../selections/selection-proof-source.ts";

/** One validator in one subcommittee, in which it may be an aggregator. */
export type SyncSelection = Selection & {readonly subcommitteeIndex: number};

export const syncMessageKey = ({validatorIndex, pubkey}: SyncDuty, slot: Slot): DutyKey =>
  dutyKey("sync_message", {slot, validatorIndex, pubkey});

export const contributionKey = ({slot, validatorIndex, pubkey, subcommitteeIndex}: SyncSelection): DutyKey => ({
  kind: "sync_contribution",
  slot,
  validatorIndex,
  pubkey,
  subcommitteeIndex,
});

/** One for each subcommittee that a validator has seats in. */
export function selectionsOf(duties: readonly SyncDuty[], slot: Slot): readonly SyncSelection[] {
  return duties.flatMap(({pubkey, validatorIndex, seats}) =>
    subcommitteesOf(seats).map((subcommitteeIndex) => ({pubkey, validatorIndex, slot, subcommitteeIndex})),
  );
}
