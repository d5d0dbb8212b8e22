import type {Slot} from "@mote/core";
import type {DevnetChain} from "./chain.ts";
import {configFileValues, type SpecValues} from "./spec-values.ts";

/** The deposit contract was there from the first block on. */
const DEPOSIT_CONTRACT_BLOCK = 0;

/**
 * The files of a testnet directory by their names, as validator clients read them. To be asked for before the chain finalizes: later its
 * genesis state is gone.
 * @param title first line of config.yaml, as a comment
 */
export function testnetFiles(chain: DevnetChain, title: string): ReadonlyMap<string, string | Uint8Array> {
  const {blockRoot, validatorsRoot} = chain.genesis;
  const state = chain.stateAt(blockRoot, 0 as Slot);
  if (state === null) throw new Error("the genesis state is not held any more");
  return new Map<string, string | Uint8Array>([
    ["config.yaml", `# ${title}\n${configYaml(configFileValues(chain.config))}`],
    ["genesis.ssz", state.serialize()],
    ["genesis_validators_root.txt", `${validatorsRoot}\n`],
    // Lighthouse does not take a directory without it.
    ["deposit_contract_block.txt", `${DEPOSIT_CONTRACT_BLOCK}\n`],
  ]);
}

const configYaml = (values: SpecValues): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}: ${yamlOf(value)}\n`)
    .join("");

/** Hex and numbers without quotes, as in the configs of the spec: some readers go by the type. JSON is YAML. */
function yamlOf(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  return /^(\d+|0x[0-9a-f]*)$/.test(value) ? value : `'${value}'`;
}
