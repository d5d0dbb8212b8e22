import type {altair, bellatrix, gloas, phase0} from "@lodestar/types";
import type {PublishOutcome} from "../duty/receipt.ts";
import type {CommitteeIndex, Epoch, ExecutionAddress, Signature, Slot, ValidatorIndex} from "../primitives.ts";
import type {BlobData, ProducedBlock, SignedAggregateAndProof, SingleAttestation} from "./types.ts";

export interface CommitteeSubscription {
  readonly validatorIndex: ValidatorIndex;
  readonly committeeIndex: CommitteeIndex;
  readonly committeesAtSlot: number;
  readonly slot: Slot;
  readonly isAggregator: boolean;
}

export interface SyncCommitteeSubscription {
  readonly validatorIndex: ValidatorIndex;
  readonly seats: readonly number[];
  /** First epoch without this duty. */
  readonly untilEpoch: Epoch;
}

export interface ProposerPreparation {
  readonly validatorIndex: ValidatorIndex;
  readonly feeRecipient: ExecutionAddress;
}

export interface SignedBlock {
  readonly produced: ProducedBlock;
  readonly signature: Signature;
  /** Name of the beacon node that made it. */
  readonly beaconNode: string;
}

export interface SignedEnvelope {
  readonly signed: gloas.SignedExecutionPayloadEnvelope;
  /** Null: the beacon node that made the block keeps them, and it alone can publish. */
  readonly blobData: BlobData | null;
  /** Name of the beacon node that made it. */
  readonly beaconNode: string;
}

/** Sends signed messages by every path there is. Never rejects for what a remote side did: that is in the outcomes. */
export interface Publisher {
  /** One request a path for all of them. Outcomes are in the order of `attestations`; each is the best of all paths. */
  publishAttestations(attestations: readonly SingleAttestation[]): Promise<readonly PublishOutcome[]>;
  publishAggregates(aggregates: readonly SignedAggregateAndProof[]): Promise<readonly PublishOutcome[]>;
  /** A blinded block goes to the node that made it, and to no other. */
  publishBlock(block: SignedBlock): Promise<PublishOutcome>;
  publishExecutionPayloadEnvelope(envelope: SignedEnvelope): Promise<PublishOutcome>;
  publishSyncCommitteeMessages(messages: readonly altair.SyncCommitteeMessage[]): Promise<readonly PublishOutcome[]>;
  publishContributions(contributions: readonly altair.SignedContributionAndProof[]): Promise<readonly PublishOutcome[]>;
  publishPayloadAttestations(messages: readonly gloas.PayloadAttestationMessage[]): Promise<readonly PublishOutcome[]>;
  publishVoluntaryExit(exit: phase0.SignedVoluntaryExit): Promise<PublishOutcome>;
  publishProposerPreferences(
    preferences: readonly gloas.SignedProposerPreferences[],
  ): Promise<readonly PublishOutcome[]>;
  /** Tells the beacon nodes which subnets to join. Rejects when none took it. */
  subscribeCommittees(subscriptions: readonly CommitteeSubscription[]): Promise<void>;
  /** As {@link Publisher.subscribeCommittees}. */
  subscribeSyncCommittees(subscriptions: readonly SyncCommitteeSubscription[]): Promise<void>;
  /** Tells every beacon node where the fees of our proposals go. Rejects when none took it. */
  prepareProposers(preparations: readonly ProposerPreparation[]): Promise<void>;
  /** To the builders, by way of every beacon node. Rejects when none took them. */
  registerValidators(registrations: readonly bellatrix.SignedValidatorRegistrationV1[]): Promise<void>;
}
