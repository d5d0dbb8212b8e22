import type {CachedBeaconStateAllForks} from "@lodestar/state-transition";
import type {gloas, SignedBeaconBlock} from "@lodestar/types";
import type {CommitteeIndex, Epoch, Root, Slot, ValidatorIndex} from "@mote/core";

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
  | {readonly kind: "block"; readonly slot: Slot; readonly block: Root}
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
