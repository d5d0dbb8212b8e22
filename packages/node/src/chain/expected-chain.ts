import {chainConfigFromSpec, changedConstant, knownNetwork} from "@mote/consensus";
import {messageOf} from "@mote/core";
import {NETWORK_FACTS, type NetworkChoice} from "../config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";
import type {ExpectedChain} from "./chain-identity.ts";
import {readTestnet} from "./testnet.ts";

/**
 * What the choice of network says of the chain before anyone was asked.
 * @throws {ExitError} when a testnet directory cannot be used
 */
export function expectedChain(network: NetworkChoice): ExpectedChain {
  switch (network.kind) {
    case "known": {
      const {spec: fixed, ...known} = knownNetwork(network.name);
      return {...known, fixed};
    }
    case "devnet":
      return {chainConfig: null, fixed: {}, genesisValidatorsRoot: null, genesisTimeSec: null};
    case "testnet":
      return ofTestnet(network.dir);
  }
}

function ofTestnet(dir: string): ExpectedChain {
  const {spec: fixed, ...genesis} = readTestnet(dir);
  const refuse = (why: string) => new ExitError(`--testnet-dir ${dir}: ${why}`, EXIT_NEEDS_HUMAN);
  if (genesis.genesisValidatorsRoot === NETWORK_FACTS.mainnet.genesisValidatorsRoot)
    throw refuse("its genesis is mainnet's: give --network mainnet instead");
  const constant = changedConstant(fixed);
  if (constant !== null)
    throw refuse(
      `${constant.name} is ${constant.theirs}; that is a constant of the protocol, and Mote knows ${constant.ours} only`,
    );
  try {
    return {...genesis, fixed, chainConfig: chainConfigFromSpec(fixed)};
  } catch (error) {
    throw refuse(messageOf(error));
  }
}
