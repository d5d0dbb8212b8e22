import {join} from "node:path";
import {parseDocument} from "yaml";
import {bad, ok, type Parsed} from "./parsed.ts";
import {describeFileError, type TextFiles} from "./text-files.ts";

/** Presets that the SSZ types can be compiled for. */
export const PRESETS = ["mainnet", "minimal"] as const;
export type Preset = (typeof PRESETS)[number];

/** Which chain `mote start` was told to join. */
export type NetworkChoice =
  | {readonly kind: "known"; readonly name: "hoodi" | "sepolia"}
  /** Config and genesis come from the beacon nodes. */
  | {readonly kind: "devnet"}
  | {readonly kind: "testnet"; readonly dir: string; readonly name: string; readonly preset: Preset};

export const MAINNET_NOT_YET = "is not open yet: this version runs on test networks only";

const TESTNET_CONFIG_SIZE_BYTES_MAX = 262_144;

/** The preset is frozen when the SSZ types load, so it is decided from the configuration alone, before anything of the chain is imported. */
export function resolvePreset(config: {readonly network: NetworkChoice}): Preset {
  switch (config.network.kind) {
    case "known":
      return "mainnet";
    case "devnet":
      return "minimal";
    case "testnet":
      return config.network.preset;
  }
}

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
  if (known === undefined) return bad(`has PRESET_BASE ${JSON.stringify(preset)}; Mote knows ${PRESETS.join(" and ")}`);
  const name = textOf("CONFIG_NAME", "testnet");
  if (name === "mainnet") return bad(`describes mainnet, which ${MAINNET_NOT_YET}`);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) return bad("has a CONFIG_NAME that is not a plain name");
  return ok({kind: "testnet", dir, name, preset: known});
}
