import {type Clock, sleep} from "@mote/core";
import {START_OPTIONS} from "@mote/node/config";
import {EXIT_ASKED_TO_STOP, EXIT_ERROR} from "../command-io.ts";
import type {DevnetEnd, DevnetHandle} from "./devnet-handle.ts";
import type {DevnetConfig} from "./devnet-options.ts";
import type {DevnetView} from "./devnet-view.ts";
import type {MicroNode, MicroNodeExit} from "./micro-node.ts";
import type {CheckOptions, OpenDevnet} from "./open-devnet.ts";
import type {TestnetDir} from "./testnet-dir.ts";

/** Genesis lies at least this long after the node said that it is ready, so that slot 0 counts. */
const READY_MARGIN_MS = 2000;
const GENESIS_DELAY_SEC = 6;
const GENESIS_DELAY_NO_NODE_SEC = 20;
const ATTEMPTS_MAX = 3;
const INIT_FLAG = `--${START_OPTIONS.initSlashingProtection.name}`;

export interface RunComponents {
  readonly clock: Clock;
  readonly view: DevnetView;
  readonly checkOptions: CheckOptions;
  readonly openDevnet: OpenDevnet;
  /** Where the chain is described for others; null for nowhere. */
  readonly testnetDir: Pick<TestnetDir, "path" | "write"> | null;
  /** Starts a micro-node with these words after `mote`. */
  readonly startNode: (
    argv: readonly string[],
  ) => Pick<MicroNode, "ready" | "exited" | "exit" | "rssBytes" | "lastWords" | "stop">;
  readonly stop: AbortSignal;
}

type Node = ReturnType<RunComponents["startNode"]>;

export interface DevnetRun {
  readonly exitCode: number;
  /** Null when it came to no chain. */
  readonly devnet: DevnetHandle | null;
  readonly rssBytes: number | null;
  /** Why it failed; empty for a healthy run. */
  readonly problems: readonly string[];
}

/** Where a micro-node keeps its slashing protection. */
export interface NodeDatadir {
  readonly path: string;
  /** Nothing was ever kept there: it may be begun. */
  readonly isNew: boolean;
}

/** The words after `mote` that make a micro-node join the chain. */
export function joinArguments(
  {validators}: Pick<DevnetConfig, "validators">,
  urls: readonly string[],
  {path, isNew}: NodeDatadir,
): string[] {
  const chain = ["--network", "devnet", "--beacon-nodes", urls.join(","), "--interop-keys", `0..${validators - 1}`];
  return ["start", ...chain, "--datadir", path, ...(isNew ? [INIT_FLAG] : [])];
}

/** The same for keys of one's own choice, by the testnet directory. */
const joinByDirectory = (dir: string, urls: readonly string[]): string =>
  `mote start --testnet-dir ${dir} --beacon-nodes ${urls.join(",")} --keystores-dir <dir> --secrets-dir <dir> ${INIT_FLAG}`;

/** The chain alone: whoever wants may join it. */
export async function runChainOnly(config: DevnetConfig, components: RunComponents): Promise<DevnetRun> {
  const {view, clock, testnetDir} = components;
  await check(config, components);
  const devnet = await open(config, config.genesisDelaySec ?? GENESIS_DELAY_NO_NODE_SEC, components);
  const waitSec = Math.round((devnet.genesisMs - clock.nowMs()) / 1000);
  view.notice(`Genesis in ${waitSec} s. Join with this (in a clone: npm run mote -- start …):`);
  // Each devnet is a chain of its own, and slashing protection rightly refuses the data directory of another.
  const datadir = {path: `mote-devnet-${devnet.genesisMs / 1000}`, isNew: true};
  view.notice(`mote ${joinArguments(config, devnet.urls, datadir).join(" ")}`);
  if (testnetDir !== null) {
    view.notice(`Or with keystores, by the testnet directory; another client takes it, or its config.yaml, as well:`);
    view.notice(joinByDirectory(testnetDir.path, devnet.urls));
  }
  devnet.start();
  view.show(devnet, () => null);
  const end = await Promise.race([devnet.finished, aborted(components.stop)]);
  view.close();
  await devnet.stop();
  const problems = [...problemsOfEnd(end), ...devnet.problems()];
  return {exitCode: problems.length > 0 ? EXIT_ERROR : EXIT_ASKED_TO_STOP, devnet, rssBytes: null, problems};
}

