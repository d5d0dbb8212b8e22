import type {Clock, Slot} from "@mote/core";
import type {Devnet, DevnetOptions, DevnetOutcome, Middleware} from "@mote/devnet";
import {readDepositFiles} from "./deposit-files.ts";
import type {
  DevnetEnd,
  DevnetFigures,
  DevnetHandle,
  DevnetStatus,
  OperatorAccess,
  SlotVotes,
  TestnetFiles,
} from "./devnet-handle.ts";
import type {DevnetConfig} from "./devnet-options.ts";
import {DevnetRefusedError} from "./devnet-refused-error.ts";
import {noteOf} from "./fault-notes.ts";
import {TESTNET_TITLE} from "./testnet-dir.ts";

/** The devnet runs on the minimal preset. */
const SLOTS_PER_EPOCH = 8;
const RECENT_SLOTS = 4;
const OFFENCES_NAMED = 3;

export type OpenDevnet = (
  config: DevnetConfig,
  init: {readonly genesisSec: number},
  components: {readonly clock: Clock; readonly log: (line: string) => void},
) => Promise<DevnetHandle>;

/** @returns what is allowed and does not do what it looks like, in sentences. Throws a {@link DevnetRefusedError} for what is not allowed */
export type CheckOptions = (config: DevnetConfig) => Promise<readonly string[]>;

export const checkOptions: CheckOptions = async (config) => {
  const {readOptions} = await import("@mote/devnet");
  const {fork, faults} = await refusing(async () => readOptions(optionsOf(config, 0)));
  return faults.flatMap((fault, i) => {
    const note = noteOf(fault, fork);
    return note === null ? [] : [`${config.faults[i]} ${note}`];
  });
};

/**
 * Loads the devnet, makes a chain with its genesis at `genesisSec` (Unix seconds) and opens its beacon nodes.
 * @throws {DevnetRefusedError} for a fault, dialect or port that is not to be had
 */
export const openDevnet: OpenDevnet = async (config, {genesisSec}, components) => {
  const {Devnet, testnetFiles} = await import("@mote/devnet");
  const devnet = await refusing(() => Devnet.create(optionsOf(config, genesisSec), components));
  try {
    const middleware = await openMiddleware(config, devnet, components);
    const files = () => testnetFiles(devnet.chain, TESTNET_TITLE);
    return new OpenedDevnet({genesisSec}, {devnet, middleware, testnetFiles: files});
  } catch (error) {
    await devnet.stop();
    throw error;
  }
};

async function openMiddleware(
  {middleware: shape, validators}: DevnetConfig,
  {chain, urls}: Devnet,
  {clock, log}: Parameters<OpenDevnet>[2],
): Promise<Middleware | null> {
  if (shape === null) return null;
  const {Middleware, interopKeys} = await import("@mote/devnet");
  return Middleware.open({shape, keys: interopKeys(validators), urls}, {config: chain.config, clock, log});
}

function optionsOf(config: DevnetConfig, genesisTimeSec: number): DevnetOptions {
  const {validators, secondsPerSlot, fork, epochs, beaconNodes, faults, dialects, apiPort, p2p, p2pPort} = config;
  const builder = config.builder ? "bids" : "none";
  const genesisDeposits = readDepositFiles(config.genesisDeposits);
  const options = {
    validators,
    secondsPerSlot,
    fork,
    beaconNodes,
    builder,
    faults,
    dialects,
    apiPort,
    p2p,
    p2pPort,
    genesisTimeSec,
    genesisDeposits,
  };
  return {...options, ...(epochs === null ? {} : {epochs})};
}

async function refusing<T>(work: () => Promise<T>): Promise<T> {
  const {PortInUseError} = await import("@mote/devnet");
  const {InvalidValueError} = await import("@mote/core");
  try {
    return await work();
  } catch (error) {
    if (error instanceof InvalidValueError || error instanceof PortInUseError)
      throw new DevnetRefusedError(error.message);
    throw error;
  }
}

