import {
  aggregateDueMs,
  attestationDueMs,
  attestationIndexNamesPayload,
  blockCommitsToBid,
  contributionDueMs,
  isSyncCommitteeAggregator,
  type NetworkConfig,
  payloadAttestationDueMs,
  payloadDueMs,
  syncMessageDueMs,
} from "@mote/consensus";
import type {
  ChainData,
  DistributedSelections,
  DutiesSource,
  DutyJournal,
  DutySigner,
  Epoch,
  InclusionSource,
  Log,
  NetworkObserver,
  ProposerSettingsSource,
  Publisher,
  Random,
  Referee,
  SlashingProtection,
  Slot,
  SlotClock,
} from "@mote/core";
import {AggregationService} from "./aggregation/aggregation-service.ts";
import {AttestationService} from "./attestation/attestation-service.ts";
import {attesterDuties} from "./attestation/attester-duties.ts";
import {AttesterService} from "./attestation/attester-service.ts";
import {CommitteeSubscriptions} from "./attestation/committee-subscriptions.ts";
import {RefereeCheck} from "./attestation/referee-check.ts";
import {blockRoot} from "./block/block-root.ts";
import {PayloadReveal} from "./block/payload-reveal.ts";
import {ProposalService} from "./block/proposal-service.ts";
import {proposerDuties} from "./block/proposer-duties.ts";
import {RandaoReveals} from "./block/randao-reveals.ts";
import {dutyKey} from "./duty-key.ts";
import {InclusionTracker} from "./inclusion/inclusion-tracker.ts";
import {Arrivals} from "./network/arrivals.ts";
import {EchoJournal} from "./network/echo-journal.ts";
import {type IncludedVote, IncludedVotes} from "./network/included-votes.ts";
import {ownKeysDuties} from "./own-keys-duties.ts";
import {PayloadAttestationService} from "./payload-attestation/payload-attestation-service.ts";
import {BuilderRegistrations} from "./preparation/builder-registrations.ts";
import {ProposerPreferences} from "./preparation/proposer-preferences.ts";
import {ProposerPreparation} from "./preparation/proposer-preparation.ts";
import {OldSourceQuestion} from "./safety/old-source.ts";
import {DistributedSelectionProofs} from "./selections/distributed-selection-proofs.ts";
import {OwnSelectionProofs} from "./selections/own-selection-proofs.ts";
import {aggregatorProof, type SelectionProofSource} from "./selections/selection-proof-source.ts";
import type {SlotService} from "./slot-service.ts";
import {SyncCommitteeService} from "./sync-committee/sync-committee-service.ts";
import type {ValidatorRegistry} from "./validators/validator-registry.ts";

export interface DutyServicesInit {
  readonly config: NetworkConfig;
  /** Work beside the slots; it ends when the signal is aborted. */
  readonly inBackground: (work: (signal: AbortSignal) => Promise<void>) => void;
  readonly onIncludedVote: (vote: IncludedVote) => void;
}

export interface DutyServicesComponents {
  readonly registry: ValidatorRegistry;
  readonly dutiesSource: DutiesSource;
  readonly chainData: ChainData;
  readonly inclusionSource: InclusionSource;
  readonly publisher: Publisher;
  readonly signer: DutySigner;
  readonly settings: ProposerSettingsSource;
  readonly protection: Pick<SlashingProtection, "newest">;
  /** Null: the keys are whole, and nobody else has to be asked for a selection proof. */
  readonly distributedSelections: DistributedSelections | null;
  /** Null, or left out: beacon nodes alone tell what happens. */
  readonly network?: NetworkObserver | null;
  /** Null, or left out: votes are held against nothing but each other. */
  readonly referee?: Referee | null;
  readonly journal: DutyJournal;
  readonly random: Random;
  readonly slotClock: SlotClock;
  readonly log: Log;
}

export interface DutyServices {
  /** In the order in which a slot begins them. */
  readonly services: readonly SlotService[];
  /** Without its duties nothing begins. */
  readonly attester: AttesterService;
}

