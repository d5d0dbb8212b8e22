import type {ChainConfig} from "@lodestar/config";
import {type Epoch, FAR_FUTURE_EPOCH, parseEpoch} from "@mote/core";
import {WIRE_BOUND} from "./preset.ts";
import {ownSpecValues, presetValueNames, type SpecValues} from "./spec-values.ts";

/** What a beacon node's spec and ours do not agree on. Values are as the Beacon API writes them. */
export interface SpecDifference {
  readonly name: string;
  readonly ours: string;
  readonly theirs: string;
  /**
   * `refuse`: the node is on another chain, or its messages have other shapes. `fork_epoch`: it differs in a scheduled fork that is not
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

/** Preset values that only the types of a later fork use: before it they touch nothing that is signed. */
const FORK_OF_PRESET_VALUE: ReadonlyMap<string, string> = new Map([
  ["PTC_SIZE", "GLOAS"],
  ["MAX_PAYLOAD_ATTESTATIONS", "GLOAS"],
  ["MAX_BUILDER_DEPOSIT_REQUESTS_PER_PAYLOAD", "GLOAS"],
  ["MAX_BUILDER_EXIT_REQUESTS_PER_PAYLOAD", "GLOAS"],
  ["MAX_BUILDERS_PER_WITHDRAWALS_SWEEP", "GLOAS"],
  ["INCLUSION_LIST_COMMITTEE_SIZE", "HEZE"],
]);

/**
 * Compares every value that both sides know. A value that the node leaves out is not a difference: clients trim their lists differently.
 * @param currentEpoch negative before genesis
 */
export function compareSpec(ours: ChainConfig, theirs: SpecValues, currentEpoch: Epoch): SpecDifference[] {
  const own = ownSpecValues(ours);
  own.SECONDS_PER_SLOT = String(ours.SLOT_DURATION_MS / 1000);
  const forkEpoch = (fork: string): Epoch => {
    const name = `${fork}_FORK_EPOCH`;
    return Math.min(epochOrFarFuture(own[name], name), epochOrFarFuture(theirs[name], name)) as Epoch;
  };
  const comparison: Comparison = {preset: presetValueNames(), currentEpoch, forkEpoch};
  const differences: SpecDifference[] = [];
  for (const [name, ourValue] of Object.entries(own)) {
    const theirValue = theirs[name];
    if (theirValue === undefined || canonical(ourValue) === canonical(theirValue)) continue;
    differences.push({
      name,
      ours: canonical(ourValue),
      theirs: canonical(theirValue),
      effect: effectOf(name, comparison),
    });
  }
  return differences;
}

/** The first of these values that the config has otherwise; null when it has them all. */
export function differenceFrom(
  fixed: SpecValues,
  config: ChainConfig,
): Pick<SpecDifference, "name" | "ours" | "theirs"> | null {
  const theirs = ownSpecValues(config);
  for (const [name, value] of Object.entries(fixed)) {
    if (canonical(value) !== canonical(theirs[name]))
      return {name, ours: canonical(value), theirs: canonical(theirs[name])};
  }
  return null;
}

interface Comparison {
  readonly preset: ReadonlySet<string>;
  readonly currentEpoch: Epoch;
  /** The earlier of both sides' epochs for a fork; far in the future when neither has scheduled it. */
  readonly forkEpoch: (fork: string) => Epoch;
}

function effectOf(name: string, {preset, currentEpoch, forkEpoch}: Comparison): SpecDifference["effect"] {
  if (IDENTITY.has(name) || name === "GENESIS_FORK_VERSION") return {kind: "refuse"};
  const [, fork, what] = /^([A-Z]+)_FORK_(EPOCH|VERSION)$/.exec(name) ?? [];
  const laterFork = fork ?? FORK_OF_PRESET_VALUE.get(name);
  if (laterFork !== undefined) {
    const epoch = forkEpoch(laterFork);
    if (epoch === FAR_FUTURE_EPOCH) return {kind: "warn"};
    return what === "VERSION" || epoch <= currentEpoch ? {kind: "refuse"} : {kind: "fork_epoch", untilEpoch: epoch};
  }
  return preset.has(name) && !WIRE_BOUND.test(name) ? {kind: "refuse"} : {kind: "warn"};
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
