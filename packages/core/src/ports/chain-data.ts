import type {FailureReason} from "../duty/failure-reason.ts";
import type {CommitteeIndex, Root, Slot} from "../primitives.ts";
import type {Attestation, AttestationData} from "./types.ts";

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
}

export type AttestationDataOutcome =
  | {
      readonly kind: "data";
      readonly data: AttestationData;
      /** Names of the beacon nodes whose answers agree with `data` on source and target. */
      readonly beaconNodes: readonly string[];
    }
  | {readonly kind: "failed"; readonly reason: FailureReason; readonly detail: string};

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
