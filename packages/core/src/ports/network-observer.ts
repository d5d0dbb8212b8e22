import type {gloas} from "@lodestar/types";
import type {Root, Signature, Slot, ValidatorIndex} from "../primitives.ts";
import type {Cancel} from "./clock.ts";
import type {Attestation, SingleAttestation} from "./types.ts";

export type NetworkEvent =
  /** A vote on one of our own subnets; its signature was verified. */
  | {readonly kind: "attestation"; readonly vote: SingleAttestation; readonly receivedMs: number}
  /**
   * A block. `isSignatureVerified` is false where its proposer's key is not known; then it proves nothing until a sync committee has signed it (or
   * a block that has it as ancestor).
   */
  | {
      readonly kind: "block";
      readonly slot: Slot;
      readonly proposerIndex: ValidatorIndex;
      readonly blockRoot: Root;
      readonly parentRoot: Root;
      readonly attestations: readonly Attestation[];
      readonly isSignatureVerified: boolean;
      readonly receivedMs: number;
    }
  /** One that gossip did not bring, fetched by its root because a sync committee has signed it, or a block after it. When it came says nothing of the network. */
  | {
      readonly kind: "fetched_block";
      readonly slot: Slot;
      readonly blockRoot: Root;
      readonly attestations: readonly Attestation[];
      readonly receivedMs: number;
    }
  /** Verified. */
  | {
      readonly kind: "sync_message";
      readonly slot: Slot;
      readonly validatorIndex: ValidatorIndex;
      readonly beaconBlockRoot: Root;
      readonly receivedMs: number;
    }
  /** Gloas; verified. */
  | {
      readonly kind: "payload_attestation";
      readonly validatorIndex: ValidatorIndex;
      readonly data: gloas.PayloadAttestationData;
      readonly receivedMs: number;
    }
  /** A proof that these validators are to be slashed, both of its signatures verified. */
  | {readonly kind: "slashing"; readonly validatorIndices: readonly ValidatorIndex[]; readonly receivedMs: number}
  /** A message that this node published came back from a peer. */
  | {readonly kind: "echo"; readonly message: EchoedMessage; readonly receivedMs: number};

/** Names a message of ours, once for each validator. */
export interface EchoedMessage {
  readonly kind:
    | "attestation"
    | "aggregation"
    | "proposal"
    | "sync_message"
    | "sync_contribution"
    | "payload_attestation";
  readonly slot: Slot;
  readonly validatorIndex: ValidatorIndex;
  readonly signature: Signature;
}

/** What this node sees on the network with its own eyes. */
export interface NetworkObserver {
  /** One subscription a call. Listeners are called in the order of subscription and must not throw. */
  subscribe(listener: (event: NetworkEvent) => void): Cancel;
}
