import {gnosisPreset} from "@lodestar/params/presets/gnosis";
import {mainnetPreset} from "@lodestar/params/presets/mainnet";
import {minimalPreset} from "@lodestar/params/presets/minimal";
import {PresetName, setActivePreset} from "@lodestar/params/setPreset";
import {InvalidValueError, parseUint} from "@mote/core";

/** The only file that may be loaded before the preset is chosen: nothing here reaches what freezes it. */

const PRESETS = {mainnet: mainnetPreset, minimal: minimalPreset, gnosis: gnosisPreset};
export type PresetBase = keyof typeof PRESETS;

/** Bounds of messages on the wire stand among the presets; no SSZ type uses them. */
export const WIRE_BOUND = /^MAX_\w+_SIZE(_HEZE)?$/;
const CHUNK_SIZE_BYTES = 32;
/** altair/validator.md#misc */
const SYNC_COMMITTEE_SUBNET_COUNT = 4;

/**
 * Has the SSZ types made for a preset, and for those of its values that `spec` changes. Once in a process, and before anything else of the chain is loaded.
 * @throws {InvalidValueError} naming the first value that the types cannot follow
 */
export function choosePreset(base: PresetBase, spec: Readonly<Record<string, unknown>>): void {
  const overrides = presetOverrides(base, spec);
  // Worker threads begin with the environment.
  process.env.LODESTAR_PRESET = base;
  setActivePreset(PresetName[base], overrides);
}

/** What `spec` says of the preset's values other than the preset itself. @throws {InvalidValueError} as {@link choosePreset} does */
export function presetOverrides(
  base: PresetBase,
  spec: Readonly<Record<string, unknown>>,
): Readonly<Record<string, number>> {
  const overrides: Record<string, number> = {};
  for (const [name, usual] of Object.entries(PRESETS[base])) {
    if (spec[name] === undefined || WIRE_BOUND.test(name)) continue;
    const value = parseUint(spec[name], name);
    if (value === usual) continue;
    checkFollowable(name, value);
    overrides[name] = value;
  }
  return overrides;
}

function checkFollowable(name: string, value: number): void {
  const refuse = (what: string) => {
    throw new InvalidValueError(`${name} is ${value}, and messages of that shape cannot be made: ${what}`);
  };
  if (value === 0) refuse("it must be above 0");
  if (name === "SYNC_COMMITTEE_SIZE" && value % SYNC_COMMITTEE_SUBNET_COUNT !== 0)
    refuse(`the sync committee is cut into ${SYNC_COMMITTEE_SUBNET_COUNT} parts`);
  if (name === "MAX_BYTES_PER_TRANSACTION" && value < CHUNK_SIZE_BYTES)
    refuse(`a transaction must have room for ${CHUNK_SIZE_BYTES} bytes`);
}