/** Every duty of a validator. */
export function dutyServices(init: DutyServicesInit, components: DutyServicesComponents): DutyServices {
  const {config} = init;
  const {distributedSelections: selections} = components;
  const forks = {
    forkEpochs: Object.values(config.forks).map(({epoch}) => epoch as Epoch),
    gloasEpoch: config.GLOAS_FORK_EPOCH as Epoch,
  };
  const proofs =
    selections === null
      ? new OwnSelectionProofs(components)
      : new DistributedSelectionProofs({...components, selections});
  const hasNetwork = (components.network ?? null) !== null;
  const arrivals = hasNetwork
    ? new Arrivals({attestationDueMs: (slot) => attestationDueMs(config, slot)}, components)
    : null;
  // Of shares nothing is gossiped, so nothing comes back.
  const echoes = hasNetwork && selections === null ? new EchoJournal(init, components) : null;
  const journal = echoes ?? components.journal;
  const inclusion = new InclusionTracker({...components, journal, arrivals, source: components.inclusionSource});
  const dutiesSource = ownKeysDuties(components.dutiesSource, components);
  const shared = {...components, journal, dutiesSource, proofs, inclusion, arrivals};

  const attester = attesting({...init, ...forks}, shared);
  const sync = new SyncCommitteeService(
    {
      syncMessageDueMs: (slot) => syncMessageDueMs(config, slot),
      contributionDueMs: (slot) => contributionDueMs(config, slot),
      isAggregator: isSyncCommitteeAggregator,
    },
    shared,
  );
  const payloadAttestations = new PayloadAttestationService(
    {
      forkEpochs: forks.forkEpochs,
      gloasForkEpoch: forks.gloasEpoch,
      payloadDueMs: () => payloadDueMs(config),
      payloadAttestationDueMs: () => payloadAttestationDueMs(config),
    },
    shared,
  );
  return {
    services: [
      ...proposing({config, ...forks}, shared),
      attester,
      sync,
      payloadAttestations,
      inclusion,
      ...[arrivals, echoes].filter((service) => service !== null),
    ],
    attester,
  };
}

interface Forks {
  readonly config: NetworkConfig;
  readonly forkEpochs: readonly Epoch[];
  readonly gloasEpoch: Epoch;
}

interface Shared extends DutyServicesComponents {
  readonly proofs: SelectionProofSource;
  readonly inclusion: InclusionTracker;
  readonly arrivals: Arrivals | null;
}

function attesting(init: Forks & DutyServicesInit, shared: Shared): AttesterService {
  const {config, forkEpochs, inBackground} = init;
  const {proofs, inclusion, referee = null} = shared;
  const dueMs = (slot: Slot) => attestationDueMs(config, slot);
  const subscriptions = new CommitteeSubscriptions(shared);
  const duties = attesterDuties(
    {
      forkEpochs,
      dueMs,
      onReplaced: (fresh) => {
        attestations.onDuties(fresh);
        inBackground((signal) => subscriptions.prepare(fresh, signal));
      },
    },
    shared,
  );
  const attestations = new AttestationService(
    {
      attestationDueMs: dueMs,
      indexNamesPayload: (slot) => attestationIndexNamesPayload(config, slot),
      dutiesAt: (slot) => duties.dutiesAt(slot),
    },
    {
      ...shared,
      oldSource: new OldSourceQuestion(shared),
      referee: referee === null ? null : new RefereeCheck({...shared, referee}),
    },
  );
  const aggregations = new AggregationService(
    {
      aggregateDueMs: (slot) => aggregateDueMs(config, slot),
      selectionProofOf: (duty) => aggregatorProof(proofs, duty),
    },
    shared,
  );
  const includedVotes =
    referee === null
      ? null
      : new IncludedVotes(init, {...shared, referee, duties, lengthsAt: (slot) => inclusion.lengthsAt(slot)});
  return new AttesterService({...shared, duties, attestations, aggregations, subscriptions, includedVotes});
}

/** The block comes first in a slot, and what prepares the beacon nodes for it next. */
function proposing({config, forkEpochs, gloasEpoch}: Forks, shared: Shared): SlotService[] {
  const {inclusion} = shared;
  // From Fulu on the chain's state names the proposers an epoch ahead; before, balances at the epoch's start have a say.
  const duties = proposerDuties({forkEpochs, settledFrom: config.FULU_FORK_EPOCH as Epoch}, shared);
  const registrations = new BuilderRegistrations({gloasEpoch}, shared);
  const preferences = new ProposerPreferences({gloasEpoch}, {...shared, duties});
  const hasBid = (slot: Slot) => blockCommitsToBid(config, slot);
  const proposals = new ProposalService(
    {
      attestationDueMs: (slot) => attestationDueMs(config, slot),
      hasBid,
      distributed: shared.distributedSelections !== null,
      isToldToBuilders: (duty) =>
        hasBid(duty.slot) ? preferences.isUpToDate(duty) : registrations.isRegistered(duty.pubkey),
      onPublished: (duty, produced) => inclusion.followBlock(dutyKey("proposal", duty), blockRoot(config, produced)),
    },
    {
      ...shared,
      duties,
      randao: new RandaoReveals(shared),
      reveal: new PayloadReveal({payloadDueMs: () => payloadDueMs(config)}, shared),
    },
  );
  return [proposals, new ProposerPreparation(shared), registrations, preferences];
}
