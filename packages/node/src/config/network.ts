import {join} from "node:path";
import {parseDocument} from "yaml";
import {NETWORK_FACTS, type NetworkName, PRESETS, type Preset} from "./network-facts.ts";
import {bad, ok, type Parsed} from "./parsed.ts";
import {describeFileError, type TextFiles} from "./text-files.ts";

/** Which chain `mote start` was told to join. */
export type NetworkChoice =
  | {readonly kind: "known"; readonly name: NetworkName}
  /** Config, preset and genesis come from the beacon nodes. */
  | {readonly kind: "devnet"}
  | {readonly kind: "testnet"; readonly dir: string; readonly name: string; readonly preset: Preset};

export const MAINNET_FLAG = "accept-unaudited-mainnet";

/** What a person has to know before real money depends on this program. */
export const MAINNET_REFUSAL = `--network mainnet: this is real money, and nobody outside the project has audited Mote yet.
  Tested, by the project's own tests: slashing protection against the published vectors, on full disks and through kills; signing roots against a second
  implementation; every duty on chains in miniature with faults and jumping clocks, watched by a checker that does not know Mote's slashing protection.
  Not tested: months of work on a public network, every version of every beacon node, your machine.
  Run it on hoodi first. If you then accept that a mistake of Mote's may cost you your stake, add --${MAINNET_FLAG}`;

export const GNOSIS_WARNING =
  "--network gnosis: stakes have real value there, and nobody outside the project has audited Mote yet; chiado is the network to try it on";

const TESTNET_CONFIG_SIZE_BYTES_MAX = 262_144;

/**
 * The preset that the configuration alone tells, before anything of the chain is imported: it is frozen when the SSZ types load. Whoever runs duties asks
 * `usePreset` of `@mote/node/preset` instead, which also knows the values that a testnet changes, and what the beacon nodes of a devnet say.
 */
export function resolvePreset(config: {readonly network: NetworkChoice}): Preset {
  switch (config.network.kind) {
    case "known":
      return NETWORK_FACTS[config.network.name].preset;
    case "devnet":
      return DEVNET_PRESET;
    case "testnet":
      return config.network.preset;
  }
}

/** What nearly every devnet has. */
export const DEVNET_PRESET: Preset = "minimal";

/** How the network is called in paths and lines. */
export function networkName(network: NetworkChoice): string {
  return network.kind === "devnet" ? "devnet" : network.name;
}

/** Looks into a testnet directory's config.yaml for the two values that are needed before the chain is known: preset and name. */
export function readTestnetDir(dir: string, files: TextFiles): Parsed<NetworkChoice> {
  const path = join(dir, "config.yaml");
  let text: string;
  try {
    text = files.read(path, TESTNET_CONFIG_SIZE_BYTES_MAX);
  } catch (error) {
    return bad(`has no readable config.yaml: ${describeFileError(error)}`);
  }
  const config = parseDocument(text, {schema: "failsafe"});
  if (config.errors.length > 0) return bad("has a config.yaml that is not YAML");
  const textOf = (name: string, missing: string): string => {
    const value = config.get(name);
    return value === undefined ? missing : String(value);
  };
  const preset = textOf("PRESET_BASE", "mainnet");
  const known = PRESETS.find((each) => each === preset);
  if (known === undefined)
    return bad(`has PRESET_BASE ${JSON.stringify(preset.slice(0, 80))}; Mote knows ${PRESETS.join(", ")}`);
  const name = textOf("CONFIG_NAME", "testnet");
  if (name === "mainnet") return bad("describes mainnet: give --network mainnet instead");
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return bad("has a CONFIG_NAME that is not a plain name");
  return ok({kind: "testnet", dir, name, preset: known});
}
