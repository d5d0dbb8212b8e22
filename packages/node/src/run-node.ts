import {BeaconNode, type NodeAddress} from "@mote/beacon-nodes";
import {blsImplementation, setFastHasher} from "@mote/consensus";
import {type Clock, messageOf, type Random, type Root, redactUrl, sleep} from "@mote/core";
import {expectedChain} from "./chain/expected-chain.ts";
import {join} from "./chain/join.ts";
import {DiskTextFiles, networkName, resolvePreset, type StartConfig} from "./config/index.ts";
import {EXIT_ASKED_TO_STOP, EXIT_ERROR, EXIT_NEEDS_HUMAN, ExitError} from "./exit-error.ts";
import {FolderHolds} from "./folder-holds.ts";
import type {Scrape} from "./http/metrics-server.ts";
import {LineLog, type LineSink} from "./log/line-log.ts";
import {NodeStateLog} from "./log/node-state-log.ts";
import {FileProposerSettings} from "./proposer/file-proposer-settings.ts";
import {type OpenProtection, openProtection} from "./protection.ts";
import {SafetyExits} from "./safety/safety-exits.ts";
import {openSigner} from "./signer.ts";
import {type Wired, wire} from "./wire.ts";

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

/** What was opened is closed in the reverse order, whatever happened. */
class NodeRun {
  readonly #config: StartConfig;
  readonly #io: NodeIo & {readonly log: LineLog};
  readonly #closers: (() => Promise<unknown>)[] = [];
  /** Ends what is still being started when another part of the start has failed: its words must not come after the error's. */
  readonly #failing = new AbortController();
  /** Rejects when the node must end for good. */
  #ended: Promise<never> = new Promise(() => {});

  constructor(config: StartConfig, components: NodeIo & {readonly log: LineLog}) {
    this.#config = config;
    this.#io = components;
  }

  async run(): Promise<void> {
    const {signal, clock} = this.#io;
    try {
      await this.#start();
      await Promise.race([aborted(signal), this.#ended]);
    } catch (error) {
      this.#failing.abort();
      throw error;
    } finally {
      const deadline = sleep(clock, STOP_TIMEOUT_MS);
      for (const close of this.#closers.reverse()) await Promise.race([this.#closed(close), deadline]);
    }
  }

  async #start(): Promise<void> {
    const {log} = this.#io;
    const signal = AbortSignal.any([this.#io.signal, this.#failing.signal]);
    const {network} = this.#config;
    const {nodes, proposerNodes} = this.#config.beaconNodes;
    if (blsImplementation() !== "blst-native")
      throw new Error(`BLS runs on ${blsImplementation()}, not on its native backend`);
    log.debug("hashing", {by: await setFastHasher()});
    checkAddresses([...nodes, ...proposerNodes], this.#io);
    const names = [...nodes, ...proposerNodes].map(({name, url}) => `${name}=${redactUrl(url)}`).join(" ");
    log.info(`mote starts on ${networkName(network)} with ${names}`);

    const exits = new SafetyExits(this.#config, this.#io);
    await exits.refuseAfterSlashing();
    const proposerSettings = new FileProposerSettings(this.#config.proposers, {
      ...this.#io,
      files: new DiskTextFiles(),
    });
    this.#closers.push(async () => proposerSettings.stop());
    const nodeStates = new NodeStateLog({log});
    const expected = expectedChain(network);
    const holds = new FolderHolds({log});
    this.#closers.push(() => holds.release());
    await holds.take(this.#config);
    // As early as the chain is known: a directory that another Mote holds is said at once, whether or not a beacon node answers.
    const {genesisValidatorsRoot} = expected;
    const early = genesisValidatorsRoot === null ? null : await this.#openProtection(genesisValidatorsRoot, signal);
    if (signal.aborted) return;
    const showMetrics = await this.#serveMetrics();
    // The slow parts side by side: key derivation runs on other threads while the nodes answer.
    const [signer, joined] = await Promise.all([
      openSigner(this.#config.keys, {log}),
      join({nodes, expected, preset: resolvePreset(this.#config), signal}, {...this.#io, nodeStates}),
    ]);
    if (joined === null) return;
    this.#closers.push(() => signer.close());
    const protection = early ?? (await this.#openProtection(joined.chain.genesisValidatorsRoot, signal));
    if (protection === null) return;
    await protection.load(signer.pubkeys);
    proposerSettings.start(signer.pubkeys);
    const {onDoppelganger, onSlashed} = exits;
    const wired = wire(
      {...this.#config, joined, onDoppelganger, onSlashed, rssBytes: () => process.memoryUsage.rss()},
      {...this.#io, nodeStates, protection: protection.store, signer, proposerSettings},
    );
    this.#ended = exits.ended;
    showMetrics(wired);
    this.#closers.push(() => wired.beaconNodes.stop());
    // Both go on until somebody answers; who is asked to stop meanwhile does not wait for that.
    await Promise.race([wired.beaconNodes.start(), aborted(signal), exits.ended]);
    this.#closers.push(async () => {
      await wired.runner.stop();
      wired.dutyLog.finish(wired.journal.openRecords());
    });
    await Promise.race([wired.runner.start(), aborted(signal), exits.ended]);
    if (signal.aborted) return;
    const {total, known, withDuties} = wired.registry.counts();
    log.event("ready", `ready: ${withDuties} of ${total} validators have duties (${known} known to the chain)`, {
      validators: total,
      withDuties,
    });
  }

  /** One part that cannot be closed does not keep the others open. */
  async #closed(close: () => Promise<unknown>): Promise<void> {
    try {
      await close();
    } catch (error) {
      this.#io.log.error("not closed cleanly", {reason: messageOf(error)});
    }
  }

  async #openProtection(genesisValidatorsRoot: Root, signal: AbortSignal): Promise<OpenProtection | null> {
    const {protectionStore: store, initSlashingProtection: mayInit} = this.#config;
    const protection = await openProtection({store, genesisValidatorsRoot, mayInit}, {...this.#io, signal});
    if (protection !== null) this.#closers.push(() => protection.store.close());
    return protection;
  }

  /** Listens at once, so that a port in use is said at once. @returns what makes the metrics those of the running node */
  async #serveMetrics(): Promise<(wired: Wired) => void> {
    const {metrics: init} = this.#config;
    if (init === null) return () => {};
    // Loaded only when asked for.
    const [{Metrics}, {MetricsServer}] = await Promise.all([
      import("./http/metrics.ts"),
      import("./http/metrics-server.ts"),
    ]);
    let scrape: Scrape = async () => null;
    const server = new MetricsServer(init, {scrape: () => scrape()});
    const port = await server.start();
    this.#closers.push(() => server.stop());
    this.#io.log.info(`metrics at http://${init.address}:${port}/metrics`);
    return ({journal, registry, beaconNodes}) => {
      const metrics = new Metrics({journal, validators: () => registry.counts(), beaconNodes: () => beaconNodes.nodes});
      scrape = () => metrics.scrape();
    };
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
