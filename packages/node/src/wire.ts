import {BeaconNodeSet, type BeaconNodeSetInit, type Connect, thresholdOf} from "@mote/beacon-nodes";
import type {Clock, ProposerSettingsSource, Pubkey, Random, SlashingProtection, SlotClock} from "@mote/core";
import {
  ClockWatch,
  type Doppelganger,
  DoppelgangerWatch,
  DutyRunner,
  MaySign,
  NetworkDoppelgangerWatch,
  SignedBook,
  type Slashing,
  SlashingStop,
  StaleBackupCheck,
  ValidatorRegistry,
} from "@mote/duties";
import {
  type KeyFolder,
  type KeyRing,
  type KeystoreToUnlock,
  type Signer,
  SigningGate,
  thisMachine,
  type UnlockedKeystore,
  unlockKeystores,
} from "@mote/duty-signing";
import type {Joined} from "./chain/join.ts";
import {DutyLog} from "./journal/duty-log.ts";
import {Journal} from "./journal/journal.ts";
import {KeyService} from "./keys/key-service.ts";
import type {KeySettings} from "./keys/key-settings.ts";
import {LocalKeys, type LocalKeysInit} from "./keys/local-keys.ts";
import {RemoteKeys, type RemoteKeysInit} from "./keys/remote-keys.ts";
import type {RemoteKeysFile} from "./keys/remote-keys-file.ts";
import {RunningValidatorKeys} from "./keys/running-validator-keys.ts";
import type {LineLog} from "./log/line-log.ts";
import type {NodeStateLog} from "./log/node-state-log.ts";
import type {P2p, P2pComponents} from "./p2p/p2p.ts";

export interface WireInit {
  readonly beaconNodes: Omit<BeaconNodeSetInit, "timing" | "distributed">;
  readonly joined: Joined;
  /** The keys are shares behind the middleware of a distributed validator, whose votes go on while this node is down. */
  readonly distributed: boolean;
  readonly doppelgangerProtection: boolean;
  /** Several Motes sign with the same keys: of what the store does not hold nothing can be told. Left out: this one alone. */
  readonly isStoreShared?: boolean;
  /** Both mean that the node must end, and that a person has to look. */
  readonly onDoppelganger: (found: Doppelganger) => void;
  readonly onSlashed: (slashing: Slashing) => void;
  readonly rssBytes: () => number;
}

export interface WireComponents {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LineLog;
  readonly nodeStates: NodeStateLog;
  readonly protection: SlashingProtection;
  readonly signer: Signer & {readonly pubkeys: readonly Pubkey[]};
  /** Keys whose records somebody else keeps; left out: there are none. */
  readonly isRecordedElsewhere?: (pubkey: Pubkey) => boolean;
  readonly proposerSettings: ProposerSettingsSource;
  /** The way to each beacon node: over sockets, unless said otherwise. */
  readonly connect?: Connect;
  /** The light node on the network; left out: there is none. */
  readonly makeP2p?: (components: P2pComponents) => P2p;
}

/** The parts of a running node that others look at. */
export interface Wired {
  readonly beaconNodes: BeaconNodeSet;
  readonly registry: ValidatorRegistry;
  readonly journal: Journal;
  readonly dutyLog: DutyLog;
  readonly runner: DutyRunner;
  readonly maySign: MaySign;
  readonly gate: SigningGate;
  readonly slotClock: SlotClock;
  /** Not started yet; null without `--p2p`. */
  readonly p2p: P2p | null;
}

