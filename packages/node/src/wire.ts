import {BeaconNodeSet, type NodeAddress} from "@mote/beacon-nodes";
import {aggregateDueMs, attestationDueMs, attestationIndexNamesPayload} from "@mote/consensus";
import type {Clock, Random, SlashingProtection} from "@mote/core";
import {DutyRunner, StaleBackupCheck, ValidatorRegistry} from "@mote/duties";
import {type OwnKeysSigner, SigningGate} from "@mote/duty-signing";
import type {Joined} from "./chain/join.ts";
import {DutyLog} from "./journal/duty-log.ts";
import {Journal} from "./journal/journal.ts";
import type {LineLog} from "./log/line-log.ts";
import type {NodeStateLog} from "./log/node-state-log.ts";

export interface WireInit {
  readonly nodes: readonly NodeAddress[];
  readonly joined: Joined;
  /** The keys are shares behind the middleware of a distributed validator, whose votes go on while this node is down. */
  readonly distributed: boolean;
  readonly rssBytes: () => number;
}

export interface WireComponents {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LineLog;
  readonly nodeStates: NodeStateLog;
  readonly protection: SlashingProtection;
  readonly signer: OwnKeysSigner;
}

/** The parts of a running node that others look at. */
export interface Wired {
  readonly beaconNodes: BeaconNodeSet;
  readonly registry: ValidatorRegistry;
  readonly journal: Journal;
  readonly dutyLog: DutyLog;
  readonly runner: DutyRunner;
}

/** The one place where ports meet adapters: the way of an attestation can be read off these lines. */
export function wire({nodes, joined, distributed, rssBytes}: WireInit, components: WireComponents): Wired {
  const {clock, random, log, nodeStates, protection, signer} = components;
  const {config, slotClock, checkChain} = joined;

  const journal = new Journal();
  const dutyLog = new DutyLog({rssBytes}, {log, slotClock});
  dutyLog.watch(journal);

  const beaconNodes = new BeaconNodeSet(
    {nodes, timing: slotClock.timing},
    {clock, random, config, checkChain, onStateChange: nodeStates.say},
  );
  const registry = new ValidatorRegistry({pubkeys: signer.pubkeys}, {statuses: beaconNodes, log});
  const staleBackup = distributed
    ? null
    : new StaleBackupCheck({registry, protection, liveness: beaconNodes, chain: beaconNodes, slotClock, log});
  if (distributed) log.info("--distributed: votes by the other shares are expected, so old backups are not looked for");
  const inactive = {reason: "KEY_NOT_ACTIVE", detail: "the validator may not sign duties now"} as const;
  const gate = new SigningGate(
    {config},
    {
      slotClock,
      protection,
      signer,
      refusalOf: (pubkey) =>
        registry.mayAttest(pubkey, slotClock.currentEpoch()) ? (staleBackup?.refusalOf(pubkey) ?? null) : inactive,
      yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
    },
  );
  const runner = new DutyRunner(
    {
      attestationDueMs: (slot) => attestationDueMs(config, slot),
      aggregateDueMs: (slot) => aggregateDueMs(config, slot),
      indexNamesPayload: (slot) => attestationIndexNamesPayload(config, slot),
    },
    {
      registry,
      dutiesSource: beaconNodes,
      chainData: beaconNodes,
      chainEvents: beaconNodes,
      inclusionSource: beaconNodes,
      publisher: beaconNodes,
      signer: gate,
      protection,
      staleBackup,
      journal,
      slotClock,
      log,
    },
  );
  return {beaconNodes, registry, journal, dutyLog, runner};
}
