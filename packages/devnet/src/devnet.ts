import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {setFastHasher} from "@mote/consensus";
import {type Cancel, type Clock, type Epoch, type Slot, SlotClock} from "@mote/core";
import {Endpoint, type EndpointStatus, PortInUseError} from "./api/endpoint.ts";
import {percentile} from "./api/publish-latency.ts";
import {ValidatorIndexes} from "./api/validator-indexes.ts";
import type {ChainFigures} from "./chain/types.ts";
import type {SlotFigures, VoteFigures} from "./chain/vote-ledger.ts";
import {DevnetChain} from "./chain.ts";
import {type DevnetOptions, readOptions} from "./devnet-options.ts";
import {FaultPlan} from "./faults/fault-plan.ts";
import {interopKeys} from "./interop-keys.ts";
import {LightClientServer} from "./light-client/light-client-server.ts";
import type {DevnetNetwork, DevnetNetworkComponents} from "./p2p/devnet-network.ts";
import type {ValidatorMessage} from "./p2p/message.ts";
import type {VotePathFigures} from "./p2p/vote-paths.ts";
import {PunctualClock} from "./punctual-clock.ts";
import {SlotDriver} from "./slot-driver.ts";

export interface DevnetComponents {
  readonly clock: Clock;
  /** One line for people, when something changes. */
  readonly log: (line: string) => void;
}

/** What a run came to. Times in ms; null when no vote was set off by a head event. */
export interface DevnetSummary extends ChainFigures {
  readonly slots: number;
  readonly finalizedEpoch: number;
  readonly justifiedEpoch: number;
  readonly headToPublishMs: {readonly p50: number | null; readonly p99: number | null};
  readonly slashableMessages: number;
}

/** The devnet as it stands, for a screen. */
export interface DevnetSnapshot extends Omit<ChainFigures, "attestations"> {
  /** −1 before genesis. */
  readonly slot: Slot;
  readonly epoch: Epoch;
  readonly headSlot: Slot;
  readonly justifiedEpoch: Epoch;
  readonly finalizedEpoch: Epoch;
  /** Null before genesis. */
  readonly votes: SlotFigures | null;
  readonly totals: VoteFigures;
  /** Of the current slot; the smallest of all endpoints. */
  readonly headToPublishMs: number | null;
  readonly endpoints: readonly EndpointStatus[];
}

export type DevnetEvent =
  | {readonly kind: "slot_began"; readonly slot: Slot}
  /** Shortly before the next slot begins: its votes have come by now, their inclusion is still open. */
  | {readonly kind: "slot_ended"; readonly slot: Slot; readonly snapshot: DevnetSnapshot};

/** How a run ended that was to end by itself. `problems` says what it was asked for and did not do; empty is good. */
export type DevnetOutcome =
  | {readonly kind: "completed"; readonly problems: readonly string[]}
  | {readonly kind: "failed"; readonly error: unknown};

interface DevnetParts {
  /** Of the chain and its faults. */
  readonly slotTimers: PunctualClock;
  readonly chain: DevnetChain;
  readonly endpoints: readonly Endpoint[];
  /** Null without p2p. */
  readonly network: DevnetNetwork | null;
  readonly lightClient: LightClientServer;
}

/** Faults begin and end this long before their slot, so that the slot's first event already falls under them. */
const FAULT_LEAD_MS = 20;
/** Well within the silence that a client bears at the shortest slots. */
const HEARTBEAT_MS = 4_000;

/** An embedded testnet: a chain, a driver that gives it slots, and the beacon nodes through which it is seen. */
export class Devnet {
  readonly chain: DevnetChain;
  /** Never rejects. Without `epochs` it is settled by a failure alone. */
  readonly finished: Promise<DevnetOutcome>;
  readonly #options: DevnetOptions;
  readonly #components: DevnetComponents;
  readonly #plan: FaultPlan;
  readonly #endpoints: readonly Endpoint[];
  readonly #network: DevnetNetwork | null;
  readonly #slots: SlotClock;
  readonly #driver: SlotDriver;
  readonly #listeners = new Set<(event: DevnetEvent) => void>();
  readonly #reorgedSlots = new Set<Slot>();
  #finish: (outcome: DevnetOutcome) => void = () => {};
  #cancelTick: Cancel = () => {};

