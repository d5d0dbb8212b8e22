import {type Clock, sleep} from "@mote/core";
import {EXIT_ASKED_TO_STOP, EXIT_ERROR} from "../command-io.ts";
import type {DevnetEnd, DevnetHandle} from "./devnet-handle.ts";
import type {DevnetConfig} from "./devnet-options.ts";
import type {DevnetView} from "./devnet-view.ts";
import type {MicroNodeExit} from "./micro-node.ts";
import {type EndedNode, NodeGroup, type StartNode} from "./node-group.ts";
import {
  type DevnetAccess,
  INIT_FLAG,
  joinArguments,
  LONE_NODE,
  type NodeDatadir,
  type NodePlansComponents,
  peerArguments,
  planNodes,
} from "./node-plans.ts";
import type {CheckOptions, OpenDevnet} from "./open-devnet.ts";
import type {NodeP2pFigures} from "./p2p-figures.ts";
import type {TestnetDir} from "./testnet-dir.ts";

/** Genesis lies at least this long after the node said that it is ready, so that slot 0 counts. */
const READY_MARGIN_MS = 2000;
const GENESIS_DELAY_SEC = 6;
const GENESIS_DELAY_CLUSTER_SEC = 12;
const GENESIS_DELAY_NO_NODE_SEC = 20;
const ATTEMPTS_MAX = 3;

export interface RunComponents extends NodePlansComponents {
  readonly clock: Clock;
  readonly view: DevnetView;
  readonly checkOptions: CheckOptions;
  readonly openDevnet: OpenDevnet;
  /** Where the chain is described for others; null for nowhere. */
  readonly testnetDir: Pick<TestnetDir, "path" | "write"> | null;
  readonly startNode: StartNode;
  readonly stop: AbortSignal;
}

export interface DevnetRun {
  readonly exitCode: number;
  /** Null when it came to no chain. */
  readonly devnet: DevnetHandle | null;
  /** Of the largest micro-node; null when there was none, or it did not say. */
  readonly rssBytes: number | null;
  /** Of the micro-nodes among their peers; null when there were none. */
  readonly p2p: NodeP2pFigures | null;
  /** Why it failed; empty for a healthy run. */
  readonly problems: readonly string[];
}

/** The same for keys of one's own choice, by the testnet directory. */
const joinByDirectory = (dir: string, {urls, peers}: DevnetAccess): string =>
  [
    "mote start --testnet-dir",
    dir,
    "--beacon-nodes",
    urls.join(","),
    "--keystores-dir <dir> --secrets-dir <dir>",
    INIT_FLAG,
  ]
    .concat(peerArguments(peers))
    .join(" ");

/** How the keys of `--genesis-deposits` come to vote, from where `mote keys new` put them. */
const joinWithDeposits = ({urls, peers}: DevnetAccess, datadir: string): string =>
  [
    `mote start --network devnet --beacon-nodes ${urls.join(",")}`,
    `--keystores-dir ~/.mote/devnet/validator_keys --secrets-dir ~/.mote/devnet/secrets --datadir ${datadir} ${INIT_FLAG}`,
    ...peerArguments(peers),
  ].join(" ");

/** Each devnet is a chain of its own, and slashing protection rightly refuses the data directory of another. */
const freshDatadir = ({genesisMs}: DevnetHandle): string => `mote-devnet-${genesisMs / 1000}`;

/** The chain alone: whoever wants may join it. */
export async function runChainOnly(config: DevnetConfig, components: RunComponents): Promise<DevnetRun> {
  const {view, clock, testnetDir} = components;
  await check(config, components);
  const devnet = await open(config, config.genesisDelaySec ?? GENESIS_DELAY_NO_NODE_SEC, components);
  const waitSec = Math.round((devnet.genesisMs - clock.nowMs()) / 1000);
  view.notice(`Genesis in ${waitSec} s. Join with this (in a clone: npm run mote -- start …):`);
  const datadir = {path: freshDatadir(devnet), isNew: true};
  view.notice(`mote ${joinArguments(config, devnet, datadir).join(" ")}`);
  if (testnetDir !== null) {
    view.notice(`Or with keystores, by the testnet directory; another client takes it, or its config.yaml, as well:`);
    view.notice(joinByDirectory(testnetDir.path, devnet));
  }
  devnet.start();
  view.show(devnet, () => []);
  const end = await Promise.race([devnet.finished, aborted(components.stop)]);
  view.close();
  await devnet.stop();
  const problems = [...problemsOfEnd(end), ...devnet.problems()];
  return {exitCode: problems.length > 0 ? EXIT_ERROR : EXIT_ASKED_TO_STOP, devnet, rssBytes: null, p2p: null, problems};
}

