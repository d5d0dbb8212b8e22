import {
  type ChainConfig,
  chainConfigFromJson,
  chainConfigToJson,
  chainConfigTypes,
  createChainConfig,
} from "@lodestar/config";
import * as params from "@lodestar/params";
import {bytesToHex, InvalidValueError, parseEpoch, parseUint} from "@mote/core";

/** A spec as the Beacon API's `/eth/v1/config/spec` or a testnet's `config.yaml` has it: decimal strings, hex strings, a blob schedule. */
export type SpecValues = Readonly<Record<string, unknown>>;

/**
 * The chain config that `spec` describes; a value that it does not name is the default of `@lodestar/config`.
 * @throws {InvalidValueError} naming the first value that is not what its name promises
 */
export function chainConfigFromSpec(spec: SpecValues): ChainConfig {
  const known: Record<string, unknown> = {};
  for (const [name, type] of Object.entries(chainConfigTypes)) {
    const value = spec[name];
    if (value === undefined) continue;
    checkSpecValue(name, value, type);
    known[name] = value;
  }
  // Older clients know the slot time in seconds only.
  if (known.SLOT_DURATION_MS === undefined && spec.SECONDS_PER_SLOT !== undefined) {
    known.SLOT_DURATION_MS = String(parseUint(spec.SECONDS_PER_SLOT, "SECONDS_PER_SLOT") * 1000);
  }
  return createChainConfig(chainConfigFromJson(known as Parameters<typeof chainConfigFromJson>[0]));
}

/** All spec values that Mote runs by, written as the Beacon API writes them: the chain's config and the preset of the SSZ types. */
export function ownSpecValues(config: ChainConfig): Record<string, unknown> {
  const preset = Object.entries(params.activePreset).map(([name, value]) => [name, String(value)]);
  return {...Object.fromEntries(preset), ...chainConfigToJson(config)};
}

/** Names of the values that are frozen into the SSZ types when the preset is loaded. */
export const presetValueNames = (): ReadonlySet<string> => new Set(Object.keys(params.activePreset));

/** The preset that the SSZ types were made for. */
export const activePresetName: string = params.ACTIVE_PRESET;

/** Constants that no configuration changes, by which messages are made or duties decided. */
const CONSTANT = /^(DOMAIN_\w+|TARGET_AGGREGATORS_PER_\w+|SYNC_COMMITTEE_SUBNET_COUNT)$/;

/** The first constant of the protocol that `spec` says otherwise, with both values: such a chain cannot be followed. Null when there is none. */
export function changedConstant(
  spec: SpecValues,
): {readonly name: string; readonly ours: string; readonly theirs: string} | null {
  for (const [name, value] of Object.entries(params)) {
    const theirs = spec[name];
    if (typeof theirs !== "string" || !CONSTANT.test(name)) continue;
    const ours = value instanceof Uint8Array ? bytesToHex(value) : String(value);
    if (ours !== theirs.toLowerCase()) return {name, ours, theirs};
  }
  return null;
}

function checkSpecValue(name: string, value: unknown, type: string): void {
  if (type === "number") {
    if (name.endsWith("_EPOCH")) parseEpoch(value, name);
    else if (value !== "18446744073709551615") parseUint(value, name);
  } else if (type === "bigint" && !(typeof value === "string" && /^\d{1,78}$/.test(value))) {
    throw new InvalidValueError(`${name} must be a decimal number`);
  } else if (type === "bytes" && !(typeof value === "string" && /^0x([0-9a-fA-F]{2}){0,64}$/.test(value))) {
    throw new InvalidValueError(`${name} must be hex bytes`);
  } else if (type === "string" && !(typeof value === "string" && value.length <= 256)) {
    throw new InvalidValueError(`${name} must be a short string`);
  } else if (type === "blob_schedule" && !(Array.isArray(value) && value.length <= 1024)) {
    throw new InvalidValueError(`${name} must be a list`);
  }
}
