import {activePresetName, SLOTS_PER_EPOCH} from "@mote/consensus";
import {type Clock, InvalidValueError, messageOf, type Pubkey, type Slot, SlotClock} from "@mote/core";
import {admit, type JoinedChain, joinChain, type NodeChain} from "../chain/chain-identity.ts";
import {expectedChain} from "../chain/expected-chain.ts";
import {DiskTextFiles, START_OPTIONS, type StartConfig, storeOfGenesis} from "../config/index.ts";
import {ExitError} from "../exit-error.ts";
import {bootNodesFor} from "../p2p/boot-nodes-for.ts";
import {portFaults} from "../p2p/p2p-ports.ts";
import {FileProposerSettings} from "../proposer/file-proposer-settings.ts";
import type {NodeStatus} from "../status/node-status.ts";
import {type ChainVerdict, checkBeaconNode, checkBeaconNodeSet} from "./beacon-node-check.ts";
import {type BeaconNodeReport, probeBeaconNode} from "./beacon-node-probe.ts";
import {probeBootNodes} from "./boot-node-probe.ts";
import {checkClock, visibleTimeService} from "./clock-check.ts";
import {checkDiskSpace, checkDiskSpeed} from "./disk-check.ts";
import {probeDisk} from "./disk-probe.ts";
import {checkFeeRecipient} from "./fee-recipient-check.ts";
import {type Finding, failure, fine} from "./finding.ts";
import {checkKeys, type KeysFacts, lookAtKeys} from "./keys-check.ts";
import {checkMemory, checkOpenFiles, readOpenFilesLimit} from "./machine-check.ts";
import {checkBootNodes, checkP2pPort} from "./p2p-check.ts";
import {checkPort, type WantedPort} from "./ports-check.ts";
import {checkProtection} from "./protection-check.ts";
import {checkRemoteSigner} from "./remote-signer-check.ts";

export type {Finding, Level} from "./finding.ts";

export interface DoctorInit {
  readonly config: StartConfig;
  /** What the Mote that runs on this data directory says of itself; null when none does. */
  readonly running: NodeStatus | null;
}

export interface DoctorComponents {
  readonly clock: Clock;
  /** Ms that only go forward. */
  readonly monotonicMs: () => number;
  readonly availableMemoryBytes: () => number;
  readonly pid: number;
  readonly signal: AbortSignal;
}

/**
 * Looks at all that `mote start` with this configuration depends on, one thing after another. Takes no lock that a running Mote holds, changes nothing,
 * and every question is bounded in time.
 */
export async function* examine({config, running}: DoctorInit, components: DoctorComponents): AsyncGenerator<Finding> {
  const {clock, signal, monotonicMs, availableMemoryBytes, pid} = components;
  const {nodes, proposerNodes} = config.beaconNodes;
  const reports = await Promise.all([...nodes, ...proposerNodes].map((node) => probeBeaconNode(node, {clock, signal})));
  const timeService = visibleTimeService();
  const offsets = reports.flatMap(({name, offset}) => (offset === null ? [] : [{beaconNode: name, bounds: offset}]));
  yield checkClock({offsets, timeService});

  const disk = await probeDisk(config.datadir, {monotonicMs, fileId: String(pid)});
  yield checkDiskSpeed(disk);
  yield checkDiskSpace(disk);

  const keys = config.keys.kind === "keystores" ? await lookAtKeys(config.keys) : null;
  // What a running Mote has unlocked is behind it.
  const kdfMemoryBytes = running === null ? (keys?.kdfMemoryBytesMax ?? 0) : 0;
  yield checkMemory({availableBytes: availableMemoryBytes(), kdfMemoryBytes});
  const openFiles = checkOpenFiles(readOpenFilesLimit());
  if (openFiles !== null) yield openFiles;

  const chain = chainOf(config, reports);
  const isPublic = config.network.kind === "known";
  const findings = reports.map((report) =>
    checkBeaconNode({report, chain: verdictOn(report, chain, clock)}, {isPublic}),
  );
  yield* findings;
  const all = checkBeaconNodeSet(findings.slice(0, nodes.length), {isEnoughAlone: config.distributed});
  if (all !== null) yield all;

  yield* keyFindings(config, keys);
  const {urls, tls} = config.remoteSigners;
  yield* await Promise.all(urls.map((url) => checkRemoteSigner({url, tls}, {clock})));
  const pubkeys = [...new Set(keys?.keys.flatMap(({pubkey, isEnabled}) => (isEnabled ? [pubkey] : [])) ?? [])];
  const genesisValidatorsRoot = chain.kind === "chain" ? chain.chain.genesisValidatorsRoot : null;
  const store =
    genesisValidatorsRoot === null
      ? config.protectionStore
      : storeOfGenesis(config.protectionStore, genesisValidatorsRoot);
  const protection = {
    store,
    genesisValidatorsRoot,
    pubkeys,
    isRunning: running !== null,
    mayInit: config.initSlashingProtection,
  };
  yield await checkProtection(protection, {clock});
  yield feeRecipientFinding(config, pubkeys, clock);
  for (const {wanted, isOwn} of portsOf(config, running)) yield await checkPort(wanted, {isOwn});
  yield* p2pFindings(config, running, components);
}

