import type {PublishOutcome} from "../duty/receipt.ts";
import type {CommitteeIndex, Slot, ValidatorIndex} from "../primitives.ts";
import type {SignedAggregateAndProof, SingleAttestation} from "./types.ts";

export interface CommitteeSubscription {
  readonly validatorIndex: ValidatorIndex;
  readonly committeeIndex: CommitteeIndex;
  readonly committeesAtSlot: number;
  readonly slot: Slot;
  readonly isAggregator: boolean;
}

/** Sends signed messages by every path there is. Never rejects for what a remote side did: that is in the outcomes. */
export interface Publisher {
  /** One request a path for all of them. Outcomes are in the order of `attestations`; each is the best of all paths. */
  publishAttestations(attestations: readonly SingleAttestation[]): Promise<readonly PublishOutcome[]>;
  publishAggregates(aggregates: readonly SignedAggregateAndProof[]): Promise<readonly PublishOutcome[]>;
  /** Tells the beacon nodes which subnets to join. Rejects when none took it. */
  subscribeCommittees(subscriptions: readonly CommitteeSubscription[]): Promise<void>;
}
