import {type Clock, InvalidValueError} from "@mote/core";
import {
  type BeaconNodesConfig,
  DiskTextFiles,
  type NetworkChoice,
  type OptionTable,
  operatorNodes,
  type Settings,
  type STORE_OPTIONS,
  type StoreConfig,
  type Values,
} from "@mote/node/config";
import {SystemClock} from "@mote/node/system-clock";
import {type CommandIo, refuse} from "../command-io.ts";
import type {Prompter} from "../prompt/prompter.ts";
import {TerminalPrompter} from "../prompt/terminal-prompter.ts";
import {type BEACON_NODES, shownOptions} from "./common-options.ts";
import {type CommandText, loadCommand} from "./load-command.ts";
import {mainnetProblems} from "./mainnet.ts";
import {RefusedError} from "./refused-error.ts";

/** All that a command of an operator works with. */
export interface OperatorContext<T extends OptionTable> {
  readonly io: CommandIo;
  readonly values: Values<T>;
  /** What was written beside the options. */
  readonly words: readonly string[];
  readonly config: StoreConfig;
  readonly network: NetworkChoice;
  readonly datadir: string;
  /** Those that are to be asked. */
  readonly beaconNodes: BeaconNodesConfig["nodes"];
  readonly prompter: Prompter;
  readonly clock: Clock;
  /** A path as a person writes it. */
  absolute(path: string): string;
}

export interface OperatorCommand<T extends typeof STORE_OPTIONS> extends CommandText<T> {
  /** Called with the preset set: what it loads may reach the chain's types. @returns the exit code */
  readonly load: () => Promise<(context: OperatorContext<T>) => Promise<number>>;
}

/** Settles for which preset the chain's types are made, before anything loads them. */
export type SettlePreset = (
  init: {readonly network: NetworkChoice; readonly nodes: BeaconNodesConfig["nodes"]},
  components: {readonly clock: Clock; readonly signal: AbortSignal},
) => Promise<void>;

const settlePresetOnce: SettlePreset = async (init, components) => {
  const {usePreset} = await import("@mote/node/preset");
  await usePreset(init, components);
};

export async function runOperatorCommand<T extends typeof STORE_OPTIONS>(
  command: OperatorCommand<T>,
  argv: readonly string[],
  io: CommandIo,
  {settlePreset = settlePresetOnce}: {readonly settlePreset?: SettlePreset} = {},
): Promise<number> {
  const {name, table, load} = command;
  const loaded = loadCommand(command, argv, io, {shown: shownOptions(table)});
  if (typeof loaded === "number") return loaded;
  const {config, values, words, absolute} = loaded;
  const {network, datadir} = config;
  // Options that many tables have, and not all.
  const {acceptMainnet: isAccepted = true} = values as {readonly acceptMainnet?: boolean};
  const problems = [...mainnetProblems(name, {isAccepted, network})];
  const beaconNodes = Object.hasOwn(table, "beaconNodes")
    ? operatorNodes(loaded as unknown as Settings<typeof BEACON_NODES>, {files: new DiskTextFiles(), problems})
    : [];
  if (problems.length > 0) return refuse(io, problems, name);
  const clock = new SystemClock();
  await settlePreset({network, nodes: beaconNodes}, {clock, signal: io.stop});
  const run = await load();
  const prompter = new TerminalPrompter({io});
  try {
    return await run({io, values, words, config, network, datadir, beaconNodes, prompter, clock, absolute});
  } catch (error) {
    if (error instanceof InvalidValueError) throw new RefusedError(error.message);
    throw error;
  }
}