async function* p2pFindings(
  {p2p, network}: StartConfig,
  running: NodeStatus | null,
  components: {readonly clock: Clock; readonly signal: AbortSignal},
): AsyncGenerator<Finding> {
  if (p2p === null) return;
  const isOwn = running?.p2p?.multiaddrs.some((multiaddr) => multiaddr.includes(`/tcp/${p2p.port}/`)) ?? false;
  yield checkP2pPort({port: p2p.port, faults: isOwn ? [] : await portFaults(p2p)}, {isOwn});
  if (!p2p.discovers) return;
  const bootNodes = bootNodesFor(network, p2p);
  const answers = await probeBootNodes(bootNodes, components);
  yield checkBootNodes({count: bootNodes.length, directPeers: p2p.directPeers.length, answers});
}

type Chain =
  | {readonly kind: "chain"; readonly chain: JoinedChain}
  | {readonly kind: "unknown"; readonly why: string | null};

/** What the configuration leaves open, the first node that is not on another chain says. */
function chainOf({network}: StartConfig, reports: readonly BeaconNodeReport[]): Chain {
  let why: string | null = null;
  const expected = expectedChain(network);
  for (const {identity} of reports) {
    if (identity === null) continue;
    try {
      const joined = joinChain(expected, nodeChainOf(identity), activePresetName);
      if (!("kind" in joined)) return {kind: "chain", chain: joined};
      why ??= joined.detail;
    } catch (error) {
      if (!(error instanceof InvalidValueError)) throw error;
      why ??= `its spec is malformed: ${error.message}`;
    }
  }
  return {kind: "unknown", why};
}

function verdictOn({identity}: BeaconNodeReport, chain: Chain, clock: Clock): ChainVerdict {
  if (identity === null) return null;
  if (chain.kind === "unknown") return {kind: "other", difference: chain.why ?? "it could not be compared"};
  const {genesisTimeSec, chainConfig} = chain.chain;
  const timing = {genesisTimeSec, slotDurationMs: chainConfig.SLOT_DURATION_MS, slotsPerEpoch: SLOTS_PER_EPOCH};
  const slotClock = new SlotClock(timing, {clock});
  const epoch = slotClock.epochOf((slotClock.currentSlot() + 1) as Slot);
  const admission = admit(chain.chain, nodeChainOf(identity), epoch);
  if (admission.kind === "wrong_chain") return {kind: "other", difference: admission.detail};
  const notes = admission.warnings.map(({name, ours, theirs}) => `${name} (${theirs} there, ${ours} here)`);
  return {kind: "same", notes};
}

const nodeChainOf = ({spec, genesis, depositContract}: NonNullable<BeaconNodeReport["identity"]>): NodeChain => ({
  spec,
  depositContract,
  ...genesis,
});

function keyFindings({keys: source, remoteSigners}: StartConfig, keys: KeysFacts | null): readonly Finding[] {
  if (source.kind === "interop") return [fine("keys", `${source.indices.length} well-known test keys`)];
  return keys === null ? [] : checkKeys(keys, {hasOtherKeys: remoteSigners.urls.length > 0});
}

function feeRecipientFinding({proposers}: StartConfig, pubkeys: readonly Pubkey[], clock: Clock): Finding {
  try {
    const settings = new FileProposerSettings(proposers, {clock, log: SILENT, files: new DiskTextFiles()});
    const settingsOf = (pubkey: Pubkey) => settings.settingsOf(pubkey);
    return checkFeeRecipient(pubkeys, {defaults: proposers.defaults, settingsOf});
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return failure("proposer settings", messageOf(error), "Correct the file: Mote does not start with it.");
  }
}

const SILENT = {error: () => {}, warn: () => {}, info: () => {}, debug: () => {}};

function portsOf({metrics, keymanager}: StartConfig, running: NodeStatus | null) {
  const ports: {wanted: WantedPort; isOwn: boolean}[] = [];
  if (metrics !== null) {
    const option = `--${START_OPTIONS.metricsPort.name}`;
    ports.push({wanted: {what: "metrics", option, ...metrics}, isOwn: isAt(running?.metrics?.url, metrics.port)});
  }
  if (keymanager !== null) {
    const {address, port} = keymanager;
    const option = `--${START_OPTIONS.httpPort.name}`;
    ports.push({
      wanted: {what: "Keymanager API", option, address, port},
      isOwn: isAt(running?.keymanagerApi?.url, port),
    });
  }
  return ports;
}

const isAt = (url: string | undefined, port: number): boolean =>
  url !== undefined && new URL(url).port === String(port);