/** The chain and a micro-node on it, from before genesis to the end. */
export async function runWithNode(
  config: DevnetConfig,
  datadir: NodeDatadir,
  components: RunComponents,
): Promise<DevnetRun> {
  let delaySec = config.genesisDelaySec ?? GENESIS_DELAY_SEC;
  await check(config, components);
  components.view.notice(`Making a chain of ${config.validators} validators and starting a micro-node for it …`);
  for (let attempt = 1; ; attempt++) {
    const devnet = await open(config, delaySec, components);
    const node = components.startNode([...joinArguments(config, devnet.urls, datadir), "--log-format", "json"]);
    const state = await waitUntilReady(node, devnet, components);
    if (state === "ready") return await runUntilEnd(node, devnet, components);
    const exit = await node.stop();
    await devnet.stop();
    if (state === "stopped") return {exitCode: EXIT_ASKED_TO_STOP, devnet: null, rssBytes: null, problems: []};
    if (state === "ended") return failed(`the micro-node ended before it was ready: ${describeExit(exit)}`, node);
    if (attempt === ATTEMPTS_MAX) return failed(`the micro-node was not ready ${delaySec} s after its start`, node);
    delaySec *= 2;
    components.view.notice(`The micro-node was not ready in time: once more, with genesis ${delaySec} s away.`);
  }
}

async function check(config: DevnetConfig, {checkOptions, view}: RunComponents): Promise<void> {
  for (const line of await checkOptions(config)) view.notice(line);
}

async function open(
  config: DevnetConfig,
  delaySec: number,
  {openDevnet, testnetDir, clock, view}: RunComponents,
): Promise<DevnetHandle> {
  const genesisSec = Math.ceil(clock.nowMs() / 1000) + delaySec;
  const devnet = await openDevnet(config, {genesisSec}, {clock, log: (line) => view.notice(line)});
  try {
    testnetDir?.write(devnet.testnetFiles());
  } catch (error) {
    await devnet.stop();
    throw error;
  }
  return devnet;
}

type Readiness = "ready" | "late" | "ended" | "stopped";

async function waitUntilReady(node: Node, devnet: DevnetHandle, {clock, stop}: RunComponents): Promise<Readiness> {
  const settled = new AbortController();
  const deadlineMs = devnet.genesisMs - READY_MARGIN_MS;
  const readiness = await Promise.race<Readiness>([
    node.ready.then(() => "ready"),
    node.exited.then(() => "ended"),
    sleep(clock, deadlineMs - clock.nowMs(), settled.signal).then(() => "late"),
    aborted(stop).then(() => "stopped"),
  ]);
  settled.abort();
  return readiness;
}

async function runUntilEnd(node: Node, devnet: DevnetHandle, {view, stop}: RunComponents): Promise<DevnetRun> {
  devnet.start();
  view.show(devnet, () => ({isRunning: node.exit === null, rssBytes: node.rssBytes}));
  const end = await Promise.race([devnet.finished, aborted(stop), node.exited.then(() => "node ended" as const)]);
  // Ctrl-C reaches the node as well, which may be gone first.
  const isUnexpected = end === "node ended" && !stop.aborted;
  view.close();
  const exit = await node.stop();
  await devnet.stop();
  const problems = [...(typeof end === "object" ? problemsOfEnd(end) : []), ...devnet.problems()];
  if (isUnexpected)
    problems.push(`the micro-node ended in the middle of the run: ${describeExit(exit)}`, ...node.lastWords);
  else if (exit.code !== 0) problems.push(`the micro-node did not stop well: ${describeExit(exit)}`, ...node.lastWords);
  const exitCode = problems.length > 0 ? EXIT_ERROR : EXIT_ASKED_TO_STOP;
  return {exitCode, devnet, rssBytes: node.rssBytes, problems};
}

const failed = (problem: string, node: Node): DevnetRun => ({
  exitCode: EXIT_ERROR,
  devnet: null,
  rssBytes: null,
  problems: [problem, ...node.lastWords],
});

function problemsOfEnd(end: DevnetEnd | "stopped"): string[] {
  return end !== "stopped" && end.kind === "failed" ? [`the chain stopped: ${end.reason}`] : [];
}

const describeExit = ({code, signal}: MicroNodeExit): string =>
  code === null ? `killed by ${signal ?? "an error at its start"}` : `exit code ${code}`;

function aborted(signal: AbortSignal): Promise<"stopped"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("stopped");
    else signal.addEventListener("abort", () => resolve("stopped"), {once: true});
  });
}
