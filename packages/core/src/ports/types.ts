import type {CommitteeIndex, Epoch, Pubkey, Root, Signature, Slot, ValidatorIndex} from "../primitives.ts";

/** Shapes that several ports share. Field names are the consensus spec's, in camelCase. */

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
