import {hexToBytes} from "@mote/core";
import {specValues} from "../spec-values.ts";
import type {BeaconView} from "./beacon-view.ts";
import type {Methods} from "./methods.ts";

export function configMethods(view: BeaconView): Methods<"config"> {
  const {config} = view.chain;
  const spec = specValues(config) as Record<string, string>;
  return {
    getSpec: async () => ({data: spec}),
    getForkSchedule: async () => ({
      data: config.forksAscendingEpochOrder
        .filter((fork) => Number.isFinite(fork.epoch))
        .map(({version, prevVersion, epoch}) => ({currentVersion: version, previousVersion: prevVersion, epoch})),
    }),
    getDepositContract: async () => ({
      data: {
        chainId: config.DEPOSIT_CHAIN_ID,
        address: config.DEPOSIT_CONTRACT_ADDRESS,
      },
    }),
  };
}

/** `/eth/v1/beacon/genesis` needs the bytes that the chain keeps as hex. */
export const genesisMethods = (view: BeaconView): Methods<"beacon"> => ({
  getGenesis: async () => ({
    data: {
      genesisTime: view.chain.genesis.timeSec,
      genesisValidatorsRoot: hexToBytes(view.chain.genesis.validatorsRoot),
      genesisForkVersion: hexToBytes(view.chain.genesis.forkVersion),
    },
  }),
});
