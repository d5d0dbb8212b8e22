import {SLOTS_PER_EPOCH} from "@lodestar/params";

export {SLOTS_PER_EPOCH};

import type {Epoch, Slot} from "@mote/core";

/** phase0/beacon-chain.md#compute_epoch_at_slot */
export const computeEpochAtSlot = (slot: Slot): Epoch => Math.floor(slot / SLOTS_PER_EPOCH) as Epoch;

/** phase0/beacon-chain.md#compute_start_slot_at_epoch */
export const computeStartSlotAtEpoch = (epoch: Epoch): Slot => (epoch * SLOTS_PER_EPOCH) as Slot;
