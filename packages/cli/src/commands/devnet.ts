import {mkdtempSync, readdirSync, rmSync} from "node:fs";
import {tmpdir} from "node:os";
import {join, resolve} from "node:path";
import {fileURLToPath} from "node:url";
import type {Clock} from "@mote/core";
import {SystemClock} from "@mote/node/system-clock";
import {type CommandIo, EXIT_ERROR, refuse} from "../command-io.ts";
import {DEVNET_OPTIONS, type DevnetConfig, loadDevnetConfig} from "../devnet/devnet-options.ts";
import {missingDevnetPackage} from "../devnet/devnet-package.ts";
import {DevnetRefusedError} from "../devnet/devnet-refused-error.ts";
import {type DevnetView, LinesView, ScreenView} from "../devnet/devnet-view.ts";
import {MicroNode} from "../devnet/micro-node.ts";
import type {StartNode} from "../devnet/node-group.ts";
import type {NodeDatadir} from "../devnet/node-plans.ts";
import {checkOptions, openDevnet} from "../devnet/open-devnet.ts";
import {writeOperatorKeys} from "../devnet/operator-keys.ts";
import {type DevnetRun, runChainOnly, runWithNode} from "../devnet/run-devnet.ts";
import {summarize, summaryLine} from "../devnet/summary.ts";
import {TestnetDir} from "../devnet/testnet-dir.ts";
import {devnetHelp} from "../help.ts";
import {nearest} from "../nearest.ts";

/** `mote devnet`: a chain, a micro-node on it as a process of its own, and what a person or a script sees of both. */
export async function devnetCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    io.stdout.write(devnetHelp(DEVNET_OPTIONS));
    return 0;
  }
  const loaded = loadDevnetConfig(argv, nearest);
  if (loaded.kind === "refused") return refuse(io, loaded.problems, "mote devnet");
  const missing = missingDevnetPackage();
  if (missing !== null) return refuse(io, [missing], "mote devnet");
  const genesisDeposits = loaded.config.genesisDeposits.map((path) => resolve(io.workingDir, path));
  const config = {...loaded.config, genesisDeposits};
  process.env.LODESTAR_PRESET = "minimal";
  const clock = new SystemClock();
  const view = viewOf(config, io, clock);
  try {
    const run = await runIt(config, io, {view, clock});
    view.close();
    report(run, config, io);
    return run.exitCode;
  } catch (error) {
    view.close();
    if (error instanceof DevnetRefusedError) return refuse(io, [error.message], "mote devnet");
    throw error;
  }
}

function viewOf(config: DevnetConfig, {stdout, stderr, env}: CommandIo, clock: Clock): DevnetView {
  if (config.json) return new LinesView({stream: stderr});
  if (stdout.isTTY !== true) return new LinesView({stream: stdout});
  // https://no-color.org: any value but an empty one.
  const color = (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
  return new ScreenView({validators: config.validators, color}, {stream: stdout, clock});
}

async function runIt(
  config: DevnetConfig,
  io: CommandIo,
  {view, clock}: {readonly view: DevnetView; readonly clock: Clock},
): Promise<DevnetRun> {
  const mainPath = fileURLToPath(new URL("../main.js", import.meta.url));
  const startNode: StartNode = (argv, onWarning) => new MicroNode({argv, mainPath, env: io.env}, {onWarning});
  const components = {
    clock,
    view,
    checkOptions,
    openDevnet,
    startNode,
    writeKeys: writeOperatorKeys,
    testnetDir: testnetDirOf(config, io),
    stop: io.stop,
  };
  if (config.noNode) return await runChainOnly(config, components);
  if (config.datadir !== null) return await runWithNode(config, givenDatadir(config.datadir, io), components);
  const datadir = mkdtempSync(join(tmpdir(), "mote-devnet-"));
  const remove = () => rmSync(datadir, {recursive: true, force: true});
  process.once("exit", remove);
  try {
    return await runWithNode(config, {path: datadir, isNew: true}, components);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/** One with a past is opened as it is: when its slashing protection is gone, the node says so. */
function givenDatadir(datadir: string, {workingDir}: CommandIo): NodeDatadir {
  const path = resolve(workingDir, datadir);
  try {
    return {path, isNew: readdirSync(path).length === 0};
  } catch (error) {
    return {path, isNew: (error as NodeJS.ErrnoException).code === "ENOENT"};
  }
}

function testnetDirOf({writeTestnet}: DevnetConfig, {workingDir}: CommandIo): TestnetDir | null {
  return writeTestnet === null ? null : new TestnetDir({path: resolve(workingDir, writeTestnet)});
}

function report({devnet, problems, exitCode, ...ofNodes}: DevnetRun, config: DevnetConfig, io: CommandIo): void {
  for (const problem of problems) io.stderr.write(`mote: ${problem}\n`);
  if (exitCode === EXIT_ERROR) io.stderr.write("mote: the run has failed\n");
  if (devnet === null) return;
  const figures = devnet.figures();
  const forPeople = config.json ? io.stderr : io.stdout;
  forPeople.write(`${summaryLine(figures)}\n`);
  if (config.json || io.stdout.isTTY !== true) io.stdout.write(`${JSON.stringify(summarize(figures, ofNodes))}\n`);
}
