import {type ExecutionAddress, messageOf, parseExecutionAddress, parseHex, parseUint, type Root} from "@mote/core";
import {readTestnet} from "../chain/testnet.ts";
import {NETWORK_FACTS, type NetworkChoice, type NetworkFacts} from "../config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";

/** What deposits and requests of the execution layer have to know of their network. */
export interface StakingFacts extends Omit<NetworkFacts, "preset"> {
  /** As deposit data files call it. */
  readonly name: string;
}

/** Those of every devnet; only its genesis differs from run to run. */
const DEVNET_FACTS: StakingFacts = {
  name: "devnet",
  genesisForkVersion: "0x006d6f74",
  capellaForkVersion: "0x036d6f74",
  genesisValidatorsRoot: null,
  depositContract: "0x1234567890123456789012345678901234567890" as ExecutionAddress,
  executionChainId: 6_071_684,
  depositsArePaidIn: "ETH",
  launchpadUrl: null,
};

/** @throws {ExitError} when a testnet directory leaves out or misspells what is needed */
export function stakingFacts(network: NetworkChoice): StakingFacts {
  switch (network.kind) {
    case "devnet":
      return DEVNET_FACTS;
    case "known":
      return {name: network.name, ...NETWORK_FACTS[network.name]};
    case "testnet":
      return testnetFacts(network);
  }
}

function testnetFacts({dir, name}: Extract<NetworkChoice, {kind: "testnet"}>): StakingFacts {
  const {spec, genesisValidatorsRoot} = readTestnet(dir);
  const version = (field: string) => parseHex(spec[field], 4, field);
  try {
    return {
      name,
      genesisForkVersion: version("GENESIS_FORK_VERSION"),
      capellaForkVersion: version("CAPELLA_FORK_VERSION"),
      genesisValidatorsRoot: genesisValidatorsRoot as Root | null,
      depositContract: parseExecutionAddress(spec.DEPOSIT_CONTRACT_ADDRESS, "DEPOSIT_CONTRACT_ADDRESS"),
      executionChainId: parseUint(spec.DEPOSIT_CHAIN_ID, "DEPOSIT_CHAIN_ID"),
      depositsArePaidIn: "ETH",
      launchpadUrl: null,
    };
  } catch (error) {
    throw new ExitError(`--testnet-dir: ${dir}/config.yaml cannot be used: ${messageOf(error)}`, EXIT_NEEDS_HUMAN);
  }
}
