import {
  type AttesterDuty,
  type CommitteeIndex,
  type Epoch,
  FAR_FUTURE_EPOCH,
  type Slot,
  type ValidatorIndex,
  type ValidatorInfo,
} from "@mote/core";
import {fakePubkey} from "../../src/beacon-nodes/fake-answers.ts";

export const SLOTS_PER_EPOCH = 8;

export const validatorOf = (index: number): ValidatorInfo => ({
  pubkey: fakePubkey(index),
  index: index as ValidatorIndex,
  status: "active_ongoing",
  slashed: false,
  activationEpoch: 0 as Epoch,
  exitEpoch: FAR_FUTURE_EPOCH,
});

export const dutyOf = (epoch: Epoch, index: number): AttesterDuty => ({
  pubkey: fakePubkey(index),
  validatorIndex: index as ValidatorIndex,
  slot: (epoch * SLOTS_PER_EPOCH + (index % SLOTS_PER_EPOCH)) as Slot,
  committeeIndex: 0 as CommitteeIndex,
  committeeLength: 8,
  committeesAtSlot: 1,
  validatorCommitteeIndex: Math.floor(index / SLOTS_PER_EPOCH),
});
