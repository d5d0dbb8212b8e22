import {chainConfigFromSpec, knownNetwork} from "@mote/consensus";
import {messageOf} from "@mote/core";
import type {NetworkChoice} from "../config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";
import type {ExpectedChain} from "./chain-identity.ts";
import {readTestnet} from "./testnet.ts";

/**
 * What the choice of network says of the chain before anyone was asked.
 * @throws {ExitError} when a testnet directory cannot be used
 */
export function expectedChain(network: NetworkChoice): ExpectedChain {
  switch (network.kind) {
    case "known":
      return knownNetwork(network.name);
    case "devnet":
      return {chainConfig: null, genesisValidatorsRoot: null, genesisTimeSec: null};
    case "testnet": {
      const testnet = readTestnet(network.dir);
      try {
        return {...testnet, chainConfig: chainConfigFromSpec(testnet.spec)};
      } catch (error) {
        throw new ExitError(`--testnet-dir ${network.dir}: ${messageOf(error)}`, EXIT_NEEDS_HUMAN);
      }
    }
  }
}
