import type {CachedBeaconStateAllForks} from "@lodestar/state-transition";
import type {altair, capella, electra, gloas, phase0, SignedBeaconBlock} from "@lodestar/types";
import type {CommitteeIndex, Epoch, ExecutionAddress, Root, Slot, ValidatorIndex} from "@mote/core";
import type {VoteFigures} from "./vote-ledger.ts";

/** A state with its caches. States are shared: whoever holds one must not change it. */
export type ChainState = CachedBeaconStateAllForks;

export type DevnetFork = "fulu" | "gloas" | {readonly gloasEpoch: Epoch};

export interface DevnetGenesis {
  readonly timeSec: number;
  readonly validatorsRoot: Root;
  /** 4 bytes as `0x` hex. */
  readonly forkVersion: `0x${string}`;
  readonly blockRoot: Root;
}

export interface ChainCheckpoint {
  readonly epoch: Epoch;
  readonly root: Root;
}

/** `none` before Gloas, where a block carries its payload. */
export type PayloadStatus = "none" | "empty" | "full";

export interface ChainBlock {
  readonly root: Root;
  readonly slot: Slot;
  readonly parentRoot: Root;
  readonly stateRoot: Root;
  readonly proposerIndex: ValidatorIndex;
  /** Null for the genesis block, whose body nobody signed. */
  readonly signed: SignedBeaconBlock | null;
  /** Gloas: set once the payload was revealed. */
  readonly envelope: gloas.SignedExecutionPayloadEnvelope | null;
  readonly payloadStatus: PayloadStatus;
}

export interface HeadView {
  readonly root: Root;
  readonly slot: Slot;
  readonly state: ChainState;
  readonly payloadStatus: PayloadStatus;
}

export interface CommitteeView {
  readonly slot: Slot;
  readonly index: CommitteeIndex;
  readonly validators: readonly ValidatorIndex[];
}

/** `none`: nobody builds blocks for others. `bids`: a builder offers payloads, blinded ones before Gloas and bids of its own in Gloas. */
export type BuilderMode = "none" | "bids";

/** A slot range, both ends included. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
}

/** What is to go wrong on the chain itself. */
export interface ChainFaultRanges {
  /** Slots for which no block is made. */
  readonly skip?: readonly SlotRange[];
  /** Slots whose block is shown only after the votes' due time, and on which the next block does not build. */
  readonly reorg?: readonly SlotRange[];
  /** Gloas: slots whose payload is taken and never shown. */
  readonly withholdPayload?: readonly SlotRange[];
}

export interface BlockRequest {
  readonly randaoReveal: Uint8Array;
  /** 32 bytes. */
  readonly graffiti: Uint8Array;
  /** Wins over the preparation or preference of the proposer. */
  readonly feeRecipient?: ExecutionAddress;
  /** Percent that the builder's value is multiplied by; 0 asks for a block of one's own. Default 100. */
  readonly builderBoostFactor?: bigint;
  /** The randao reveal may be the point at infinity and is not looked at. */
  readonly skipRandaoVerification?: boolean;
}

/** A block to sign. Of `block`, `blinded` and `envelope` all are there that describe it. */
export interface UnsignedBlock {
  readonly slot: Slot;
  /** The same for the full and the blinded block. */
  readonly root: Root;
  readonly block: electra.BeaconBlock | gloas.BeaconBlock;
  /** Before Gloas, when the payload is the builder's: what the proposer gets to see. */
  readonly blinded: electra.BlindedBeaconBlock | null;
  /** Gloas, when the payload is the proposer's own. */
  readonly envelope: gloas.ExecutionPayloadEnvelope | null;
  readonly consensusValueWei: bigint;
  readonly executionValueWei: bigint;
}

export interface Refusal {
  readonly refused: string;
}

export interface ProposerPreparation {
  readonly validatorIndex: ValidatorIndex;
  readonly feeRecipient: ExecutionAddress;
}

