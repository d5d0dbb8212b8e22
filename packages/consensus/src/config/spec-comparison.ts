import type {ChainConfig} from "@lodestar/config";
import {type Epoch, FAR_FUTURE_EPOCH, parseEpoch} from "@mote/core";
import {ownSpecValues, presetValueNames, type SpecValues} from "./spec-values.ts";

/** What a beacon node's spec and ours do not agree on. Values are as the Beacon API writes them. */
export interface SpecDifference {
  readonly name: string;
  readonly ours: string;
  readonly theirs: string;
  /**
   * `refuse`: the node is on another chain, or its messages have other shapes. `fork_epoch`: it has another epoch for a fork that is not
   * active yet; it may serve until `untilEpoch`. `warn`: it differs in something that does not touch what we sign.
   */
  readonly effect:
    | {readonly kind: "refuse"}
    | {readonly kind: "fork_epoch"; readonly untilEpoch: Epoch}
    | {readonly kind: "warn"};
}

const IDENTITY = new Set([
  "PRESET_BASE",
  "SLOT_DURATION_MS",
  "SECONDS_PER_SLOT",
  "SLOTS_PER_EPOCH",
  "DEPOSIT_CHAIN_ID",
  "DEPOSIT_NETWORK_ID",
  "DEPOSIT_CONTRACT_ADDRESS",
]);

/**
 * Compares every value that both sides know. A value that the node leaves out is not a difference: clients trim their lists differently.
 * @param currentEpoch negative before genesis
 */
export function compareSpec(ours: ChainConfig, theirs: SpecValues, currentEpoch: Epoch): SpecDifference[] {
  const own = ownSpecValues(ours);
  own.SECONDS_PER_SLOT = String(ours.SLOT_DURATION_MS / 1000);
  const preset = presetValueNames();
  const differences: SpecDifference[] = [];
  for (const [name, ourValue] of Object.entries(own)) {
    const theirValue = theirs[name];
    if (theirValue === undefined || canonical(ourValue) === canonical(theirValue)) continue;
    const effect = effectOf(name, ourValue, theirValue, {preset, currentEpoch});
    differences.push({name, ours: canonical(ourValue), theirs: canonical(theirValue), effect});
  }
  return differences;
}

function effectOf(
  name: string,
  ours: unknown,
  theirs: unknown,
  {preset, currentEpoch}: {preset: ReadonlySet<string>; currentEpoch: Epoch},
): SpecDifference["effect"] {
  if (IDENTITY.has(name) || preset.has(name) || name.endsWith("_FORK_VERSION")) return {kind: "refuse"};
  if (name.endsWith("_FORK_EPOCH")) {
    const earlier = Math.min(epochOrFarFuture(ours, name), epochOrFarFuture(theirs, name)) as Epoch;
    return earlier <= currentEpoch ? {kind: "refuse"} : {kind: "fork_epoch", untilEpoch: earlier};
  }
  return {kind: "warn"};
}

function epochOrFarFuture(value: unknown, name: string): Epoch {
  return value === undefined ? FAR_FUTURE_EPOCH : parseEpoch(value, name);
}

/** Hex in lower case, numbers without leading zeros, lists as JSON: what two honest nodes may write differently. */
function canonical(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return (JSON.stringify(value) ?? "").slice(0, 400);
  if (/^\d+$/.test(value)) return value.replace(/^0+(?=\d)/, "");
  return /^0x[0-9a-f]*$/i.test(value) ? value.toLowerCase() : value.slice(0, 400);
}
