import {SLOTS_PER_EPOCH, SYNC_COMMITTEE_SIZE} from "@lodestar/params";
import type {Lie} from "../../faults/fault-spec.ts";

type WrongDuties = Lie<"wrong-duties"> | undefined;

/** Each duty a second time, in the next slot of its epoch; or in the epoch after the one that was asked for. */
export function wrongSlots<Duty extends {readonly slot: number}>(how: WrongDuties, duties: readonly Duty[]): Duty[] {
  switch (how) {
    case undefined:
      return [...duties];
    case "duplicated":
      return duties.flatMap((duty) => [duty, {...duty, slot: nextInEpoch(duty.slot)}]);
    case "out-of-range":
      return duties.map((duty) => ({...duty, slot: duty.slot + SLOTS_PER_EPOCH}));
  }
}

/** Each duty twice; or with seats that the committee does not have. */
export function wrongSeats<Duty extends {readonly validatorSyncCommitteeIndices: number[]}>(
  how: WrongDuties,
  duties: readonly Duty[],
): Duty[] {
  switch (how) {
    case undefined:
      return [...duties];
    case "duplicated":
      return [...duties, ...duties];
    case "out-of-range":
      return duties.map((duty) => ({
        ...duty,
        validatorSyncCommitteeIndices: duty.validatorSyncCommitteeIndices.map((seat) => seat + SYNC_COMMITTEE_SIZE),
      }));
  }
}

function nextInEpoch(slot: number): number {
  const start = slot - (slot % SLOTS_PER_EPOCH);
  return start + ((slot + 1) % SLOTS_PER_EPOCH);
}
