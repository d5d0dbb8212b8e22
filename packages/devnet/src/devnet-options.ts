import {type Epoch, InvalidValueError} from "@mote/core";
import type {BuilderMode, DevnetFork} from "./chain/types.ts";
import {type Dialect, PLAIN} from "./dialects/dialect.ts";
import {parseDialectSpec} from "./dialects/parse-dialect.ts";
import {type FaultSpec, parseFaultSpec} from "./faults/fault-spec.ts";
import {createDevnetConfig, type GenesisValidator, VALIDATORS_MAX, VALIDATORS_MIN} from "./genesis.ts";
import {type DepositFile, validatorsOfDeposits} from "./genesis-deposits.ts";

/** As a person gives them; see {@link readOptions} for what is allowed. */
export interface DevnetOptions {
  readonly validators: number;
  /** Whole seconds. */
  readonly secondsPerSlot: number;
  /** `fulu`, `gloas` (from genesis) or `gloas@EPOCH`. */
  readonly fork: string;
  /** The run ends after this many epochs. Without it, it goes on until it is stopped. */
  readonly epochs?: number;
  readonly beaconNodes: number;
  /** Each as {@link parseFaultSpec} reads it. */
  readonly faults: readonly string[];
  /** Whether a builder offers payloads, and so blinded blocks and bids of its own. Default `none`. */
  readonly builder?: string;
  /** Each `ENDPOINT=NAME`. */
  readonly dialects: readonly string[];
  /** The port of bn0; bn1 has the next, and so on. 0: a free one for each. */
  readonly apiPort: number;
  /** The beacon nodes are peers of a network that others may join. Default: they speak the Beacon API alone. */
  readonly p2p?: boolean;
  /** TCP port of bn0 on that network; the others take free ones. Default 0: a free one. */
  readonly p2pPort?: number;
  /** Unix seconds. */
  readonly genesisTimeSec: number;
  /** Deposits whose keys are validators from genesis on, beside the interop ones. Whoever has the keys signs for them. */
  readonly genesisDeposits?: readonly DepositFile[];
}

export interface ReadOptions {
  readonly fork: DevnetFork;
  readonly builder: BuilderMode;
  readonly faults: readonly FaultSpec[];
  readonly endpoints: readonly {readonly name: string; readonly port: number; readonly dialect: Dialect}[];
  readonly depositors: readonly GenesisValidator[];
}

const BEACON_NODES_MAX = 16;
const PORT_MAX = 65_535;

/** @throws {InvalidValueError} naming the option, its value and what is allowed */
export function readOptions(options: DevnetOptions): ReadOptions {
  const {validators, secondsPerSlot, epochs, beaconNodes, apiPort, genesisTimeSec} = options;
  checkInteger("validators", validators, VALIDATORS_MIN, VALIDATORS_MAX);
  checkInteger("secondsPerSlot", secondsPerSlot, 1, 60);
  checkInteger("beaconNodes", beaconNodes, 1, BEACON_NODES_MAX);
  if (epochs !== undefined) checkInteger("epochs", epochs, 1, 1_000_000);
  checkInteger("apiPort", apiPort, 0, PORT_MAX - beaconNodes + 1);
  checkInteger("p2pPort", options.p2pPort ?? 0, 0, PORT_MAX);
  checkInteger("genesisTimeSec", genesisTimeSec, 0, 2 ** 40);
  const names = Array.from({length: beaconNodes}, (_, i) => `bn${i}`);
  const faults = options.faults.map(parseFaultSpec);
  for (const [i, fault] of faults.entries()) {
    if (fault.scope === "p2p" && options.p2p !== true)
      throw new InvalidValueError(`fault ${JSON.stringify(options.faults[i])}: there are no peers without p2p`);
    if (fault.scope === "endpoint") checkEndpoint(`fault ${JSON.stringify(options.faults[i])}`, fault.endpoint, names);
  }
  const dialects = new Map<string, Dialect>();
  for (const text of options.dialects) {
    const {endpoint, dialect} = parseDialectSpec(text);
    checkEndpoint(`dialect ${JSON.stringify(text)}`, endpoint, names);
    dialects.set(endpoint, dialect);
  }
  const endpoints = names.map((name, i) => ({
    name,
    port: apiPort === 0 ? 0 : apiPort + i,
    dialect: dialects.get(name) ?? PLAIN,
  }));
  const fork = readFork(options.fork);
  const depositors = validatorsOfDeposits(options.genesisDeposits ?? [], createDevnetConfig({fork, secondsPerSlot}));
  return {fork, builder: readBuilder(options.builder ?? "none"), faults, endpoints, depositors};
}

function readFork(text: string): DevnetFork {
  if (text === "fulu" || text === "gloas") return text;
  const match = /^gloas@(\d{1,6})$/.exec(text);
  if (match === null) {
    throw new InvalidValueError(`fork ${JSON.stringify(text)}: must be fulu, gloas, or gloas@EPOCH such as gloas@2`);
  }
  return {gloasEpoch: Number(match[1]) as Epoch};
}

function readBuilder(text: string): BuilderMode {
  if (text === "none" || text === "bids") return text;
  throw new InvalidValueError(`builder ${JSON.stringify(text)}: must be none or bids`);
}

function checkInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new InvalidValueError(`${name} is ${value}; it must be a whole number from ${min} to ${max}`);
}

function checkEndpoint(subject: string, endpoint: string, names: readonly string[]): void {
  if (names.includes(endpoint)) return;
  const existing = names.length === 1 ? "bn0 alone" : `${names[0]} to ${names.at(-1)}`;
  throw new InvalidValueError(
    `${subject}: there is no ${endpoint}; of ${names.length} beacon node${names.length === 1 ? "" : "s"} there is ${existing}`,
  );
}
