import {isSyncCommitteeAggregator, ssz} from "@mote/consensus";
import {
  type CommitteeSelection,
  type DistributedSelections,
  type Epoch,
  hexToBytes,
  type Slot,
  type SyncCommitteeSelection,
  type SyncDuty,
  type ValidatorIndex,
} from "@mote/core";
import {type ContributionRequest, FakeDutiesSource, FakeLog} from "@mote/testing";
import {OwnSelectionProofs} from "../../src/selections/own-selection-proofs.ts";
import type {SelectionProofSource} from "../../src/selections/selection-proof-source.ts";
import {SyncCommitteeService, type SyncCommitteeServiceInit} from "../../src/sync-committee/sync-committee-service.ts";
import {SlotDriver} from "./slot-driver.ts";
import {AGGREGATE_DUE_MS, DUE_MS, fakePorts, pubkey, root} from "./world.ts";

/** The minimal preset: 32 seats, 8 to a subcommittee, 8 epochs to a period. */
export const PERIOD_SLOTS = 64;

export const syncDuty = (validatorIndex: number, seats: readonly number[]): SyncDuty => ({
  pubkey: pubkey(validatorIndex),
  validatorIndex: validatorIndex as ValidatorIndex,
  seats,
});

/** What a beacon node has to a request when one message arrived. */
export function contributionTo({slot, subcommitteeIndex, beaconBlockRoot}: ContributionRequest) {
  const contribution = ssz.altair.SyncCommitteeContribution.defaultValue();
  contribution.aggregationBits.set(0, true);
  return {...contribution, slot, subcommitteeIndex, beaconBlockRoot: hexToBytes(beaconBlockRoot)};
}

export interface SyncWorldInit extends Partial<SyncCommitteeServiceInit> {
  readonly atSlot: number;
  /** By period: seats of validators. */
  readonly seats: (period: number) => Readonly<Record<number, readonly number[]>>;
  readonly proofs?: (ports: ReturnType<typeof fakePorts> & {log: FakeLog}) => SelectionProofSource;
}

/** A service for the sync committee on well-made fakes. Validators 1 to 9 are ours. */
export function syncWorld({atSlot, seats, proofs: makeProofs, ...over}: SyncWorldInit) {
  const ports = fakePorts(atSlot);
  const log = new FakeLog();
  const indices = Array.from({length: 9}, (_, i) => (i + 1) as ValidatorIndex);
  const registry = {indices, indicesForSyncDuties: () => registry.indices};
  const dutiesSource = new FakeDutiesSource({dutyOf: () => null, dependentRootOf: () => root(1)});
  dutiesSource.seatsOf = (epoch: Epoch, index: ValidatorIndex) => {
    const own = seats(Math.floor(epoch / 8))[index];
    return own === undefined ? null : syncDuty(index, own);
  };
  ports.chain.contribution = contributionTo;
  const random = {next: () => 0};
  const proofs = makeProofs?.({...ports, log}) ?? new OwnSelectionProofs({...ports, log});
  const service = new SyncCommitteeService(
    {
      syncMessageDueMs: () => DUE_MS,
      contributionDueMs: () => AGGREGATE_DUE_MS,
      isAggregator: (proof) => isSyncCommitteeAggregator(proof),
      ...over,
    },
    {...ports, chainData: ports.chain, registry, dutiesSource, random, proofs, log},
  );
  return {...ports, log, registry, dutiesSource, random, proofs, service, driver: new SlotDriver(service, ports)};
}

/** Middleware that answers what a test says; by default nothing, for ever. */
export class FakeSelections implements DistributedSelections {
  readonly askedCommittees: (readonly CommitteeSelection[])[] = [];
  readonly askedSync: (readonly SyncCommitteeSelection[])[] = [];
  committees: (partial: readonly CommitteeSelection[]) => Promise<readonly CommitteeSelection[]> = () =>
    new Promise(() => {});
  sync: (partial: readonly SyncCommitteeSelection[]) => Promise<readonly SyncCommitteeSelection[]> = () =>
    new Promise(() => {});

  committeeSelections(partial: readonly CommitteeSelection[]): Promise<readonly CommitteeSelection[]> {
    this.askedCommittees.push(partial);
    return this.committees(partial);
  }

  syncCommitteeSelections(partial: readonly SyncCommitteeSelection[]): Promise<readonly SyncCommitteeSelection[]> {
    this.askedSync.push(partial);
    return this.sync(partial);
  }
}

/** Who sent a message in which slot. */
export const sentBy = (requests: readonly (readonly {slot: number; validatorIndex: number}[])[]): [Slot, number[]][] =>
  requests.map((messages) => [(messages[0]?.slot ?? -1) as Slot, messages.map(({validatorIndex}) => validatorIndex)]);
