import {
  attestationIndexNamesPayload,
  chainConfigFromSpec,
  createNetworkConfig,
  type NetworkConfig,
  ssz,
} from "@mote/consensus";
import {
  type AttesterDuty,
  hexToBytes,
  type ProposerDuty,
  type PtcDuty,
  type SyncDuty,
  type ValidatorInfo,
} from "@mote/core";
import {
  FakeChainEvents,
  FakeDutiesSource,
  FakeInclusionSource,
  FakeLog,
  FakeNetworkObserver,
  FakeProposerSettings,
  FakeReferee,
  FakeValidatorLiveness,
  FakeValidatorStatuses,
  MemorySlashingProtection,
} from "@mote/testing";
import {DutyRunner} from "../../src/duty-runner.ts";
import {StaleBackupCheck} from "../../src/safety/stale-backup.ts";
import type {Guard} from "../../src/slot-service.ts";
import {ValidatorRegistry} from "../../src/validators/validator-registry.ts";
import {OURS, produced} from "./blocks.ts";
import {data, duty, fakePorts, root, SLOT_MS, signature, validator} from "./world.ts";

/** Every duty of every kind, on fakes: what the runner is given when it is wired. */

export interface RunnerWorldInit {
  readonly atSlot: number;
  /** Far in the future when absent. */
  readonly gloasEpoch?: number;
  readonly infos?: readonly ValidatorInfo[];
  /** In place of the look for stale backups. */
  readonly guard?: Guard;
  readonly withNetwork?: boolean;
}

export function networkConfig({gloasEpoch}: Pick<RunnerWorldInit, "gloasEpoch">): NetworkConfig {
  const forks = ["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU"].map((fork) => [
    `${fork}_FORK_EPOCH`,
    "0",
  ]);
  if (gloasEpoch !== undefined) forks.push(["GLOAS_FORK_EPOCH", `${gloasEpoch}`]);
  const spec = {...Object.fromEntries(forks), SLOT_DURATION_MS: `${SLOT_MS}`};
  return createNetworkConfig(chainConfigFromSpec(spec), root(7));
}

export function runnerWorld({
  atSlot,
  gloasEpoch,
  guard,
  withNetwork = false,
  infos = [validator(1), validator(2)],
}: RunnerWorldInit) {
  const {chain, ...ports} = fakePorts(atSlot);
  const {slotClock} = ports;
  const [log, settings, events] = [new FakeLog(), new FakeProposerSettings(), new FakeChainEvents()];
  settings.default = {...settings.default, feeRecipient: OURS};
  const statuses = new FakeValidatorStatuses({infos});
  const pubkeys = [validator(1).pubkey, validator(2).pubkey];
  const registry = new ValidatorRegistry({pubkeys}, {statuses, log});
  const [liveness, protection] = [new FakeValidatorLiveness(), new MemorySlashingProtection()];
  const [network, referee] = [new FakeNetworkObserver(), new FakeReferee()];
  const noWitnesses = {witnessThreshold: 1, witnesses: () => []};
  const staleBackup = new StaleBackupCheck({registry, protection, liveness, chain: noWitnesses, log, slotClock});
  const dutiesSource = new FakeDutiesSource({
    dutyOf: (of, index) => duty(index, of * 8 + index + 4),
    dependentRootOf: () => root(1),
  });
  const inclusionSource = new FakeInclusionSource({committeeLengths: () => [4]});
  const components = {...ports, log, settings, registry, protection, dutiesSource, inclusionSource};
  const config = networkConfig(gloasEpoch === undefined ? {} : {gloasEpoch});
  const runner = new DutyRunner(
    {config},
    {
      ...components,
      random: {next: () => 0.5},
      chainData: chain,
      chainEvents: events,
      distributedSelections: null,
      network: withNetwork ? network : null,
      referee: withNetwork ? referee : null,
      guard: guard ?? {run: () => staleBackup.run()},
    },
  );
  return {...components, config, chain, events, statuses, liveness, staleBackup, network, referee, runner};
}

export type RunnerWorld = ReturnType<typeof runnerWorld>;

/** In slot n of each epoch validator n votes, proposes and votes on the payload; every slot it signs for the sync committee. */
export function assignEverything({dutiesSource, slotClock, chain, config}: RunnerWorld): void {
  const {slotsPerEpoch} = slotClock.timing;
  const slotOf = (epoch: number, index: number) => epoch * slotsPerEpoch + index;
  dutiesSource.dutyOf = (epoch, index): AttesterDuty => duty(index, slotOf(epoch, index));
  dutiesSource.proposersOf = (epoch): ProposerDuty[] => [1, 2].map((index) => duty(index, slotOf(epoch, index)));
  dutiesSource.seatsOf = (_epoch, index): SyncDuty => ({...duty(index, 0), seats: [index]});
  dutiesSource.ptcOf = (epoch, index): PtcDuty[] => [duty(index, slotOf(epoch, index))];
  chain.produce = (request) => {
    const isGloas = attestationIndexNamesPayload(config, request.slot);
    return {kind: "block", produced: produced(isGloas ? "selfBuilt" : "full", request), beaconNode: "bn0"};
  };
  chain.aggregate = ({slot}) => ({
    aggregationBits: {bits: Uint8Array.of(0b1111), length: 4},
    committeeBits: {bits: Uint8Array.of(1), length: 4},
    data: data(slot),
    signature: signature(3),
  });
  chain.contribution = ({slot, subcommitteeIndex, beaconBlockRoot}) => ({
    ...ssz.altair.SyncCommitteeContribution.defaultValue(),
    slot,
    subcommitteeIndex,
    beaconBlockRoot: hexToBytes(beaconBlockRoot),
  });
}
