import {chainConfigToJson, specValuesToJson} from "@lodestar/config";
import * as params from "@lodestar/params";
import {hexToBytes} from "@mote/core";
import type {BeaconView} from "./beacon-view.ts";
import type {Methods} from "./methods.ts";

export function configMethods(view: BeaconView): Methods<"config"> {
  const {config} = view.chain;
  const spec = {
    ...specConstants(),
    ...(specValuesToJson({...params.activePreset}) as Record<string, string>),
    ...chainConfigToJson(config),
  };
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

/** Constants of the spec that clients ask the beacon node for; neither preset nor config holds them. */
function specConstants(): Record<string, string> {
  const domains = Object.entries(params).flatMap(([name, value]) =>
    name.startsWith("DOMAIN_") && value instanceof Uint8Array
      ? [[name, `0x${Buffer.from(value).toString("hex")}`]]
      : [],
  );
  const numbers = [
    "TARGET_AGGREGATORS_PER_COMMITTEE",
    "TARGET_AGGREGATORS_PER_SYNC_SUBCOMMITTEE",
    "SYNC_COMMITTEE_SUBNET_COUNT",
    "GENESIS_SLOT",
    "GENESIS_EPOCH",
    "JUSTIFICATION_BITS_LENGTH",
    "TIMELY_SOURCE_FLAG_INDEX",
    "TIMELY_TARGET_FLAG_INDEX",
    "TIMELY_HEAD_FLAG_INDEX",
    "TIMELY_SOURCE_WEIGHT",
    "TIMELY_TARGET_WEIGHT",
    "TIMELY_HEAD_WEIGHT",
    "SYNC_REWARD_WEIGHT",
    "PROPOSER_WEIGHT",
    "WEIGHT_DENOMINATOR",
  ] as const;
  const constants = numbers.map((name) => [name, String((params as Record<string, unknown>)[name])]);
  return {
    ...Object.fromEntries(domains),
    ...Object.fromEntries(constants),
    FAR_FUTURE_EPOCH: "18446744073709551615",
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
