import type {electra, gloas} from "@lodestar/types";
import type {CommitteeIndex, Epoch, Pubkey, Root, Signature, Slot, ValidatorIndex} from "../primitives.ts";

/**
 * Shapes that several ports share. Field names are the consensus spec's, in camelCase. What Mote decides by has a shape of its own; what it only
 * signs and passes on is a value of the SSZ library.
 */

export interface Checkpoint {
  readonly epoch: Epoch;
  readonly root: Root;
}

export interface AttestationData {
  readonly slot: Slot;
  /** 0 in Electra and Fulu. From Gloas on set by the beacon node (payload empty or full) and part of what is signed. */
  readonly index: number;
  readonly beaconBlockRoot: Root;
  readonly source: Checkpoint;
  readonly target: Checkpoint;
}

export interface AttesterDuty {
  readonly pubkey: Pubkey;
  readonly validatorIndex: ValidatorIndex;
  readonly slot: Slot;
  readonly committeeIndex: CommitteeIndex;
  readonly committeeLength: number;
  readonly committeesAtSlot: number;
  /** Place of the validator within its committee. */
  readonly validatorCommitteeIndex: number;
}

/** electra/validator.md#construct-attestation */
export interface SingleAttestation {
  readonly committeeIndex: CommitteeIndex;
  readonly attesterIndex: ValidatorIndex;
  readonly data: AttestationData;
  readonly signature: Signature;
}

/**
 * An on-chain attestation (Electra's shape, unchanged since). Bitfields are little-endian SSZ bits without the list's length bit:
 * bit i is `bits[i >> 3] >> (i & 7) & 1`.
 */
export interface Attestation {
  readonly aggregationBits: {readonly bits: Uint8Array; readonly length: number};
  readonly committeeBits: {readonly bits: Uint8Array; readonly length: number};
  readonly data: AttestationData;
  readonly signature: Signature;
}

export interface AggregateAndProof {
  readonly aggregatorIndex: ValidatorIndex;
  readonly aggregate: Attestation;
  readonly selectionProof: Signature;
}

export interface SignedAggregateAndProof {
  readonly message: AggregateAndProof;
  readonly signature: Signature;
}

/** All proposers of one slot each; slots without one of our validators are there too. */
export interface ProposerDuty {
  readonly pubkey: Pubkey;
  readonly validatorIndex: ValidatorIndex;
  readonly slot: Slot;
}

/** A validator's seats in the sync committee of one period. */
export interface SyncDuty {
  readonly pubkey: Pubkey;
  readonly validatorIndex: ValidatorIndex;
  /** Places in the committee, from 0 to SYNC_COMMITTEE_SIZE − 1; a validator may have several. */
  readonly seats: readonly number[];
}

/** Gloas: a validator of the payload timeliness committee of a slot. */
export interface PtcDuty {
  readonly pubkey: Pubkey;
  readonly validatorIndex: ValidatorIndex;
  readonly slot: Slot;
}

/** The blobs of a block and their proofs, as the beacon node gave them. */
export interface BlobData {
  readonly kzgProofs: readonly Uint8Array[];
  readonly blobs: readonly Uint8Array[];
}

/** Gloas: the payload that a self-built bid promises. */
export interface SelfBuiltPayload {
  readonly envelope: gloas.ExecutionPayloadEnvelope;
  /** Null: the beacon node that made the block keeps them. */
  readonly blobData: BlobData | null;
}

/** A block to sign. Its slot tells its fork. */
export type ProducedBlock =
  /** Electra and Fulu, payload and all. */
  | {readonly kind: "full"; readonly block: electra.BeaconBlock; readonly blobData: BlobData}
  /** Electra and Fulu, with a builder's payload that nobody here knows. */
  | {readonly kind: "blinded"; readonly block: electra.BlindedBeaconBlock}
  /** Gloas: the block commits to a bid. `payload` is there when the bid is the proposer's own. */
  | {readonly kind: "bid"; readonly block: gloas.BeaconBlock; readonly payload: SelfBuiltPayload | null};
