import {closeSync, openSync, readSync} from "node:fs";
import {join} from "node:path";
import type {SpecValues} from "@mote/consensus";
import {messageOf, parseRoot, type Root, rootToHex} from "@mote/core";
import {parse} from "yaml";
import {DiskTextFiles} from "../config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";

const CONFIG_SIZE_BYTES_MAX = 256 * 1024;
const ROOT_TEXT_SIZE_BYTES_MAX = 128;

/** What a testnet directory says of its chain. Genesis facts that it leaves out are taken from the beacon nodes. */
export interface Testnet {
  readonly spec: SpecValues;
  readonly genesisValidatorsRoot: Root | null;
  readonly genesisTimeSec: number | null;
}

/**
 * Reads `config.yaml` and, where they are there, `genesis.ssz` and `genesis_validators_root.txt`.
 * @throws {ExitError} naming the file that cannot be used
 */
export function readTestnet(dir: string): Testnet {
  const spec = readTestnetSpec(dir);
  const genesis = ifThere(() => readFile(join(dir, "genesis.ssz"), readGenesisHeader));
  const root = ifThere(() =>
    readFile(join(dir, "genesis_validators_root.txt"), (path) =>
      parseRoot(new DiskTextFiles().read(path, ROOT_TEXT_SIZE_BYTES_MAX).trim(), "genesis_validators_root"),
    ),
  );
  if (genesis === null) return {spec, genesisValidatorsRoot: root, genesisTimeSec: null};
  if (root !== null && root !== genesis.genesisValidatorsRoot) {
    const both = `genesis.ssz says ${genesis.genesisValidatorsRoot}, genesis_validators_root.txt ${root}`;
    throw new ExitError(`--testnet-dir: ${dir} describes two chains: ${both}`, EXIT_NEEDS_HUMAN);
  }
  return {spec, ...genesis};
}

/** `config.yaml` alone. Everything stays text, as the Beacon API has it: YAML would round large numbers and read hex as a number. @throws {ExitError} */
export function readTestnetSpec(dir: string): SpecValues {
  const spec: unknown = readFile(join(dir, "config.yaml"), (path) =>
    parse(new DiskTextFiles().read(path, CONFIG_SIZE_BYTES_MAX), {schema: "failsafe"}),
  );
  // An empty file is a chain that changes nothing.
  return (spec ?? {}) as SpecValues;
}

function readFile<T>(path: string, use: (path: string) => T): T {
  try {
    return use(path);
  } catch (error) {
    throw new ExitError(`--testnet-dir: ${path} cannot be used: ${messageOf(error)}`, EXIT_NEEDS_HUMAN);
  }
}

/** A serialized BeaconState begins with genesis_time (8 bytes) and genesis_validators_root (32). phase0/beacon-chain.md#beaconstate */
function readGenesisHeader(path: string): {genesisTimeSec: number; genesisValidatorsRoot: Root} {
  const header = Buffer.alloc(40);
  const file = openSync(path, "r");
  try {
    if (readSync(file, header, 0, header.length, 0) !== header.length) throw new Error("it is too short for a state");
  } finally {
    closeSync(file);
  }
  const time = header.readBigUInt64LE(0);
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error(`its genesis time ${time} is out of range`);
  return {genesisTimeSec: Number(time), genesisValidatorsRoot: rootToHex(header.subarray(8))};
}

function ifThere<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExitError && error.message.includes("ENOENT")) return null;
    throw error;
  }
}
