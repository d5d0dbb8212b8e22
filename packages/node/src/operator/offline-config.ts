import {createNetworkConfig, type NetworkConfig} from "@mote/consensus";
import {expectedChain} from "../chain/expected-chain.ts";
import type {NetworkChoice} from "../config/index.ts";

/**
 * What is needed to sign for a chain without asking anyone. Null when only its beacon nodes know it: a devnet, and a testnet directory without
 * genesis.
 * @throws {ExitError} when a testnet directory cannot be used
 */
export function offlineConfig(network: NetworkChoice): NetworkConfig | null {
  const {chainConfig, genesisValidatorsRoot} = expectedChain(network);
  return chainConfig === null || genesisValidatorsRoot === null
    ? null
    : createNetworkConfig(chainConfig, genesisValidatorsRoot);
}
