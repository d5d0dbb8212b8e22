import {
  attestationSigningRoot,
  blockRootSigningRoot,
  computeEpochAtSlot,
  type NetworkConfig,
  payloadAttestationSigningRoot,
  syncCommitteeMessageSigningRoot,
} from "@mote/consensus";
import {
  type Epoch,
  hexToBytes,
  type NetworkEvent,
  type Root,
  type Slot,
  type ValidatorIndex,
  type ValidatorInfo,
} from "@mote/core";
import type {IncludedVote} from "../network/included-votes.ts";
import type {SignedKind} from "./signed-book.ts";

/** A message that bears the signature of one of our validators. */
export interface Claim {
  readonly kind: SignedKind;
  readonly validator: ValidatorInfo;
  readonly slot: Slot;
  /** Of votes their target's. */
  readonly epoch: Epoch;
  readonly signingRoot: Root;
  readonly receivedMs: number;
  /** The block that the signature is over, when it does not cover the slot: whoever has one of an earlier slot can send it with this one. */
  readonly blockWithoutSlot: Root | null;
  /** For people. */
  readonly what: string;
}

interface Context {
  readonly config: NetworkConfig;
  readonly validatorAt: (index: ValidatorIndex) => ValidatorInfo | null;
}

/** Null for what is not ours, or not verified. */
export function claimOf(event: NetworkEvent, {config, validatorAt}: Context): Claim | null {
  switch (event.kind) {
    case "attestation": {
      const {attesterIndex, data} = event.vote;
      const validator = validatorAt(attesterIndex);
      if (validator === null) return null;
      const {slot, target} = data;
      const signingRoot = attestationSigningRoot(config, data);
      return {...event, validator, slot, epoch: target.epoch, signingRoot, blockWithoutSlot: null, what: "a vote"};
    }
    case "block": {
      const validator = event.isSignatureVerified ? validatorAt(event.proposerIndex) : null;
      if (validator === null) return null;
      const {slot, blockRoot, receivedMs} = event;
      const signingRoot = blockRootSigningRoot(config, slot, hexToBytes(blockRoot));
      return {
        kind: "proposal",
        validator,
        slot,
        epoch: computeEpochAtSlot(slot),
        signingRoot,
        receivedMs,
        blockWithoutSlot: null,
        what: "a block",
      };
    }
    case "sync_message": {
      const {slot, validatorIndex, beaconBlockRoot} = event;
      const validator = validatorAt(validatorIndex);
      if (validator === null) return null;
      const signingRoot = syncCommitteeMessageSigningRoot(config, slot, beaconBlockRoot);
      const epoch = computeEpochAtSlot(slot);
      return {...event, validator, epoch, signingRoot, blockWithoutSlot: beaconBlockRoot, what: "a sync message"};
    }
    case "payload_attestation": {
      const validator = validatorAt(event.validatorIndex);
      if (validator === null) return null;
      const slot = event.data.slot as Slot;
      const signingRoot = payloadAttestationSigningRoot(config, event.data);
      const epoch = computeEpochAtSlot(slot);
      return {...event, validator, slot, epoch, signingRoot, blockWithoutSlot: null, what: "a payload vote"};
    }
    default:
      return null;
  }
}

/** It was made long before its block was read: nothing is claimed by when it came. */
export function includedClaim(
  {attestation: {data}, blockRoot}: IncludedVote,
  {config, validator}: {readonly config: NetworkConfig; readonly validator: ValidatorInfo},
): Claim {
  return {
    kind: "attestation",
    validator,
    slot: data.slot,
    epoch: data.target.epoch,
    signingRoot: attestationSigningRoot(config, data),
    receivedMs: Number.POSITIVE_INFINITY,
    blockWithoutSlot: null,
    what: `(in block ${blockRoot}) a vote`,
  };
}
