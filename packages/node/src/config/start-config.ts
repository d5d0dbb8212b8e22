import {join} from "node:path";
import {type BeaconNodesConfig, beaconNodesConfig} from "./beacon-nodes-config.ts";
import {type KeymanagerConfig, keymanagerConfig, keymanagerProblems} from "./keymanager-options.ts";
import {GNOSIS_WARNING, MAINNET_REFUSAL, type NetworkChoice} from "./network.ts";
import type {Values} from "./option.ts";
import {START_OPTIONS} from "./options.ts";
import {type P2pConfig, p2pConfig, p2pProblems} from "./p2p-config.ts";
import {type ProposerConfig, proposerConfig} from "./proposer-config.ts";
import {type CommandArguments, readSettings, type Settings, type SettingsComponents} from "./settings.ts";
import {type RemoteSignersConfig, remoteSignersConfig} from "./signer-config.ts";
import {type StoreConfig, storeConfig} from "./store-config.ts";

/** Where the keys come from. */
export type KeySource =
  /** Ascending, without repeats. */
  | {readonly kind: "interop"; readonly indices: readonly number[]}
  | {readonly kind: "keystores"; readonly keystoresDir: string; readonly secretsDir: string};

/** What `mote start` runs by. Paths are absolute. */
export interface StartConfig extends StoreConfig {
  readonly beaconNodes: BeaconNodesConfig;
  readonly proposers: ProposerConfig;
  readonly keys: KeySource;
  readonly remoteSigners: RemoteSignersConfig;
  /** The keys are shares behind the middleware of a distributed validator. */
  readonly distributed: boolean;
  readonly doppelgangerProtection: boolean;
  /** Slashing protection that is not there is begun, and not refused. */
  readonly initSlashingProtection: boolean;
  /** Null: no part in the network, and nothing of it is loaded. */
  readonly p2p: P2pConfig | null;
  /** Null when the Keymanager API is not served. */
  readonly keymanager: KeymanagerConfig | null;
  /** Null when no metrics are served. Port 0 is any free port. */
  readonly metrics: {readonly address: string; readonly port: number} | null;
  /** Where figures are sent. Holds a credential: print it by `redactUrl` only. */
  readonly monitoringEndpoint: string | null;
  readonly log: {readonly level: "error" | "warn" | "info" | "debug"; readonly format: "human" | "json"};
}

export type StartConfigResult =
  | {readonly kind: "ok"; readonly config: StartConfig; readonly warnings: readonly string[]}
  /** Every problem that was found, each a sentence of its own. */
  | {readonly kind: "refused"; readonly problems: readonly string[]; readonly warnings: readonly string[]};

type StartSettings = Settings<typeof START_OPTIONS>;

/** Flags win over the environment, the environment over the file, the file over the defaults. */
export function loadStartConfig(args: CommandArguments, components: SettingsComponents): StartConfigResult {
  const settings = readSettings(START_OPTIONS, args, components);
  const warnings = [...settings.warnings];
  const problems = [...settings.problems];
  const store = storeConfig(settings, {files: components.files, homeDir: args.homeDir, problems});
  checkMainnet(settings, store?.network ?? null, {problems, warnings});
  checkKeys(settings, store?.network ?? null, problems);
  problems.push(...keymanagerProblems(settings.values), ...p2pProblems(settings));
  const beaconNodes = beaconNodesConfig(settings, {files: components.files, problems});
  const remoteSigners = remoteSignersConfig(settings, {files: components.files, problems, warnings});
  if (problems.length > 0 || store === null) return {kind: "refused", problems, warnings};
  return {kind: "ok", config: assemble(settings, {store, beaconNodes, remoteSigners}), warnings};
}

/** Commands that move the stake ask for the same, in words of their own. */
function checkMainnet(
  {values}: StartSettings,
  network: NetworkChoice | null,
  {problems, warnings}: {readonly problems: string[]; readonly warnings: string[]},
): void {
  const name = network?.kind === "known" ? network.name : null;
  if (name === "mainnet" && !values.acceptMainnet) problems.push(MAINNET_REFUSAL);
  if (name === "gnosis") warnings.push(GNOSIS_WARNING);
}

function checkKeys({isSet}: StartSettings, network: NetworkChoice | null, problems: string[]): void {
  if (!isSet.has("interopKeys")) return;
  if (network !== null && network.kind !== "devnet") {
    problems.push("--interop-keys: anyone can sign with these keys; they are for --network devnet only");
  }
  for (const key of ["keystoresDir", "secretsDir"] as const) {
    if (!isSet.has(key)) continue;
    problems.push(`--interop-keys and --${START_OPTIONS[key].name} exclude each other: give one of them`);
  }
}

function assemble(
  {values, absolute}: StartSettings,
  {
    store,
    beaconNodes,
    remoteSigners,
  }: {
    readonly store: StoreConfig;
    readonly beaconNodes: BeaconNodesConfig;
    readonly remoteSigners: RemoteSignersConfig;
  },
): StartConfig {
  return {
    ...store,
    beaconNodes,
    proposers: proposerConfig(values, absolute),
    keys: keySource(values, {absolute, datadir: store.datadir}),
    remoteSigners,
    distributed: values.distributed,
    doppelgangerProtection: values.doppelgangerProtection,
    initSlashingProtection: values.initSlashingProtection,
    p2p: p2pConfig({values}),
    keymanager: keymanagerConfig(values, {absolute, datadir: store.datadir}),
    metrics: values.metrics ? {address: values.metricsAddress, port: values.metricsPort} : null,
    monitoringEndpoint: values.monitoringEndpoint,
    log: {level: values.logLevel, format: values.logFormat},
  };
}

function keySource(
  {interopKeys, keystoresDir, secretsDir}: Values<typeof START_OPTIONS>,
  {absolute, datadir}: {readonly absolute: StartSettings["absolute"]; readonly datadir: string},
): KeySource {
  if (interopKeys !== null) return {kind: "interop", indices: interopKeys};
  return {
    kind: "keystores",
    keystoresDir: absolute(keystoresDir ?? join(datadir, "validator_keys")),
    secretsDir: absolute(secretsDir ?? join(datadir, "secrets")),
  };
}