/** Operations that blocks have still to carry. */
export interface OpPoolsView {
  readonly voluntaryExits: readonly phase0.SignedVoluntaryExit[];
  readonly proposerSlashings: readonly phase0.ProposerSlashing[];
  readonly attesterSlashings: readonly electra.AttesterSlashing[];
  readonly blsToExecutionChanges: readonly capella.SignedBLSToExecutionChange[];
  readonly syncCommitteeMessages: readonly altair.SyncCommitteeMessage[];
  readonly payloadAttestations: readonly gloas.PayloadAttestationMessage[];
}

/** In Gwei, as in beacon/rewards/blocks. */
export interface BlockRewardsView {
  readonly proposerIndex: ValidatorIndex;
  readonly total: number;
  readonly attestations: number;
  readonly syncAggregate: number;
  readonly proposerSlashings: number;
  readonly attesterSlashings: number;
}

/** In Gwei; negative for a seat without its bit. */
export interface SyncCommitteeReward {
  readonly validatorIndex: ValidatorIndex;
  readonly reward: number;
}

export interface DutyFigures {
  readonly expected: number;
  readonly included: number;
  readonly missed: number;
}

export interface PublishFigures {
  readonly published: number;
  readonly rejected: number;
}

/** What came of everyone's duties, in the canonical chain as it stands. */
export interface ChainFigures {
  readonly attestations: VoteFigures;
  /** One for each slot from 1 on that is over; those that were skipped on purpose are left out. */
  readonly proposals: DutyFigures;
  /** Seats with a bit set ÷ seats, in canonical blocks from slot 1 on; 1 without blocks. */
  readonly syncCommittee: {readonly participation: number};
  /** Gloas: one for each validator of the payload committee of a slot whose block the next slot's block builds on. */
  readonly payloadAttestations: DutyFigures;
  readonly aggregates: PublishFigures;
  readonly syncContributions: PublishFigures;
}

/** `duplicate` is acceptance: the pool had this vote already. */
export type SubmitOutcome =
  | {readonly kind: "accepted"}
  | {readonly kind: "duplicate"}
  | {readonly kind: "refused"; readonly reason: string};

/** Dependent roots are those of attester duties: of the head slot's epoch, and of the one after. */
export interface HeadEvent {
  readonly kind: "head";
  readonly slot: Slot;
  readonly block: Root;
  readonly state: Root;
  readonly epochTransition: boolean;
  readonly currentEpochDependentRoot: Root;
  readonly nextEpochDependentRoot: Root;
  readonly payloadStatus: PayloadStatus;
}

export type ChainEvent =
  | HeadEvent
  /** Gloas: the head's payload was revealed. The same fields again; it is not a new head. */
  | (Omit<HeadEvent, "kind"> & {readonly kind: "payload_full"; readonly builderIndex: number; readonly blockHash: Root})
  /** The block passed the gossip rules; sent before it is imported. */
  | {readonly kind: "block_gossip"; readonly slot: Slot; readonly block: Root}
  | {readonly kind: "block"; readonly slot: Slot; readonly block: Root}
  /** Gloas: the payload of this block was shown in time. */
  | {readonly kind: "payload_available"; readonly slot: Slot; readonly block: Root}
  | {readonly kind: "contribution_and_proof"; readonly message: altair.SignedContributionAndProof}
  | {readonly kind: "payload_attestation_message"; readonly message: gloas.PayloadAttestationMessage}
  | {readonly kind: "voluntary_exit"; readonly message: phase0.SignedVoluntaryExit}
  | {readonly kind: "bls_to_execution_change"; readonly message: capella.SignedBLSToExecutionChange}
  | {
      readonly kind: "proposer_slashing";
      readonly indices: readonly ValidatorIndex[];
      readonly message: phase0.ProposerSlashing;
    }
  | {
      readonly kind: "attester_slashing";
      readonly indices: readonly ValidatorIndex[];
      readonly message: electra.AttesterSlashing;
    }
  | {
      readonly kind: "chain_reorg";
      readonly slot: Slot;
      readonly depth: number;
      readonly oldHeadBlock: Root;
      readonly newHeadBlock: Root;
      readonly oldHeadState: Root;
      readonly newHeadState: Root;
      readonly epoch: Epoch;
    }
  | {readonly kind: "finalized_checkpoint"; readonly block: Root; readonly state: Root; readonly epoch: Epoch};
