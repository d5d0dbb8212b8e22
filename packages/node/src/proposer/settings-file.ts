import {type ExecutionAddress, type Pubkey, parsePubkey} from "@mote/core";
import {isMap, isScalar, type YAMLMap} from "yaml";
import {
  bad,
  isNothing,
  ok,
  type Parsed,
  parseBoostFactor,
  parseFeeRecipient,
  parseGasLimit,
  parseGraffiti,
  parseSwitch,
  parseYaml,
} from "../config/index.ts";

/** 10,000 keys with every setting take 4 MB. */
export const SETTINGS_FILE_SIZE_BYTES_MAX = 16 * 1024 * 1024;

/** What a file says of one key, or of all; what it does not say is left to the next one asked. */
export interface PartialSettings {
  feeRecipient?: ExecutionAddress;
  gasLimit?: number;
  graffiti?: Uint8Array;
  builderEnabled?: boolean;
  builderBoostFactor?: bigint;
}

export interface SettingsFile {
  readonly defaults: PartialSettings;
  readonly byPubkey: ReadonlyMap<Pubkey, PartialSettings>;
}

/**
 * `default_config` and `proposer_config`, as several clients have them, in YAML or JSON. Strict: a setting that is not understood could be the one
 * that sends the fees elsewhere.
 */
export function parseSettingsFile(text: string): Parsed<SettingsFile> {
  const parsed = parseYaml(text);
  if (parsed.kind === "bad") return parsed;
  try {
    return ok(readFile(mapOf(parsed.value, "the file")));
  } catch (problem) {
    if (problem instanceof SettingsProblem) return bad(problem.message);
    throw problem;
  }
}

class SettingsProblem extends Error {}

function readFile(file: YAMLMap): SettingsFile {
  let defaults: PartialSettings = {};
  const byPubkey = new Map<Pubkey, PartialSettings>();
  for (const [name, value] of entriesOf(file, "the file")) {
    if (name === "default_config") defaults = readSettings(value, name);
    else if (name !== "proposer_config") throw unknown(name, "the file", ["default_config", "proposer_config"]);
    else {
      for (const [key, settings] of entriesOf(mapOf(value, name), name)) {
        const pubkey = readPubkey(key);
        if (byPubkey.has(pubkey)) throw new SettingsProblem(`${key} comes twice`);
        byPubkey.set(pubkey, readSettings(settings, `${name}.${key}`));
      }
    }
  }
  return {defaults, byPubkey};
}

function readPubkey(text: string): Pubkey {
  try {
    return parsePubkey(text, "a key of proposer_config");
  } catch (error) {
    throw new SettingsProblem(error instanceof Error ? error.message : String(error));
  }
}

function readSettings(node: unknown, where: string): PartialSettings {
  const settings: PartialSettings = {};
  for (const [name, value] of entriesOf(mapOf(node, where), where)) {
    const place = `${where}.${name}`;
    if (name === "fee_recipient") settings.feeRecipient = read(value, place, parseFeeRecipient);
    else if (name === "gas_limit") settings.gasLimit = read(value, place, parseGasLimit);
    else if (name === "graffiti") settings.graffiti = read(value, place, parseGraffiti);
    else if (name === "builder") readBuilder(value, place, settings);
    else throw unknown(name, where, ["fee_recipient", "gas_limit", "graffiti", "builder"]);
  }
  return settings;
}

function readBuilder(node: unknown, where: string, settings: PartialSettings): void {
  for (const [name, value] of entriesOf(mapOf(node, where), where)) {
    const place = `${where}.${name}`;
    if (name === "enabled") settings.builderEnabled = read(value, place, parseSwitch);
    else if (name === "boost_factor") settings.builderBoostFactor = read(value, place, parseBoostFactor);
    else if (name === "gas_limit") settings.gasLimit = read(value, place, parseGasLimit);
    else throw unknown(name, where, ["enabled", "boost_factor", "gas_limit"]);
  }
}

function read<V>(node: unknown, where: string, parse: (text: string) => Parsed<V>): V {
  const text = isScalar(node) && typeof node.value === "string" ? node.value : null;
  if (isNothing(node)) throw new SettingsProblem(`${where} has no value: leave it out`);
  const parsed: Parsed<V> = text === null ? bad("is not a single value") : parse(text);
  if (parsed.kind === "ok") return parsed.value;
  throw new SettingsProblem(
    `${where} ${text === null ? "" : `${JSON.stringify(text.slice(0, 80))} `}${parsed.problem}`,
  );
}

function mapOf(node: unknown, where: string): YAMLMap {
  if (isMap(node)) return node as YAMLMap;
  throw new SettingsProblem(`${where} is not a list of \`name: value\` lines`);
}

const entriesOf = (map: YAMLMap, where: string): [string, unknown][] =>
  map.items.map(({key, value}) => {
    if (!isScalar(key)) throw new SettingsProblem(`${where} has a name that is not text`);
    return [String(key.value), value];
  });

const unknown = (name: string, where: string, known: readonly string[]): SettingsProblem =>
  new SettingsProblem(
    `${where} has ${JSON.stringify(name.slice(0, 80))}, which Mote does not know: there is ${known.join(", ")}`,
  );
