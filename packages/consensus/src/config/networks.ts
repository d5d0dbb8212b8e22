import type {ChainConfig} from "@lodestar/config";
import {genesisData, networksChainConfig} from "@lodestar/config/networks";
import type {Root} from "@mote/core";

/** A public network that Mote knows by name: a beacon node that differs from it is on another chain. */
export interface KnownNetwork {
  readonly chainConfig: ChainConfig;
  readonly genesisValidatorsRoot: Root;
  readonly genesisTimeSec: number;
}

export const KNOWN_NETWORK_NAMES = ["hoodi", "sepolia"] as const;
export type KnownNetworkName = (typeof KNOWN_NETWORK_NAMES)[number];

export function knownNetwork(name: KnownNetworkName): KnownNetwork {
  const {genesisTime, genesisValidatorsRoot} = genesisData[name];
  return {
    chainConfig: networksChainConfig[name],
    genesisValidatorsRoot: genesisValidatorsRoot as Root,
    genesisTimeSec: genesisTime,
  };
}
