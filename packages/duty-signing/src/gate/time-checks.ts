import type {Epoch, Slot, SlotClock} from "@mote/core";
import {type Refused, refused} from "./refused.ts";

/** Null when it is a slot or an epoch: every comparison with NaN is false, and the SSZ library would write what is not a safe integer as another. */
export function checkUint(value: number, name: string): Refused | null {
  if (Number.isSafeInteger(value) && value >= 0) return null;
  return refused("BEACON_DATA_INVALID", `${name} ${value} is out of range`);
}

export function checkNotAhead(slotClock: SlotClock, slot: Slot): Refused | null {
  const range = checkUint(slot, "slot");
  if (range) return range;
  const currentSlot = slotClock.currentSlot();
  if (slot <= currentSlot) return null;
  return refused("SLOT_IN_FUTURE", `slot ${slot} is above the clock's ${currentSlot}`);
}

/** Null for the clock's slot and the one before it: late is forgiven, old is not. */
export function checkRecent(slotClock: SlotClock, slot: Slot): Refused | null {
  const ahead = checkNotAhead(slotClock, slot);
  if (ahead) return ahead;
  const currentSlot = slotClock.currentSlot();
  if (slot >= currentSlot - 1) return null;
  return refused("SLOT_PASSED_BY", `slot ${slot} is over: the clock's is ${currentSlot}`);
}

/**
 * For what is signed ahead of its slot: at the farthest for the last slot of the epoch `epochsAheadMax` after the clock's. Before genesis, however
 * far away it is, the duties of the first epochs are known already: they are prepared for as in epoch 0.
 */
export function checkAheadAtMost(slotClock: SlotClock, slot: Slot, epochsAheadMax: number): Refused | null {
  const range = checkUint(slot, "slot");
  if (range) return range;
  const lastEpoch = (Math.max(0, slotClock.currentEpoch()) + epochsAheadMax) as Epoch;
  if (slotClock.epochOf(slot) <= lastEpoch) return null;
  return refused("SLOT_IN_FUTURE", `slot ${slot} lies after epoch ${lastEpoch}, the last for which this is signed now`);
}
