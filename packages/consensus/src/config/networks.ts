import {type ChainConfig, chainConfigToJson} from "@lodestar/config";
import {genesisData, networksChainConfig} from "@lodestar/config/networks";
import type {Root} from "@mote/core";
import {plataberget} from "./plataberget.ts";
import type {SpecValues} from "./spec-values.ts";

/** A public network that Mote knows by name: a beacon node that differs from it is on another chain. What is null the beacon nodes say. */
export interface KnownNetwork {
  readonly chainConfig: ChainConfig | null;
  /** What holds in any case, written as the Beacon API writes it; all of the config where that is known. */
  readonly spec: SpecValues;
  readonly genesisValidatorsRoot: Root | null;
  readonly genesisTimeSec: number | null;
}

const WITH_GENESIS = ["mainnet", "hoodi", "sepolia", "gnosis", "chiado"] as const;
export const KNOWN_NETWORK_NAMES = [...WITH_GENESIS, "ephemery", "plataberget"] as const;
export type KnownNetworkName = (typeof KNOWN_NETWORK_NAMES)[number];

/** Ephemery begins anew every few weeks, with another genesis, chain id and fork schedule: this is what stays. EIP-6916 */
const FIXED_OF_EPHEMERY = [
  "PRESET_BASE",
  "SLOT_DURATION_MS",
  "GENESIS_FORK_VERSION",
  "ALTAIR_FORK_VERSION",
  "BELLATRIX_FORK_VERSION",
  "CAPELLA_FORK_VERSION",
  "DENEB_FORK_VERSION",
  "ELECTRA_FORK_VERSION",
  "FULU_FORK_VERSION",
  "DEPOSIT_CONTRACT_ADDRESS",
] as const;

export function knownNetwork(name: KnownNetworkName): KnownNetwork {
  if (name === "ephemery") return ephemery();
  const chainConfig = name === "plataberget" ? plataberget : networksChainConfig[name];
  const spec = chainConfigToJson(chainConfig);
  if (name === "plataberget") {
    // The root is not published with the config: the first beacon node says it, and the slashing protection keeps to it.
    const genesisTimeSec = chainConfig.MIN_GENESIS_TIME + chainConfig.GENESIS_DELAY;
    return {chainConfig, spec, genesisValidatorsRoot: null, genesisTimeSec};
  }
  const {genesisTime: genesisTimeSec, genesisValidatorsRoot} = genesisData[name];
  return {chainConfig, spec, genesisValidatorsRoot: genesisValidatorsRoot as Root, genesisTimeSec};
}

function ephemery(): KnownNetwork {
  const {ephemery: config} = networksChainConfig;
  // Only these are looked at: the library derives others from the clock of the machine.
  const fixed = Object.fromEntries(FIXED_OF_EPHEMERY.map((name) => [name, config[name]])) as unknown as ChainConfig;
  return {chainConfig: null, spec: chainConfigToJson(fixed), genesisValidatorsRoot: null, genesisTimeSec: null};
}