/** The chain and a micro-node on it, or a cluster of them, from before genesis to the end. */
export async function runWithNode(
  config: DevnetConfig,
  datadir: NodeDatadir,
  components: RunComponents,
): Promise<DevnetRun> {
  const isCluster = config.middleware !== null;
  const who = isCluster ? "the cluster" : subjectOf(LONE_NODE);
  let delaySec = config.genesisDelaySec ?? (isCluster ? GENESIS_DELAY_CLUSTER_SEC : GENESIS_DELAY_SEC);
  await check(config, components);
  components.view.notice(`Making a chain of ${config.validators} validators and starting ${nodesOf(config)} for it …`);
  for (let attempt = 1; ; attempt++) {
    const devnet = await open(config, delaySec, components);
    const nodes = await startNodes(config, {devnet, datadir}, components);
    const state = await waitUntilReady(nodes, devnet, components);
    if (state === "ready") return await runUntilEnd(nodes, {devnet, restarts: config.restarts}, components);
    await nodes.stop();
    await devnet.stop();
    if (state === "stopped")
      return {exitCode: EXIT_ASKED_TO_STOP, devnet: null, rssBytes: null, p2p: null, problems: []};
    if (state !== "late") return failed(`${wordsOf(state)} before it was ready: ${describeExit(state.exit)}`, state);
    if (attempt === ATTEMPTS_MAX) return failed(`${who} was not ready ${delaySec} s after its start`, nodes);
    delaySec *= 2;
    components.view.notice(`Not ready in time: once more, with genesis ${delaySec} s away.`);
  }
}

async function startNodes(
  config: DevnetConfig,
  at: {readonly devnet: DevnetHandle; readonly datadir: NodeDatadir},
  components: RunComponents,
): Promise<NodeGroup> {
  const {view, startNode} = components;
  try {
    const plans = planNodes(config, at, components);
    return new NodeGroup({plans}, {startNode, notice: (line) => view.notice(line)});
  } catch (error) {
    await at.devnet.stop();
    throw error;
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
  if (config.genesisDeposits.length > 0) {
    view.notice("The keys of your deposits are validators from genesis on. They vote once you run them:");
    view.notice(joinWithDeposits(devnet, freshDatadir(devnet)));
  }
  try {
    testnetDir?.write(devnet.testnetFiles());
  } catch (error) {
    await devnet.stop();
    throw error;
  }
  return devnet;
}

type Readiness = "ready" | "late" | "stopped" | EndedNode;

async function waitUntilReady(
  nodes: NodeGroup,
  devnet: DevnetHandle,
  {clock, stop}: RunComponents,
): Promise<Readiness> {
  const settled = new AbortController();
  const deadlineMs = devnet.genesisMs - READY_MARGIN_MS;
  const readiness = await Promise.race<Readiness>([
    nodes.ready.then(() => "ready"),
    nodes.ended,
    sleep(clock, deadlineMs - clock.nowMs(), settled.signal).then(() => "late"),
    aborted(stop).then(() => "stopped"),
  ]);
  settled.abort();
  return readiness;
}

async function runUntilEnd(
  nodes: NodeGroup,
  {devnet, restarts}: {readonly devnet: DevnetHandle; readonly restarts: DevnetConfig["restarts"]},
  {view, stop}: RunComponents,
): Promise<DevnetRun> {
  devnet.onSlotEnded((slot) => {
    for (const {node} of restarts.filter((restart) => restart.slot === slot + 1)) nodes.restart(node);
  });
  devnet.start();
  view.show(devnet, () => nodes.status());
  const end = await Promise.race([devnet.finished, aborted(stop), nodes.ended]);
  // Ctrl-C reaches the nodes as well, which may be gone first.
  const isUnexpected = isEndedNode(end) && !stop.aborted;
  view.close();
  const notWell = await nodes.stop();
  await devnet.stop();
  const problems = [...(isEndedNode(end) ? [] : problemsOfEnd(end)), ...devnet.problems()];
  if (isUnexpected)
    problems.push(`${wordsOf(end)} in the middle of the run: ${describeExit(end.exit)}`, ...end.lastWords);
  for (const {name, exit, lastWords} of notWell) {
    if (isUnexpected && name === end.name) continue;
    problems.push(`${subjectOf(name)} did not stop well: ${describeExit(exit)}`, ...lastWords);
  }
  const exitCode = problems.length > 0 ? EXIT_ERROR : EXIT_ASKED_TO_STOP;
  return {exitCode, devnet, rssBytes: nodes.rssBytes, p2p: nodes.p2p, problems};
}

const failed = (problem: string, {lastWords}: {readonly lastWords: readonly string[]}): DevnetRun => ({
  exitCode: EXIT_ERROR,
  devnet: null,
  rssBytes: null,
  p2p: null,
  problems: [problem, ...lastWords],
});

const isEndedNode = (end: object | "stopped"): end is EndedNode => typeof end === "object" && "exit" in end;
const subjectOf = (name: string): string => (name === LONE_NODE ? `the ${name}` : name);
const wordsOf = ({name}: EndedNode): string => `${subjectOf(name)} ended`;
const nodesOf = ({middleware}: DevnetConfig): string =>
  middleware === null ? `a ${LONE_NODE}` : `a cluster of ${middleware.operators} micro-nodes`;

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
