import type {Clock, Random, SlotClock} from "@mote/core";
import {redactUrl} from "@mote/core";
import {canonicalSignerUrl} from "@mote/duty-signing";
import type {Joined} from "./chain/join.ts";
import type {Closers} from "./closers.ts";
import type {StartConfig} from "./config/index.ts";
import {serveKeymanager} from "./http/serve-keymanager.ts";
import type {ServedMetrics} from "./http/serve-metrics.ts";
import {followLists} from "./keys/follow-lists.ts";
import type {OpenRing} from "./keys/open-ring.ts";
import type {RemoteKeysInit} from "./keys/remote-keys.ts";
import type {RunningValidatorKeys} from "./keys/running-validator-keys.ts";
import type {LineLog} from "./log/line-log.ts";
import type {NodeStateLog} from "./log/node-state-log.ts";
import {bootNodesFor} from "./p2p/boot-nodes-for.ts";
import type {Prepared} from "./prepare-node.ts";
import type {OpenProtection} from "./protection.ts";
import {SlotTally} from "./status/slot-tally.ts";
import {readVersion} from "./system/version.ts";
import {type WireComponents, type Wired, wire, wireKeys} from "./wire.ts";

/** All that was opened. */
export interface OpenParts extends Prepared, OpenRing {
  readonly joined: Joined;
  readonly protection: OpenProtection;
  readonly metrics: ServedMetrics | null;
}

export interface BeginComponents {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LineLog;
  readonly nodeStates: NodeStateLog;
  readonly closers: Closers;
  /** Aborted to ask the node to stop. */
  readonly signal: AbortSignal;
}

/** Puts the parts together and to work. Resolves when the node is ready to attest, or was asked to stop; goes on until somebody answers. */
export async function beginDuties(config: StartConfig, parts: OpenParts, components: BeginComponents): Promise<void> {
  const {closers, signal} = components;
  const {protection, ring, proposerSettings, keySettings} = parts;
  const {wired, keys} = await wireAll(config, parts, components);
  await keys.begin();
  await protection.load(ring.pubkeys);
  proposerSettings.start({pubkeys: () => ring.pubkeys, settingsOf: (pubkey) => keySettings.settingsOf(pubkey)});
  parts.metrics?.show(wired);
  closers.add(() => keys.settled());
  closers.add(() => wired.beaconNodes.stop());
  await Promise.all([wired.beaconNodes.start(), follow(config, keys, {...components, slotClock: wired.slotClock})]);
  if (signal.aborted) return;
  // After the runner, whose last votes go to peers too.
  closers.add(async () => wired.p2p?.stop());
  closers.add(async () => {
    await wired.runner.stop();
    wired.dutyLog.finish(wired.journal.openRecords());
  });
  // Beside the duties: peers and proofs come with time, and votes do not wait for them.
  await Promise.all([wired.p2p?.start(), beginSlots(config, parts, {...components, wired, keys})]);
}

async function beginSlots(
  config: StartConfig,
  parts: OpenParts,
  components: BeginComponents & {readonly wired: Wired; readonly keys: RunningValidatorKeys},
): Promise<void> {
  const {wired, signal} = components;
  await openToOperator(config, parts, components);
  if (signal.aborted) return;
  await wired.runner.start();
  if (!signal.aborted) sayReady(wired, components);
}

async function wireAll(
  config: StartConfig,
  parts: OpenParts,
  components: BeginComponents,
): Promise<{readonly wired: Wired; readonly keys: RunningValidatorKeys}> {
  const {ring, keySettings, report, exits} = parts;
  const {onDoppelganger, onSlashed} = exits;
  const {isProtectionTheirs} = config.remoteSigners;
  if (isProtectionTheirs)
    components.log.warn(
      "--disable-slashing-protection-web3signer: nothing is recorded or looked up for keys of remote signers; only the signers' own slashing protection stands between these keys and a slashing",
    );
  const shared = {...components, protection: parts.protection.store};
  const wired = wire(
    {
      ...config,
      joined: parts.joined,
      isStoreShared: config.protectionStore.kind === "postgres",
      onDoppelganger,
      onSlashed,
      rssBytes: parts.rssBytes,
    },
    {
      ...shared,
      signer: ring,
      proposerSettings: keySettings,
      ...(isProtectionTheirs ? {isRecordedElsewhere: (pubkey) => ring.isRemote(pubkey)} : {}),
      ...(await p2pOf(config, parts)),
    },
  );
  const {genesisValidatorsRoot} = parts.joined.chain;
  const onKeysBrought = () => parts.protection.keysBrought();
  const keys = wireKeys(
    {genesisValidatorsRoot, derivationPaths: parts.derivationPaths, ...remoteKeysInit(config, parts)},
    {...shared, ...parts, protection: parts.protection.store, wired, settings: keySettings, onKeysBrought},
  );
  const tally = new SlotTally(wired);
  tally.watch(wired.journal);
  const remoteUrls = () => [...new Set(keys.remoteKeys().map(({url}) => redactUrl(url ?? "")))];
  report.running = {...wired, ring, remoteUrls, tally};
  return {wired, keys};
}

/** Loaded only when it is asked for: libp2p alone is half of what the node needs without it. */
async function p2pOf(
  {p2p, network, datadir, distributed}: StartConfig,
  {joined}: OpenParts,
): Promise<Pick<WireComponents, "makeP2p">> {
  if (p2p === null) return {};
  const {P2p} = await import("./p2p/index.ts");
  const bootNodes = bootNodesFor(network, p2p);
  const init = {p2p, config: joined.config, datadir, distributed, bootNodes, agent: `mote/${readVersion()}`};
  return {makeP2p: (components) => new P2p(init, components)};
}

function remoteKeysInit({remoteSigners}: StartConfig, {addedRemoteKeys: added}: OpenParts): RemoteKeysInit {
  const {urls, publicKeys} = remoteSigners;
  const [first, ...others] = urls.map(canonicalSignerUrl);
  const named = publicKeys === "external" || first === undefined ? [] : publicKeys;
  const configured = named.map((pubkey) => ({pubkey, url: first as string}));
  return {configured, added, defaultUrl: others.length === 0 ? (first ?? null) : null};
}

async function follow(
  config: StartConfig,
  keys: RunningValidatorKeys,
  components: BeginComponents & {readonly slotClock: SlotClock},
): Promise<void> {
  const stop = await followLists(config.remoteSigners, {...components, keys});
  components.closers.add(async () => stop());
}

async function openToOperator(
  {keymanager}: StartConfig,
  {files, randomBytes: random, keySettings: settings, report}: OpenParts,
  components: BeginComponents & {readonly keys: RunningValidatorKeys},
): Promise<void> {
  if (keymanager === null) return;
  const api = await serveKeymanager(keymanager, {...components, settings, files, random});
  components.closers.add(() => api.stop());
  report.keymanagerApi = {url: api.url};
}

function sayReady({registry}: Wired, {log}: {readonly log: LineLog}): void {
  const {total, known, withDuties} = registry.counts();
  const words =
    total === 0
      ? "ready: there are no validator keys yet; what comes signs without a restart"
      : `ready: ${withDuties} of ${total} validators have duties (${known} known to the chain)`;
  log.event("ready", words, {validators: total, withDuties});
}
