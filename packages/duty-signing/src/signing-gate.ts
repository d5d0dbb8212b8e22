import type {altair, bellatrix, gloas, phase0} from "@lodestar/types";
import type {NetworkConfig} from "@mote/consensus";
import type {
  AggregateAndProof,
  AttestationData,
  AttesterDuty,
  DutySigner,
  Log,
  ProducedBlock,
  ProposerSettingsSource,
  PtcDuty,
  Pubkey,
  SelfBuiltPayload,
  SignOutcome,
  SignOutcomes,
  SlashingProtection,
  Slot,
  SlotClock,
  SyncDuty,
} from "@mote/core";
import {AttemptLog} from "./attempt-log.ts";
import {AdministrationSigning} from "./gate/administration.ts";
import {AttestationSigning} from "./gate/attestation.ts";
import {BlockSigning} from "./gate/block.ts";
import {EnvelopeSigning} from "./gate/envelope.ts";
import {PayloadAttestationSigning} from "./gate/payload-attestation.ts";
import {PaymentGuard} from "./gate/payment-guard.ts";
import {type KeyRefusal, type SigningPurpose, SigningRoad} from "./gate/signing-road.ts";
import {type SyncCommitteeHead, SyncCommitteeSigning} from "./gate/sync-committee.ts";
import type {Signer} from "./signers/signer.ts";
import {TurnQueue} from "./turn-queue.ts";

export type {KeyRefusal, SigningPurpose};

/** A vote can be included until the end of the epoch after its own: this is that and one more. Nobody asks for it again later. */
const ATTEMPTS_KEPT_EPOCHS = 3;

export interface SigningGateInit {
  readonly config: NetworkConfig;
  /** Whether the keys are shares of a cluster's: then a block that pays others raises an alarm, and is signed. */
  readonly distributed: boolean;
}

export interface SigningGateComponents {
  readonly slotClock: SlotClock;
  readonly protection: SlashingProtection;
  readonly signer: Signer;
  /** Why this key may not sign for this purpose now; null when it may. Asked again in the moment of signing. */
  readonly refusalOf: (pubkey: Pubkey, purpose: SigningPurpose) => KeyRefusal | null;
  /**
   * Whether somebody else keeps the record of this key's votes and blocks, so that slashing protection is not asked: for keys of remote signers only, and
   * only where the operator said so by name. Asked again in the moment of signing; none when left out.
   */
  readonly isRecordedElsewhere?: (pubkey: Pubkey) => boolean;
  readonly proposerSettings: ProposerSettingsSource;
  readonly log: Log;
  /** Resolves once the event loop has been round (`setImmediate`). */
  readonly yieldToEventLoop: () => Promise<void>;
}

/**
 * The only road to a key. What can be slashed is on record, durably, before its signature exists, be it signed here or by a remote signer; a
 * refusal, a failed record and any surprise mean that nothing is signed.
 */
export class SigningGate implements DutySigner {
  readonly #attestation: AttestationSigning;
  readonly #block: BlockSigning;
  readonly #envelope: EnvelopeSigning;
  readonly #syncCommittee: SyncCommitteeSigning;
  readonly #payloadAttestation: PayloadAttestationSigning;
  readonly #administration: AdministrationSigning;

  constructor({config, distributed}: SigningGateInit, components: SigningGateComponents) {
    const {slotClock, protection, signer, refusalOf, proposerSettings, log, yieldToEventLoop} = components;
    const {isRecordedElsewhere = () => false} = components;
    const turns = new TurnQueue({nowMs: () => slotClock.nowMs(), yieldToEventLoop});
    const road = new SigningRoad({slotClock, signer, refusalOf, isRecordedElsewhere, turns});
    const attempts = new AttemptLog({slotsKeptMax: ATTEMPTS_KEPT_EPOCHS * slotClock.timing.slotsPerEpoch});
    const payments = new PaymentGuard({isAlarmOnly: distributed}, {proposerSettings, log});
    const shared = {slotClock, protection, attempts, road, payments, proposerSettings};
    this.#attestation = new AttestationSigning({config}, shared);
    this.#envelope = new EnvelopeSigning({config}, shared);
    this.#block = new BlockSigning({config}, {...shared, envelopes: this.#envelope});
    this.#syncCommittee = new SyncCommitteeSigning({config}, shared);
    this.#payloadAttestation = new PayloadAttestationSigning({config}, shared);
    this.#administration = new AdministrationSigning({config}, shared);
  }

  signAttestations(data: AttestationData, duties: readonly AttesterDuty[]): Promise<SignOutcomes<AttesterDuty>> {
    return this.#attestation.signVotes(data, duties);
  }

  signSelectionProof(pubkey: Pubkey, slot: Slot): Promise<SignOutcome> {
    return this.#attestation.signSelectionProof(pubkey, slot);
  }

  signAggregateAndProof(pubkey: Pubkey, message: AggregateAndProof): Promise<SignOutcome> {
    return this.#attestation.signAggregateAndProof(pubkey, message);
  }

  signRandaoReveal(pubkey: Pubkey, slot: Slot): Promise<SignOutcome> {
    return this.#block.signRandaoReveal(pubkey, slot);
  }

  signBlock(pubkey: Pubkey, produced: ProducedBlock): Promise<SignOutcome> {
    return this.#block.signBlock(pubkey, produced);
  }

  signExecutionPayloadEnvelope(pubkey: Pubkey, payload: SelfBuiltPayload): Promise<SignOutcome> {
    return this.#envelope.signEnvelope(pubkey, payload);
  }

  signSyncCommitteeMessages(head: SyncCommitteeHead, duties: readonly SyncDuty[]): Promise<SignOutcomes<SyncDuty>> {
    return this.#syncCommittee.signMessages(head, duties);
  }

  signSyncCommitteeSelectionProof(pubkey: Pubkey, data: altair.SyncAggregatorSelectionData): Promise<SignOutcome> {
    return this.#syncCommittee.signSelectionProof(pubkey, data);
  }

  signContributionAndProof(pubkey: Pubkey, message: altair.ContributionAndProof): Promise<SignOutcome> {
    return this.#syncCommittee.signContributionAndProof(pubkey, message);
  }

  signPayloadAttestations(
    data: gloas.PayloadAttestationData,
    duties: readonly PtcDuty[],
  ): Promise<SignOutcomes<PtcDuty>> {
    return this.#payloadAttestation.signVotes(data, duties);
  }

  signProposerPreferences(pubkey: Pubkey, preferences: gloas.ProposerPreferences): Promise<SignOutcome> {
    return this.#administration.signProposerPreferences(pubkey, preferences);
  }

  signValidatorRegistration(pubkey: Pubkey, registration: bellatrix.ValidatorRegistrationV1): Promise<SignOutcome> {
    return this.#administration.signValidatorRegistration(pubkey, registration);
  }

  signVoluntaryExit(pubkey: Pubkey, exit: phase0.VoluntaryExit): Promise<SignOutcome> {
    return this.#administration.signVoluntaryExit(pubkey, exit);
  }
}
