import {type ChainConfig, chainConfigToJson, specValuesToJson} from "@lodestar/config";
import * as params from "@lodestar/params";

/** Values of the spec as the Beacon API writes them: numbers and bytes as text, lists as they are. */
export type SpecValues = Readonly<Record<string, unknown>>;

/** All that `/eth/v1/config/spec` answers: constants, preset and config. */
export function specValues(config: ChainConfig): SpecValues {
  return {...specConstants(), ...specValuesToJson({...params.activePreset}), ...configFileValues(config)};
}

/** What belongs into the config file of a network: everything that neither the preset nor the spec fixes. */
export function configFileValues(config: ChainConfig): SpecValues {
  return {...chainConfigToJson(config), ...NETWORK_CONSTANTS};
}

/**
 * Values of configs/minimal.yaml that `@lodestar/config` does not hold. The prefix bits have been derived from the two above them since
 * March 2026, and the inclusion list's size had another name before; clients of both ages read the file.
 */
const NETWORK_CONSTANTS: SpecValues = {
  ATTESTATION_SUBNET_COUNT: String(params.ATTESTATION_SUBNET_COUNT),
  ATTESTATION_SUBNET_EXTRA_BITS: String(params.ATTESTATION_SUBNET_EXTRA_BITS),
  ATTESTATION_SUBNET_PREFIX_BITS: String(params.ATTESTATION_SUBNET_PREFIX_BITS),
  MAX_TRANSACTIONS_BYTES_PER_INCLUSION_LIST: "8192",
};

/** Constants of the spec that clients ask the beacon node for; neither preset nor config holds them. */
function specConstants(): SpecValues {
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
    "NODE_ID_BITS",
    "MAX_CONCURRENT_REQUESTS",
  ] as const;
  const constants = numbers.map((name) => [name, String((params as Record<string, unknown>)[name])]);
  return {
    ...Object.fromEntries(domains),
    ...Object.fromEntries(constants),
    FAR_FUTURE_EPOCH: "18446744073709551615",
  };
}
