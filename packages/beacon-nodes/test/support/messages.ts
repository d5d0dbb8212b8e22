import type {CommitteeIndex, Epoch, SignedAggregateAndProof, SingleAttestation, Slot, ValidatorIndex} from "@mote/core";
import {fakeRoot, fakeSignature} from "@mote/testing";

export const vote = (slot: number, attester: number): SingleAttestation => ({
  committeeIndex: 0 as CommitteeIndex,
  attesterIndex: attester as ValidatorIndex,
  data: {
    slot: slot as Slot,
    index: 0,
    beaconBlockRoot: fakeRoot(0xbb),
    source: {epoch: 0 as Epoch, root: fakeRoot(0x50)},
    target: {epoch: 1 as Epoch, root: fakeRoot(0x70)},
  },
  signature: fakeSignature(attester),
});

/** Its list of aggregation bits is 3 + `aggregator` long. */
export const aggregate = (slot: number, aggregator: number): SignedAggregateAndProof => ({
  message: {
    aggregatorIndex: aggregator as ValidatorIndex,
    aggregate: {
      aggregationBits: {
        bits: Uint8Array.from([0b101, ...Array((2 + aggregator) >> 3).fill(0)]),
        length: 3 + aggregator,
      },
      committeeBits: {bits: Uint8Array.of(1), length: 4},
      data: vote(slot, 0).data,
      signature: fakeSignature(1),
    },
    selectionProof: fakeSignature(2),
  },
  signature: fakeSignature(3),
});
