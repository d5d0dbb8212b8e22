import type {altair, electra, gloas} from "@lodestar/types";
import {otherRoot} from "./other-root.ts";

// Field by field, all of them: a spread would take the root along that SSZ keeps in a value once hashed.

/** The same votes, said to be for another block. */
export function wrongAggregate(aggregate: electra.Attestation): electra.Attestation {
  const {aggregationBits, committeeBits, signature} = aggregate;
  const {slot, index, beaconBlockRoot, source, target} = aggregate.data;
  const data = {slot, index, beaconBlockRoot: otherRoot(beaconBlockRoot), source, target};
  return {aggregationBits, committeeBits, data, signature};
}

/** The same messages, said to be for another block. */
export function wrongContribution(contribution: altair.SyncCommitteeContribution): altair.SyncCommitteeContribution {
  const {slot, beaconBlockRoot, subcommitteeIndex, aggregationBits, signature} = contribution;
  return {slot, beaconBlockRoot: otherRoot(beaconBlockRoot), subcommitteeIndex, aggregationBits, signature};
}

/** The same block, said to be of the slot after its own. */
export function wrongPayloadAttestation(data: gloas.PayloadAttestationData): gloas.PayloadAttestationData {
  const {beaconBlockRoot, slot, payloadPresent, blobDataAvailable} = data;
  return {beaconBlockRoot, slot: slot + 1, payloadPresent, blobDataAvailable};
}