  private constructor(
    init: {readonly options: DevnetOptions; readonly plan: FaultPlan},
    components: DevnetComponents & DevnetParts,
  ) {
    const {chain, endpoints, network, lightClient, slotTimers: clock} = components;
    this.chain = chain;
    this.#options = init.options;
    this.#plan = init.plan;
    this.#components = components;
    this.#endpoints = endpoints;
    this.#network = network;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const timing = {
      genesisTimeSec: chain.genesis.timeSec,
      slotDurationMs: chain.config.SLOT_DURATION_MS,
      slotsPerEpoch: SLOTS_PER_EPOCH,
    };
    this.#slots = new SlotClock(timing, {clock});
    const onError = (error: unknown) => this.#finish({kind: "failed", error});
    const onSyncMessagesDue = () => {
      const news = lightClient.announcements();
      for (const endpoint of endpoints) endpoint.announce(news);
      network?.announce(news);
    };
    this.#driver = new SlotDriver({chain, clock, onSyncMessagesDue, onError});
    chain.subscribe((event) => {
      if (event.kind === "chain_reorg") this.#reorgedSlots.add(event.slot);
    });
  }

  /**
   * Makes the chain and opens its endpoints: from here on the API answers, before genesis with the genesis block as head.
   * @throws {InvalidValueError} for an option, naming it
   * @throws {PortInUseError} when a port is not to be had
   */
  static async create(options: DevnetOptions, components: DevnetComponents): Promise<Devnet> {
    const {fork, builder, faults, depositors, endpoints: inits} = readOptions(options);
    const {validators, genesisTimeSec, secondsPerSlot} = options;
    const plan = new FaultPlan(faults);
    await setFastHasher();
    const chain = DevnetChain.create(
      {validators, depositors, genesisTimeSec, secondsPerSlot, fork, builder, ...plan.chainFaults()},
      {keys: interopKeys(validators)},
    );
    const indexes = new ValidatorIndexes(chain.pubkeys);
    const lightClient = new LightClientServer({chain});
    const slotTimers = new PunctualClock(components);
    const shared = {...components, chain, lightClient, catchUp: () => slotTimers.catchUp()};
    const network = await openPeers(options, {names: inits.map(({name}) => name), plan}, shared);
    const endpoints: Endpoint[] = [];
    try {
      for (const init of inits) {
        const onPublished = (message: ValidatorMessage) => network?.published(init.name, message);
        const parts = {...shared, indexes, onPublished};
        endpoints.push(await Endpoint.open({...init, heartbeatMs: HEARTBEAT_MS}, parts));
      }
    } catch (error) {
      await Promise.all([network?.stop(), ...endpoints.map((endpoint) => endpoint.close())]);
      throw error;
    }
    const devnet = new Devnet({options, plan}, {...shared, slotTimers, endpoints, network});
    await devnet.#applyFaults(chain.currentSlot);
    return devnet;
  }

  /** In the order of their names, bn0 first. */
  get urls(): readonly string[] {
    return this.#endpoints.map(({url}) => url);
  }

  /** Multiaddrs with `/p2p/…` of the beacon nodes as peers, bn0 first, and of a hostile one; empty without p2p. */
  peers(): readonly string[] {
    return this.#network?.multiaddrs ?? [];
  }

  /** On which ways votes came; null without p2p. */
  votePaths(): VotePathFigures | null {
    return this.#network?.votePaths() ?? null;
  }

  /** Lets time run: slot 0 begins at the genesis time. */
  start(): void {
    this.#scheduleTick((Math.max(this.#slots.currentSlot(), -1) + 1) as Slot);
    this.#driver.start();
  }

  /** Stops the chain and closes all endpoints and their connections. */
  async stop(): Promise<void> {
    this.#cancelTick();
    this.#driver.stop();
    await Promise.all([this.#network?.stop(), ...this.#endpoints.map((endpoint) => endpoint.close())]);
  }

  subscribe(listener: (event: DevnetEvent) => void): Cancel {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  snapshot(): DevnetSnapshot {
    const {currentSlot, ledger} = this.chain;
    const {attestations, ...figures} = this.chain.figures();
    const latencies = this.#endpoints.flatMap(({latency}) => latency.ofSlot(currentSlot) ?? []);
    return {
      slot: currentSlot,
      epoch: this.#slots.epochOf(currentSlot),
      headSlot: this.chain.head.slot,
      justifiedEpoch: this.chain.justified.epoch,
      finalizedEpoch: this.chain.finalized.epoch,
      votes: ledger.slot(currentSlot),
      totals: attestations,
      ...figures,
      headToPublishMs: latencies.length === 0 ? null : Math.min(...latencies),
      endpoints: this.#endpoints.map((endpoint) => endpoint.status()),
    };
  }

  summary(): DevnetSummary {
    const samples = this.#endpoints.flatMap(({latency}) => latency.samples());
    const rounded = (fraction: number): number | null => {
      const ms = percentile(samples, fraction);
      return ms === null ? null : Math.round(ms * 10) / 10;
    };
    return {
      slots: this.chain.currentSlot + 1,
      finalizedEpoch: this.chain.finalized.epoch,
      justifiedEpoch: this.chain.justified.epoch,
      ...this.chain.figures(),
      headToPublishMs: {p50: rounded(0.5), p99: rounded(0.99)},
      slashableMessages: this.chain.slashings.report().slashableMessages,
    };
  }

  /** Of the votes packed into blocks, the part for which no aggregate had come; 0 when nothing was packed. */
  get singleVoteShare(): number {
    const {votes, singleVotes} = this.chain.packing;
    return votes === 0 ? 0 : singleVotes / votes;
  }

  /** What the run was asked for and has not done so far. */
  problems(): string[] {
    return this.#plan.reorgSlots
      .filter((slot) => slot + 1 <= this.chain.currentSlot && !this.#reorgedSlots.has((slot + 1) as Slot))
      .map((slot) => `reorg@${slot} was asked for, but no chain_reorg was sent`);
  }

  #scheduleTick(slot: Slot): void {
    this.#cancelTick = this.#slots.at(this.#slots.startMs(slot) - FAULT_LEAD_MS, () => this.#tick(slot));
  }

  #tick(slot: Slot): void {
    const previous = (slot - 1) as Slot;
    if (previous >= 0) this.#emit({kind: "slot_ended", slot: previous, snapshot: this.snapshot()});
    const {epochs} = this.#options;
    if (epochs !== undefined && slot >= this.#slots.firstSlotOf(epochs as Epoch)) {
      this.#driver.stop();
      this.#finish({kind: "completed", problems: this.problems()});
      return;
    }
    this.#scheduleTick((slot + 1) as Slot);
    this.#applyFaults(slot).catch((error) => this.#finish({kind: "failed", error}));
    this.#emit({kind: "slot_began", slot});
  }

  async #applyFaults(slot: Slot): Promise<void> {
    this.#network?.onSlot(slot, this.#plan.peerFaults(slot));
    await Promise.all(
      this.#endpoints.map(async (endpoint) => {
        const before = endpoint.status().faults.join(", ");
        await endpoint.setFaults(this.#plan.endpointFaults(endpoint.name, slot));
        const after = endpoint.status().faults.join(", ");
        if (before !== after) this.#components.log(`slot ${slot}: ${endpoint.name} is ${after || "well again"}`);
      }),
    );
  }

  #emit(event: DevnetEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** What speaks libp2p is loaded where it is wanted, and nowhere else. */
async function openPeers(
  {p2p = false, p2pPort = 0}: DevnetOptions,
  {names, plan}: {readonly names: readonly string[]; readonly plan: FaultPlan},
  components: DevnetNetworkComponents,
): Promise<DevnetNetwork | null> {
  if (!p2p) return null;
  const {DevnetNetwork} = await import("./p2p/devnet-network.ts");
  const {ListenError} = await import("@mote/networking");
  try {
    return await DevnetNetwork.open({names, port: p2pPort, withHostilePeer: plan.hasHostilePeer}, components);
  } catch (error) {
    const isTaken = error instanceof ListenError && error.code === "EADDRINUSE";
    throw isTaken ? new PortInUseError("bn0 as a peer", p2pPort) : error;
  }
}
