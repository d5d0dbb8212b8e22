import type {altair, bellatrix, gloas, phase0} from "@lodestar/types";
import type {FailureReason} from "../duty/failure-reason.ts";
import type {Pubkey, Root, Signature, Slot} from "../primitives.ts";
import type {
  AggregateAndProof,
  AttestationData,
  AttesterDuty,
  ProducedBlock,
  PtcDuty,
  SelfBuiltPayload,
  SyncDuty,
} from "./types.ts";

export type SignOutcome =
  | {
      readonly kind: "signed";
      readonly signature: Signature;
      readonly signingRoot: Root;
      /** Unix ms at which slashing protection had it on disk; absent for messages that cannot be slashed. */
      readonly recordedMs?: number;
      readonly signedMs: number;
    }
  | {readonly kind: "refused"; readonly reason: FailureReason; readonly detail: string};

/** What became of the signing for each of several duties, in their order. */
export type SignOutcomes<Duty> = readonly {readonly duty: Duty; readonly outcome: SignOutcome}[];

/** What duties see of the keys: one method a message. The signing gate (duty-signing) implements it. Never rejects: a failure is an outcome. */
export interface DutySigner {
  /** Signs the same data for the duties of one slot. One failure never stops the others. */
  signAttestations(data: AttestationData, duties: readonly AttesterDuty[]): Promise<SignOutcomes<AttesterDuty>>;
  signSelectionProof(pubkey: Pubkey, slot: Slot): Promise<SignOutcome>;
  signAggregateAndProof(pubkey: Pubkey, message: AggregateAndProof): Promise<SignOutcome>;
  /** Signs the epoch of `slot`. */
  signRandaoReveal(pubkey: Pubkey, slot: Slot): Promise<SignOutcome>;
  /** Once a slot, whose proposer settings the block fits, and only after slashing protection has it. */
  signBlock(pubkey: Pubkey, produced: ProducedBlock): Promise<SignOutcome>;
  /** Gloas: only for the block that this key has just signed. */
  signExecutionPayloadEnvelope(pubkey: Pubkey, payload: SelfBuiltPayload): Promise<SignOutcome>;
  /** As {@link DutySigner.signAttestations}. */
  signSyncCommitteeMessages(
    message: {readonly slot: Slot; readonly beaconBlockRoot: Root},
    duties: readonly SyncDuty[],
  ): Promise<SignOutcomes<SyncDuty>>;
  signSyncCommitteeSelectionProof(pubkey: Pubkey, data: altair.SyncAggregatorSelectionData): Promise<SignOutcome>;
  signContributionAndProof(pubkey: Pubkey, message: altair.ContributionAndProof): Promise<SignOutcome>;
  /** As {@link DutySigner.signAttestations}. */
  signPayloadAttestations(
    data: gloas.PayloadAttestationData,
    duties: readonly PtcDuty[],
  ): Promise<SignOutcomes<PtcDuty>>;
  signProposerPreferences(pubkey: Pubkey, preferences: gloas.ProposerPreferences): Promise<SignOutcome>;
  signValidatorRegistration(pubkey: Pubkey, registration: bellatrix.ValidatorRegistrationV1): Promise<SignOutcome>;
  signVoluntaryExit(pubkey: Pubkey, exit: phase0.VoluntaryExit): Promise<SignOutcome>;
}
