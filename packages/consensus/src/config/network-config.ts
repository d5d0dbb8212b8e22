import {type BeaconConfig, type ChainConfig, createBeaconConfig} from "@lodestar/config";
import {hexToBytes, type Root} from "@mote/core";

/**
 * Everything a chain's rules are parameterised by: fork schedule, domains, due times, constants. Made once, when the chain's genesis
 * validators root is known, and handed down; each fork-dependent number is read from it.
 */
export type NetworkConfig = BeaconConfig;
export type {ChainConfig};

export function createNetworkConfig(chainConfig: ChainConfig, genesisValidatorsRoot: Root): NetworkConfig {
  return createBeaconConfig(chainConfig, hexToBytes(genesisValidatorsRoot));
}
