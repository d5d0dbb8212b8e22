import type {altair, gloas} from "@lodestar/types";
import type {FailureReason} from "../duty/failure-reason.ts";
import type {CommitteeIndex, Root, Signature, Slot, ValidatorIndex} from "../primitives.ts";
import type {Attestation, AttestationData, ProducedBlock} from "./types.ts";

/**
 * The asker's own look at an answer, independent of who gave it. An answer that is found wrong is not used and counts against its beacon node;
 * another one is asked while there is time.
 * @param beaconNode name of the one that gave it
 */
export type AnswerCheck<T> = (
  answer: T,
  beaconNode: string,
) => {readonly reason: FailureReason; readonly detail: string} | null;

export interface DataFailure {
  readonly kind: "failed";
  readonly reason: FailureReason;
  readonly detail: string;
}

export interface AttestationDataRequest {
  readonly slot: Slot;
  /** A committee with one of our duties. Asked for before Gloas only, where some clients demand it; the answer does not depend on it. */
  readonly committeeIndex: CommitteeIndex;
  /**
   * The head that an event announced. When given, the answer must rest on this head or the call fails at once with
   * `HEAD_NOT_AGREED`; when absent (the vote is due), the call keeps asking until `untilMs`.
   */
  readonly head?: Root;
  /** Unix ms at which to give up. */
  readonly untilMs: number;
  readonly check: AnswerCheck<AttestationData>;
}

export type AttestationDataOutcome =
  | {
      readonly kind: "data";
      readonly data: AttestationData;
      /** Names of the beacon nodes whose answers agree with `data` on source and target. */
      readonly beaconNodes: readonly string[];
    }
  | DataFailure;

export interface BlockRequest {
  readonly slot: Slot;
  readonly proposerIndex: ValidatorIndex;
  readonly randaoReveal: Signature;
  /** 32 bytes; null leaves it to the beacon node. */
  readonly graffiti: Uint8Array | null;
  /** Percentage by which a builder's bid is weighed against the local payload: 0 is local only, 2^64−1 the builder whenever there is a bid. */
  readonly builderBoostFactor: bigint;
  /** Unix ms at which to give up. */
  readonly untilMs: number;
  readonly check: AnswerCheck<ProducedBlock>;
}

export type BlockOutcome =
  | {
      readonly kind: "block";
      readonly produced: ProducedBlock;
      /** Name of the beacon node that made it: a blinded block, or a payload whose blobs it keeps, can be published by it alone. */
      readonly beaconNode: string;
    }
  | DataFailure;

export interface HeadRootRequest {
  readonly slot: Slot;
  /** As in {@link AttestationDataRequest}. */
  readonly head?: Root;
  /** Unix ms at which to give up. */
  readonly untilMs: number;
}

export type HeadRootOutcome = {readonly kind: "root"; readonly root: Root} | DataFailure;

export type PayloadAttestationDataOutcome =
  | {readonly kind: "data"; readonly data: gloas.PayloadAttestationData}
  /** No block of this slot was seen: its committee has nothing to vote on. */
  | {readonly kind: "nothing"}
  | DataFailure;

export interface ChainData {
  /** Data that may be signed as far as the beacon nodes are concerned: of synced, not optimistic nodes, in the agreement that the strategy asks for. */
  attestationData(request: AttestationDataRequest): Promise<AttestationDataOutcome>;
  /** The best aggregate of votes for exactly the data with this root. Rejects when no beacon node has one by `untilMs`. */
  aggregateAttestation(request: {
    readonly slot: Slot;
    readonly attestationDataRoot: Root;
    readonly committeeIndex: CommitteeIndex;
    readonly untilMs: number;
  }): Promise<Attestation>;
  /** A block to sign, by the chosen strategy. Its slot and proposer are those that were asked for. */
  block(request: BlockRequest): Promise<BlockOutcome>;
  /** The block that sync-committee messages of `slot` are for: the head of synced, not optimistic nodes. */
  headRoot(request: HeadRootRequest): Promise<HeadRootOutcome>;
  /**
   * The best contribution to exactly this subcommittee and block. Rejects when no beacon node has one by `untilMs`.
   */
  syncCommitteeContribution(request: {
    readonly slot: Slot;
    readonly subcommitteeIndex: number;
    readonly beaconBlockRoot: Root;
    readonly untilMs: number;
  }): Promise<altair.SyncCommitteeContribution>;
  /** Gloas. */
  payloadAttestationData(request: {
    readonly slot: Slot;
    readonly untilMs: number;
    readonly check: AnswerCheck<gloas.PayloadAttestationData>;
  }): Promise<PayloadAttestationDataOutcome>;
}

/** Which votes a block carries; read beside the signing path, never on it. */
export interface InclusionSource {
  /** Attestations of the block with this root. Rejects when no beacon node knows it. */
  blockAttestations(blockRoot: Root): Promise<readonly Attestation[]>;
  /** Slot and parent of the block with this root. Rejects when no beacon node knows it. */
  blockHeader(blockRoot: Root): Promise<{readonly slot: Slot; readonly parentRoot: Root}>;
  /** Lengths of the committees of `slot`, by committee index: what turns aggregation bits into validators. Rejects when no beacon node answers. */
  committeeLengths(slot: Slot): Promise<readonly number[]>;
}
