import type {NodeAddress} from "@mote/beacon-nodes";
import {earlySpec} from "@mote/beacon-nodes/spec";
import {choosePreset} from "@mote/consensus/preset";
import {type Clock, messageOf} from "@mote/core";
import {DEVNET_PRESET, NETWORK_FACTS, type NetworkChoice, PRESETS, type Preset} from "../config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";
import {readTestnetSpec} from "./testnet.ts";

export interface UsePresetInit {
  readonly network: NetworkChoice;
  /** Asked where the network leaves its preset to them. */
  readonly nodes: readonly NodeAddress[];
}

/**
 * Settles the preset of the SSZ types for this process. Nothing of the chain may have been loaded before.
 * @throws {ExitError} when the network has a preset, or values of it, that the types cannot follow
 */
export async function usePreset(
  {network, nodes}: UsePresetInit,
  components: {readonly clock: Clock; readonly signal: AbortSignal},
): Promise<void> {
  switch (network.kind) {
    case "known":
      return choosePreset(NETWORK_FACTS[network.name].preset, {});
    case "testnet":
      return choose(network.preset, readTestnetSpec(network.dir), `--testnet-dir ${network.dir}`);
    case "devnet": {
      // Nobody there yet: most devnets are what is guessed here, and a node that is of another kind is told apart when it answers.
      const early = await earlySpec(nodes, components);
      if (early === null) return choosePreset(DEVNET_PRESET, {});
      const {spec, beaconNode} = early;
      return choose(presetOf(spec.PRESET_BASE ?? DEVNET_PRESET, beaconNode), spec, beaconNode);
    }
  }
}

function presetOf(name: string, beaconNode: string): Preset {
  const preset = PRESETS.find((each) => each === name);
  if (preset !== undefined) return preset;
  const shown = JSON.stringify(name.slice(0, 80));
  throw new ExitError(
    `${beaconNode} has the preset ${shown}; Mote knows ${PRESETS.join(", ")}: give --testnet-dir with the network's config.yaml`,
    EXIT_NEEDS_HUMAN,
  );
}

function choose(base: Preset, spec: Readonly<Record<string, unknown>>, saidBy: string): void {
  try {
    choosePreset(base, spec);
  } catch (error) {
    throw new ExitError(`${saidBy}: ${messageOf(error)}`, EXIT_NEEDS_HUMAN);
  }
}