interface OpenedParts {
  readonly devnet: Devnet;
  readonly middleware: Middleware | null;
  readonly testnetFiles: () => TestnetFiles;
}

class OpenedDevnet implements DevnetHandle {
  readonly genesisMs: number;
  readonly slotDurationMs: number;
  readonly slotsPerEpoch: number;
  readonly finished: Promise<DevnetEnd>;
  readonly testnetFiles: () => TestnetFiles;
  readonly #devnet: Devnet;
  readonly #middleware: Middleware | null;
  /** Taken once a slot: the percentiles are sorted out of all samples. */
  #percentiles: DevnetStatus["headToPublishMs"] = {last: null, p50: null, p99: null};

  constructor({genesisSec}: {readonly genesisSec: number}, {devnet, middleware, testnetFiles}: OpenedParts) {
    this.#devnet = devnet;
    this.#middleware = middleware;
    this.testnetFiles = testnetFiles;
    this.genesisMs = genesisSec * 1000;
    this.slotDurationMs = devnet.chain.config.SLOT_DURATION_MS;
    this.slotsPerEpoch = SLOTS_PER_EPOCH;
    this.finished = devnet.finished.then(endOf);
    this.onSlotEnded(() => {
      const {p50, p99} = devnet.summary().headToPublishMs;
      this.#percentiles = {last: devnet.snapshot().headToPublishMs, p50, p99};
    });
  }

  get urls(): readonly string[] {
    return this.#devnet.urls;
  }

  get peers(): readonly string[] {
    return this.#devnet.peers();
  }

  get operators(): readonly OperatorAccess[] {
    return this.#middleware?.operators ?? [];
  }

  start(): void {
    this.#devnet.start();
  }

  async stop(): Promise<void> {
    await this.#middleware?.close();
    await this.#devnet.stop();
  }

  onSlotEnded(listener: (slot: number) => void): void {
    this.#devnet.subscribe((event) => {
      if (event.kind === "slot_ended") listener(event.slot);
    });
  }

  status(): DevnetStatus {
    const {chain} = this.#devnet;
    const {slot, justifiedEpoch, finalizedEpoch, totals, headToPublishMs, endpoints, ...figures} =
      this.#devnet.snapshot();
    const {proposals, syncCommittee, payloadAttestations} = figures;
    return {
      slot,
      fork: chain.config.getForkName(Math.max(0, slot)),
      justifiedEpoch,
      finalizedEpoch,
      recentSlots: this.#recentSlots(slot),
      totals,
      proposals,
      syncCommittee,
      payloadAttestations,
      headToPublishMs: {...this.#percentiles, last: headToPublishMs ?? this.#percentiles.last},
      slashableMessages: chain.slashings.report().slashableMessages,
      beaconNodes: endpoints,
    };
  }

  figures(): DevnetFigures {
    const {singleVoteShare} = this.#devnet;
    return {...this.#devnet.summary(), votesByPath: this.#devnet.votePaths(), singleVoteShare};
  }

  problems(): string[] {
    const {slashableMessages, offences} = this.#devnet.chain.slashings.report();
    const named = offences
      .slice(0, OFFENCES_NAMED)
      .map(({kind, validatorIndex}) => `${kind} by validator ${validatorIndex}`);
    const slashable = slashableMessages === 0 ? [] : [`${slashableMessages} slashable messages (${named.join(", ")})`];
    return [...slashable, ...this.#devnet.problems()];
  }

  #recentSlots(newest: number): SlotVotes[] {
    const slots: SlotVotes[] = [];
    for (let slot = newest; slot >= 0 && slots.length < RECENT_SLOTS; slot--) {
      const figures = this.#devnet.chain.ledger.slot(slot as Slot);
      if (figures !== null) slots.push({slot, cells: figures.cells.map(({cell}) => cell)});
    }
    return slots;
  }
}

function endOf(outcome: DevnetOutcome): DevnetEnd {
  if (outcome.kind === "completed") return {kind: "completed"};
  const {error} = outcome;
  return {kind: "failed", reason: error instanceof Error ? error.message : String(error)};
}
