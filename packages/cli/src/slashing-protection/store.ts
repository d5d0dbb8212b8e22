import {type Clock, type Root, redactUrl, type SlashingProtection} from "@mote/core";
import {
  type NetworkChoice,
  networkName,
  type ProtectionStoreChoice,
  resolvePreset,
  type StoreConfig,
  storedGeneses,
  storeOfGenesis,
} from "@mote/node/config";
import {
  openLevelSlashingProtection,
  ProtectionStoreMissingError,
  readGenesisValidatorsRoot,
  WrongChainError,
} from "@mote/slashing-protection";
import {RefusedError} from "../command/refused-error.ts";

const NO_CHAIN = `0x${"0".repeat(64)}` as Root;

/** Which chain a store is of, and who says so. */
export interface ChainChoice {
  readonly genesisValidatorsRoot: Root;
  readonly saidBy: "network" | "store" | "file";
}

export interface ChainComponents {
  /** The chain of a store that is there; null when there is none. */
  readonly readStoreRoot: () => Promise<Root | null>;
  /** The chain of the file that is to be imported; null when there is no file. */
  readonly readFileRoot: (() => Promise<Root>) | null;
  /** What the choice of network says; null when it leaves it open. */
  readonly readNetworkRoot: (network: NetworkChoice) => Promise<Root | null>;
}

/**
 * The network decides; a devnet and a testnet without genesis leave it to the store that is there, and then to the file. Where a network begins anew now
 * and then there may be several stores: the file says which, and without one it is the store that was written last.
 * @throws {RefusedError} when nobody can say
 */
export async function chooseChain(
  {network, protectionStore}: StoreConfig,
  components: ChainComponents,
): Promise<ChainChoice> {
  const ofNetwork = await components.readNetworkRoot(network);
  if (ofNetwork !== null) return {genesisValidatorsRoot: ofNetwork, saidBy: "network"};
  if (protectionStore.kind === "level" && protectionStore.isPerGenesis === true && components.readFileRoot !== null)
    return {genesisValidatorsRoot: await components.readFileRoot(), saidBy: "file"};
  const ofStore = await components.readStoreRoot();
  if (ofStore !== null) return {genesisValidatorsRoot: ofStore, saidBy: "store"};
  if (components.readFileRoot === null) throw missing(protectionStore);
  return {genesisValidatorsRoot: await components.readFileRoot(), saidBy: "file"};
}

/** Loads the chain's facts, which freezes the preset, only when a command asks. */
export async function readNetworkRoot(network: NetworkChoice): Promise<Root | null> {
  if (network.kind === "devnet") return null;
  process.env.LODESTAR_PRESET = resolvePreset({network});
  const {expectedChain} = await import("@mote/node");
  return expectedChain(network).genesisValidatorsRoot;
}

/** @throws {ProtectionStoreError} by name */
export async function readStoreRoot(config: StoreConfig, components: {readonly clock: Clock}): Promise<Root | null> {
  const {protectionStore: store} = config;
  if (store.kind === "level" && store.isPerGenesis === true) return (await storedGeneses(store))[0] ?? null;
  if (store.kind === "level") return await readGenesisValidatorsRoot(store.path);
  try {
    // A shared database has to be told the chain; asked for one that is no chain's, it names its own.
    await (await openStore(config, {genesisValidatorsRoot: NO_CHAIN, mustExist: true}, components)).close();
    return NO_CHAIN;
  } catch (error) {
    if (error instanceof WrongChainError) return error.storedGenesisValidatorsRoot;
    if (error instanceof ProtectionStoreMissingError) return null;
    throw error;
  }
}

/** @throws {ProtectionStoreError} by name */
export async function openStore(
  {network, protectionStore: choice}: StoreConfig,
  init: {readonly genesisValidatorsRoot: Root; readonly mustExist: boolean},
  {clock}: {readonly clock: Clock},
): Promise<SlashingProtection> {
  const protectionStore = storeOfGenesis(choice, init.genesisValidatorsRoot);
  process.env.LODESTAR_PRESET = resolvePreset({network});
  const {RETAIN_EPOCHS: retainEpochs} = await import("@mote/node");
  if (protectionStore.kind === "level") {
    return await openLevelSlashingProtection({...init, retainEpochs, path: protectionStore.path});
  }
  // Loaded only when asked for.
  const {openPostgresSlashingProtection} = await import("@mote/slashing-protection/postgres");
  const {url, passwordFile} = protectionStore;
  const access = {url, ...(passwordFile === null ? {} : {passwordFile})};
  return await openPostgresSlashingProtection({...init, ...access, retainEpochs}, {clock});
}

export const nameOf = (store: ProtectionStoreChoice): string =>
  store.kind === "level" ? store.path : redactUrl(store.url);

export const missing = (store: ProtectionStoreChoice): RefusedError =>
  new RefusedError(
    `there is no slashing protection at ${nameOf(store)}: check ${store.kind === "level" ? "--network and --datadir" : "--slashing-protection-url"}; ` +
      "a new one begins with `mote slashing-protection import <file>` or with `mote start --init-slashing-protection`",
  );

/** How lines for people call the network. */
export const networkText = (network: NetworkChoice): string =>
  network.kind === "testnet" ? `testnet ${networkName(network)}` : networkName(network);
