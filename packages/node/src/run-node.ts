import {BeaconNode, type NodeAddress} from "@mote/beacon-nodes";
import {blsImplementation, setFastHasher} from "@mote/consensus";
import {type Clock, messageOf, type Random, type Root, redactUrl, sleep} from "@mote/core";
import {beginDuties} from "./begin-duties.ts";
import {expectedChain} from "./chain/expected-chain.ts";
import {join} from "./chain/join.ts";
import {Closers} from "./closers.ts";
import {networkName, type StartConfig} from "./config/index.ts";
import {EXIT_ASKED_TO_STOP, EXIT_ERROR, EXIT_NEEDS_HUMAN, ExitError} from "./exit-error.ts";
import {checkKeymanagerPort} from "./http/serve-keymanager.ts";
import {type ServedMetrics, serveMetrics} from "./http/serve-metrics.ts";
import {hasKeys} from "./keys/known-keys.ts";
import {openRing} from "./keys/open-ring.ts";
import {LineLog, type LineSink} from "./log/line-log.ts";
import {NodeStateLog} from "./log/node-state-log.ts";
import {checkP2pPorts} from "./p2p/p2p-ports.ts";
import {type Prepared, prepareNode} from "./prepare-node.ts";
import {type OpenProtection, openProtection} from "./protection.ts";
import {serveStatus} from "./status/serve-status.ts";

export interface NodeIo {
  /** Aborted to ask the node to stop. */
  readonly signal: AbortSignal;
  /** Takes the log, line by line. */
  readonly sink: LineSink;
  readonly clock: Clock;
  readonly random: Random;
}

/** From the wish to stop to the end: a vote under way may finish, and the stores are closed. */
const STOP_TIMEOUT_MS = 2_500;

/** Runs a node until it is asked to stop or cannot go on. @returns the process's exit code; nothing is thrown */
export async function runNode(config: StartConfig, io: NodeIo): Promise<number> {
  const log = new LineLog(config.log, io);
  try {
    await new NodeRun(config, {...io, log}).run();
    return EXIT_ASKED_TO_STOP;
  } catch (error) {
    if (error instanceof ExitError) {
      log.error(error.message);
      return error.exitCode;
    }
    log.error("unexpected error", {reason: error instanceof Error ? (error.stack ?? error.message) : messageOf(error)});
    return EXIT_ERROR;
  }
}

/** One run: the order in which its parts begin, and that all of them end. */
class NodeRun {
  readonly #config: StartConfig;
  readonly #io: NodeIo & {readonly log: LineLog; readonly closers: Closers};
  /** Ends what is still being started when another part of the start has failed: its words must not come after the error's. */
  readonly #failing = new AbortController();
  /** Rejects when the node must end for good. */
  #ended: Promise<never> = new Promise(() => {});

  constructor(config: StartConfig, components: NodeIo & {readonly log: LineLog}) {
    this.#config = config;
    this.#io = {...components, closers: new Closers(components)};
  }

  async run(): Promise<void> {
    const {signal, clock, closers} = this.#io;
    try {
      await this.#start(AbortSignal.any([signal, this.#failing.signal]));
      await Promise.race([aborted(signal), this.#ended]);
    } catch (error) {
      this.#failing.abort();
      throw error;
    } finally {
      await closers.closeAll(sleep(clock, STOP_TIMEOUT_MS));
    }
  }

  async #start(signal: AbortSignal): Promise<void> {
    const {keys, remoteSigners, keymanager, network, beaconNodes} = this.#config;
    await this.#greet();
    const prepared = await prepareNode(this.#config, this.#io);
    const {addedRemoteKeys: added} = prepared;
    const nodeStates = new NodeStateLog(this.#io);
    const expected = expectedChain(network);
    // As early as the chain is known: a directory that another Mote holds is said at once, whether or not a beacon node answers.
    const {genesisValidatorsRoot} = expected;
    const early =
      genesisValidatorsRoot === null ? null : await this.#openProtection(genesisValidatorsRoot, prepared, signal);
    if (signal.aborted) return;
    const metrics = await this.#listen(prepared);
    const p2p = this.#config.p2p === null ? null : await checkP2pPorts(this.#config.p2p);
    const mayBeEmpty = keymanager !== null || remoteSigners.urls.length > 0 || added.length > 0;
    // The slow parts side by side: key derivation runs on other threads while the nodes answer.
    const [opened, joined] = await Promise.all([
      openRing({keys, remoteSigners, mayBeEmpty}, this.#io),
      join({nodes: beaconNodes.nodes, expected, signal}, {...this.#io, nodeStates}),
    ]);
    if (joined === null) return;
    this.#io.closers.add(() => opened.ring.close());
    const protection = early ?? (await this.#openProtection(joined.chain.genesisValidatorsRoot, prepared, signal));
    if (protection === null) return;
    this.#ended = prepared.exits.ended;
    const parts = {...prepared, ...opened, joined, protection, metrics};
    await Promise.race([
      beginDuties({...this.#config, p2p}, parts, {...this.#io, signal, nodeStates}),
      aborted(signal),
      this.#ended,
    ]);
  }

  async #greet(): Promise<void> {
    const {log} = this.#io;
    const {nodes, proposerNodes} = this.#config.beaconNodes;
    if (blsImplementation() !== "blst-native")
      throw new Error(`BLS runs on ${blsImplementation()}, not on its native backend`);
    log.debug("hashing", {by: await setFastHasher()});
    checkAddresses([...nodes, ...proposerNodes], this.#io);
    const names = [...nodes, ...proposerNodes].map(({name, url}) => `${name}=${redactUrl(url)}`).join(" ");
    log.info(`mote starts on ${networkName(this.#config.network)} with ${names}`);
  }

  /** From then on this process holds the data directory, and says there where it can be asked. */
  async #openProtection(
    genesisValidatorsRoot: Root,
    {addedRemoteKeys: added, report, files, randomBytes: random}: Prepared,
    signal: AbortSignal,
  ): Promise<OpenProtection | null> {
    const {protectionStore: store, initSlashingProtection: mayInit, datadir} = this.#config;
    const {closers} = this.#io;
    const protection = await openProtection(
      {store, genesisValidatorsRoot, mayInit},
      {...this.#io, signal, hasKeys: () => hasKeys({...this.#config, added})},
    );
    if (protection === null) return null;
    closers.add(() => protection.store.close());
    const status = () => report.make();
    closers.add(await serveStatus({datadir, pid: process.pid}, {...this.#io, status, files, random}));
    return protection;
  }

  /** At once, so that a port in use is said at once. @returns null when no metrics are served */
  async #listen({report}: Prepared): Promise<ServedMetrics | null> {
    const {metrics: init, keymanager} = this.#config;
    if (keymanager !== null) await checkKeymanagerPort(keymanager);
    if (init === null) return null;
    const metrics = await serveMetrics(init, this.#io);
    this.#io.closers.add(() => metrics.stop());
    report.metrics = {url: metrics.url};
    return metrics;
  }
}

/** @throws {ExitError} for headers or certificates that cannot be used */
function checkAddresses(addresses: readonly NodeAddress[], components: {readonly clock: Clock}): void {
  for (const address of addresses) {
    try {
      new BeaconNode(address, components).close();
    } catch (error) {
      throw new ExitError(`${address.name}: ${messageOf(error)}`, EXIT_NEEDS_HUMAN);
    }
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, {once: true}));
}