/** The one place where ports meet adapters: the way of an attestation can be read off these lines. */
export function wire(init: WireInit, components: WireComponents): Wired {
  const {joined, distributed} = init;
  const {clock, random, log, nodeStates, protection, signer, proposerSettings, connect} = components;
  const {config, slotClock, checkChain} = joined;
  const {isRecordedElsewhere = () => false} = components;

  const journal = new Journal();
  const dutyLog = new DutyLog(init, {log, slotClock});
  dutyLog.watch(journal);

  const beaconNodeThreshold = thresholdOf(init.beaconNodes.nodes.length);
  const clockWatch = new ClockWatch({beaconNodeThreshold}, {slotClock, log});
  const beaconNodes = new BeaconNodeSet(
    {...init.beaconNodes, timing: slotClock.timing, distributed},
    {
      clock,
      random,
      config,
      checkChain,
      connect,
      onStateChange: nodeStates.say,
      onCall: ({serverDateMs, ...sample}) => {
        // Proposer nodes have no voice among those that must agree.
        const hasVoice = init.beaconNodes.nodes.some(({name}) => name === sample.beaconNode);
        if (serverDateMs !== null && hasVoice) clockWatch.onDate({...sample, serverDateMs});
      },
    },
  );

  const registry = new ValidatorRegistry({pubkeys: signer.pubkeys}, {statuses: beaconNodes, log});
  const p2p = components.makeP2p?.({beaconNodes, registry, slotClock, clock, random, log}) ?? null;
  const slashingStop = new SlashingStop({...init, beaconNodeThreshold}, {registry, log});
  const recordedHere = {
    withDuties: () => registry.withDuties().filter(({pubkey}) => !isRecordedElsewhere(pubkey)),
  };
  const signed = new SignedBook({slotClock});
  const watched = {registry: recordedHere, protection, liveness: beaconNodes, chain: beaconNodes, slotClock, log};
  const maySign = new MaySign({
    registry,
    slashingStop,
    clockWatch,
    staleBackup: distributed ? null : new StaleBackupCheck(watched),
    doppelganger: distributed || !init.doppelgangerProtection ? null : new DoppelgangerWatch(init, watched),
    networkWatch:
      distributed || p2p === null
        ? null
        : new NetworkDoppelgangerWatch(
            {...init, config, isStoreShared: init.isStoreShared ?? false},
            {registry, protection, signed, chain: beaconNodes, isRecordedElsewhere, slotClock, log},
          ),
    isRecordedElsewhere,
    slotClock,
  });
  if (distributed)
    log.info("--distributed: the other shares vote on, so neither old backups nor a second signer are looked for");

  const gate = new SigningGate(
    {config, distributed},
    {
      slotClock,
      protection,
      signer,
      refusalOf: (pubkey, purpose) => maySign.refusalOf(pubkey, purpose),
      isRecordedElsewhere,
      proposerSettings,
      log,
      yieldToEventLoop: () => new Promise((resolve) => setImmediate(resolve)),
    },
  );
  const runner = new DutyRunner(
    {config},
    {
      registry,
      dutiesSource: p2p?.dutiesSource ?? beaconNodes,
      chainData: beaconNodes,
      chainEvents: beaconNodes,
      inclusionSource: beaconNodes,
      publisher: p2p?.publisher ?? beaconNodes,
      distributedSelections: distributed ? beaconNodes : null,
      signer: p2p === null ? gate : signed.watch(gate),
      network: p2p?.network ?? null,
      referee: p2p?.referee ?? null,
      settings: proposerSettings,
      guard: maySign,
      protection,
      journal,
      random,
      slotClock,
      log,
    },
  );
  return {beaconNodes, registry, journal, dutyLog, runner, maySign, gate, slotClock, p2p};
}

export interface KeyWiringComponents {
  readonly wired: Pick<Wired, "runner" | "maySign" | "gate" | "registry" | "slotClock">;
  readonly ring: KeyRing;
  readonly folder: KeyFolder | null;
  readonly remoteFile: RemoteKeysFile;
  readonly protection: SlashingProtection;
  readonly settings: KeySettings;
  readonly onKeysBrought: () => Promise<void>;
  readonly log: LineLog;
}

/** One key derivation at a time: they run on the threads that also write the votes to disk. */
const unlockBesideDuties = (items: readonly KeystoreToUnlock[]): Promise<readonly UnlockedKeystore[]> =>
  unlockKeystores(items, {machine: {...thisMachine(), cores: 1}});

/** What an operator may do to the keys while they sign. */
export function wireKeys(
  init: LocalKeysInit & RemoteKeysInit,
  {wired, folder, remoteFile: file, settings, ...components}: KeyWiringComponents,
): RunningValidatorKeys {
  const {runner, maySign: guard, gate: signer} = wired;
  const service = new KeyService({...components, guard, onKeysChanged: () => runner.keysChanged()});
  const shared = {...components, service};
  const local = new LocalKeys(init, {...shared, folder, unlock: unlockBesideDuties});
  const remote = new RemoteKeys(init, {...shared, file});
  return new RunningValidatorKeys({...wired, ...shared, local, remote, settings, signer});
}
