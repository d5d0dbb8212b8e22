import {BitArray} from "@chainsafe/ssz";
import type {electra, phase0} from "@lodestar/types";
import {
  type AggregateAndProof,
  type Attestation,
  type AttestationData,
  type Checkpoint,
  type Epoch,
  hexToBytes,
  parseCommitteeIndex,
  parseUint,
  rootToHex,
  type Signature,
  type SingleAttestation,
  type Slot,
} from "@mote/core";

/** Between core's shapes (hex roots, plain bits) and the SSZ library's values. Field order and sizes are the SSZ types' business. */

export function attestationDataToSsz(data: AttestationData): phase0.AttestationData {
  return {
    slot: data.slot,
    index: data.index,
    beaconBlockRoot: hexToBytes(data.beaconBlockRoot),
    source: checkpointToSsz(data.source),
    target: checkpointToSsz(data.target),
  };
}

/** @throws {InvalidValueError} for a number above 2^53−1 */
export function attestationDataFromSsz(data: phase0.AttestationData): AttestationData {
  return {
    slot: parseUint(data.slot, "slot") as Slot,
    index: parseCommitteeIndex(data.index, "index"),
    beaconBlockRoot: rootToHex(data.beaconBlockRoot),
    source: checkpointFromSsz(data.source),
    target: checkpointFromSsz(data.target),
  };
}

/** Votes of one slot mostly share their data, which are then converted once. */
export function singleAttestationsToSsz(attestations: readonly SingleAttestation[]): electra.SingleAttestation[] {
  const converted = new Map<AttestationData, phase0.AttestationData>();
  return attestations.map((attestation) => {
    const data = converted.get(attestation.data) ?? attestationDataToSsz(attestation.data);
    converted.set(attestation.data, data);
    return {...attestation, data};
  });
}

export function attestationToSsz(attestation: Attestation): electra.Attestation {
  const {aggregationBits, committeeBits} = attestation;
  return {
    aggregationBits: new BitArray(aggregationBits.bits, aggregationBits.length),
    committeeBits: new BitArray(committeeBits.bits, committeeBits.length),
    data: attestationDataToSsz(attestation.data),
    signature: attestation.signature,
  };
}

/** @throws {InvalidValueError} for a number above 2^53−1 */
export function attestationFromSsz(attestation: electra.Attestation): Attestation {
  const {aggregationBits, committeeBits} = attestation;
  return {
    aggregationBits: {bits: aggregationBits.uint8Array, length: aggregationBits.bitLen},
    committeeBits: {bits: committeeBits.uint8Array, length: committeeBits.bitLen},
    data: attestationDataFromSsz(attestation.data),
    signature: attestation.signature as Signature,
  };
}

export function aggregateAndProofToSsz(message: AggregateAndProof): electra.AggregateAndProof {
  const {aggregatorIndex, aggregate, selectionProof} = message;
  // Field by field: a copy of the struct would take along a root that the SSZ library kept on it.
  return {aggregatorIndex, aggregate: attestationToSsz(aggregate), selectionProof};
}

const checkpointToSsz = ({epoch, root}: Checkpoint): phase0.Checkpoint => ({epoch, root: hexToBytes(root)});

const checkpointFromSsz = ({epoch, root}: phase0.Checkpoint): Checkpoint => ({
  epoch: parseUint(epoch, "epoch") as Epoch,
  root: rootToHex(root),
});
