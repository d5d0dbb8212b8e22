import type {altair, electra} from "@lodestar/types";
import {ssz} from "@mote/consensus";
import type {CommitteeIndex, Root, Signature, SingleAttestation, Slot, ValidatorIndex} from "@mote/core";

/** Votes and messages whose signatures hold nowhere. */
export function vote(slot: Slot, attesterIndex: number): electra.SingleAttestation {
  const value = ssz.electra.SingleAttestation.defaultValue();
  value.data.slot = slot;
  value.attesterIndex = attesterIndex;
  return value;
}

export function syncMessage(slot: Slot, validatorIndex: number): altair.SyncCommitteeMessage {
  return {...ssz.altair.SyncCommitteeMessage.defaultValue(), slot, validatorIndex};
}

const ROOT = `0x${"00".repeat(32)}` as Root;

export function ownVote(slot: Slot, attesterIndex: number, committeeIndex = 0): SingleAttestation {
  const checkpoint = {epoch: 0, root: ROOT} as SingleAttestation["data"]["target"];
  return {
    committeeIndex: committeeIndex as CommitteeIndex,
    attesterIndex: attesterIndex as ValidatorIndex,
    data: {slot, index: 0, beaconBlockRoot: ROOT, source: checkpoint, target: checkpoint},
    signature: new Uint8Array(96).fill(attesterIndex) as Signature,
  };
}
