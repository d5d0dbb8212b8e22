import type {NetworkLookups} from "@mote/beacon-nodes";
import {type NetworkConfig, ssz} from "@mote/consensus";
import {
  type ChainEvents,
  type Clock,
  type DutiesSource,
  type Epoch,
  messageOf,
  type NetworkObserver,
  type Publisher,
  type Random,
  type Referee,
  type Slot,
  type SlotClock,
  type ValidatorIndex,
} from "@mote/core";
import type {ValidatorRegistry} from "@mote/duties";
import {LightClientReferee} from "@mote/light-client";
import {GossipObserver, ListenError} from "@mote/networking";
import type {P2pConfig} from "../config/index.ts";
import {EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";
import type {GossipCount} from "../http/p2p-metrics.ts";
import type {LineLog} from "../log/line-log.ts";
import type {P2pStatus} from "../status/node-status.ts";
import {AllPathsPublisher} from "./all-paths-publisher.ts";
import {BeaconNodeChainView} from "./beacon-node-chain-view.ts";
import {countedGossip} from "./counted-gossip.ts";
import {EchoTally} from "./echo-tally.ts";
import {HeardDuties} from "./heard-duties.ts";
import {type OpenNetwork, openP2p} from "./open-p2p.ts";
import {P2pReport} from "./p2p-report.ts";
import {PtcTopic} from "./ptc-topic.ts";
import {seenBlock, type WholeBlock} from "./seen-block.ts";

export interface P2pInit {
  readonly p2p: P2pConfig;
  readonly config: NetworkConfig;
  readonly datadir: string;
  /** Of the network, and of the operator. */
  readonly bootNodes: readonly string[];
  /** Shares of keys sign, and what a share has signed is never gossiped. */
  readonly distributed: boolean;
  /** What peers are told that this is. */
  readonly agent: string;
}

export interface P2pComponents {
  readonly beaconNodes: DutiesSource & Publisher & NetworkLookups & Pick<ChainEvents, "subscribe">;
  readonly registry: Pick<ValidatorRegistry, "validatorAt">;
  readonly slotClock: SlotClock;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LineLog;
}

/** Share of the slot after which duties have most likely come to their end, and what can wait is done. */
const QUIET_SHARE = 5 / 6;

/**
 * The light node beside the validators: what duties see of it is there from the start and knows nothing yet; the network is joined when `start` is called. What
 * fails here is said, and no vote depends on it.
 */
export class P2p {
  /** Beacon nodes, and gossip once it is there. */
  readonly publisher: Publisher;
  /** The beacon nodes', overheard. */
  readonly dutiesSource: DutiesSource;
  /** Behind the middleware of a distributed validator the cluster's votes are among what is seen. */
  readonly network: NetworkObserver;
  readonly referee: Referee;
  readonly #init: P2pInit;
  readonly #c: P2pComponents;
  readonly #allPaths: AllPathsPublisher | null;
  readonly #observer: GossipObserver;
  readonly #referee: LightClientReferee;
  readonly #chainView: BeaconNodeChainView;
  readonly #ptcTopic = new PtcTopic();
  readonly #echoes: EchoTally;
  readonly #report: P2pReport;
  readonly #stopping = new AbortController();
  #opening: Promise<void> = Promise.resolve();
  #state: P2pStatus["state"] = "starting";
  #open: OpenNetwork | null = null;
  #cancelTick: () => void = () => {};

  constructor(init: P2pInit, components: P2pComponents) {
    const {beaconNodes, slotClock, log} = components;
    this.#init = init;
    this.#c = components;
    this.#observer = new GossipObserver({log});
    this.#referee = new LightClientReferee({slotClock});
    this.referee = this.#referee;
    this.network = this.#observer;
    this.#echoes = new EchoTally({slotClock});
    this.#chainView = new BeaconNodeChainView(
      {syncCommitteeSize: ssz.altair.SyncCommittee.fields.pubkeys.length},
      {
        ...components,
        lookups: beaconNodes,
        chainEvents: beaconNodes,
        finalizedEpoch: () => this.#finalizedEpoch(),
      },
    );
    this.dutiesSource = new HeardDuties(
      {
        onAttesterDuties: (answer) => this.#chainView.heardAttesterDuties(answer),
        onProposerDuties: (answer) => this.#chainView.heardProposerDuties(answer),
        onPtcDuties: ({duties}) => this.#ptcTopic.heard(duties),
      },
      {dutiesSource: beaconNodes},
    );
    const secondPath = () => this.#open?.secondPath ?? null;
    const yieldToEventLoop = () => new Promise<void>((resolve) => setImmediate(resolve));
    this.#allPaths = init.distributed
      ? null
      : new AllPathsPublisher({
          beaconNodes,
          secondPath,
          slotClock,
          log,
          signal: this.#stopping.signal,
          yieldToEventLoop,
        });
    this.publisher = this.#allPaths ?? beaconNodes;
    this.#report = new P2pReport({log, slotClock, status: () => this.status()});
    this.#observer.subscribe((event) => {
      if (event.kind === "echo") this.#echoes.echoed(event.message);
      if (event.kind !== "block") return;
      this.#referee.onBlock(event);
      // Anybody can make one that nobody can verify.
      if (event.isSignatureVerified) this.#chainView.sawBlock(event.blockRoot);
    });
  }

  /**
   * Joins the network. Resolves when it listens; peers and proofs come with time.
   * @throws {ExitError} when a port or an address is not to be had; anything else is said, and duties go on without it
   */
  async start(): Promise<void> {
    const {bootNodes, p2p, distributed} = this.#init;
    if (bootNodes.length === 0 && p2p.directPeers.length === 0)
      this.#c.log.warn(
        "--p2p: no boot nodes are known for this network, so only who comes in by itself will be a peer; name some by --p2p-bootnodes or --p2p-direct-peers",
      );
    if (distributed)
      this.#c.log.info(
        "--p2p with --distributed: nothing is sent to peers, and they are not watched for a second signer; votes are held against proofs",
      );
    this.#opening = this.#join();
    await this.#opening;
  }

  /** Says goodbye to peers. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#opening.catch(() => {});
    this.#cancelTick();
    if (this.#open === null) return;
    this.#report.say(this.#c.slotClock.currentSlot());
    await this.#open.close();
  }

  status(): P2pStatus {
    const open = this.#open;
    const peers = open?.network.peers.list() ?? [];
    const inbound = peers.filter(({direction}) => direction === "inbound").length;
    const {vetoes, notProvable} = this.#referee.counts();
    return {
      state: this.#state,
      peerId: open?.network.peerId ?? null,
      multiaddrs: open?.network.multiaddrs() ?? [],
      peers: {inbound, outbound: peers.length - inbound},
      publishes: !this.#init.distributed,
      votes: this.#echoes.totals(),
      lightClient: {finalizedEpoch: this.#finalizedEpoch(), slot: open?.lightClient.optimistic()?.header.slot ?? null},
      vetoes,
      notProvable,
    };
  }

  gossipCounts(): readonly GossipCount[] {
    return this.#open?.gossipCounts() ?? [];
  }

  async #join(): Promise<void> {
    const {log} = this.#c;
    try {
      const open = await openP2p(this.#init, {
        ...this.#c,
        observer: this.#observer,
        referee: this.#referee,
        chainView: this.#chainView,
        signal: this.#stopping.signal,
      });
      const {secondPath} = open;
      const onVoteSent = (slot: Slot, index: Parameters<EchoTally["sent"]>[1]) => this.#echoes.sent(slot, index);
      const onBlockSent = (block: WholeBlock) => this.#sawOwnBlock(block);
      this.#open = {...open, secondPath: secondPath && countedGossip(secondPath, {onVoteSent, onBlockSent})};
      this.#state = "running";
      this.#allPaths?.secondPathOpened();
      log.info("network joined as a light node", {
        peerId: open.network.peerId,
        at: open.network.multiaddrs().join(" "),
      });
      this.#tick();
    } catch (error) {
      this.#state = "failed";
      if (error instanceof ListenError) throw new ExitError(error.message, EXIT_NEEDS_HUMAN);
      log.error(
        "the network could not be joined: duties go on by the beacon nodes alone; mend what is named here and restart when it suits",
        {reason: messageOf(error)},
      );
    }
  }

  /** It is a block of the network like any other. */
  #sawOwnBlock(block: WholeBlock): void {
    const {clock, log} = this.#c;
    try {
      const proposerIndex = block.proposerIndex as ValidatorIndex;
      const seen = {...seenBlock(this.#init.config, block), proposerIndex, isSignatureVerified: true};
      this.#observer.emit({kind: "block", ...seen, receivedMs: clock.nowMs()});
    } catch (error) {
      log.warn("a block of ours could not be read", {slot: block.slot, reason: messageOf(error)});
    }
  }

  /** Once a slot, when votes are out. */
  #tick(): void {
    const {slotClock} = this.#c;
    const {slotDurationMs} = slotClock.timing;
    const quietMs = (slot: Slot) => slotClock.startMs(slot) + slotDurationMs * QUIET_SHARE;
    const now = slotClock.currentSlot();
    const slot = (slotClock.nowMs() < quietMs(now) ? now : now + 1) as Slot;
    this.#cancelTick = slotClock.at(quietMs(slot), () => {
      if (this.#stopping.signal.aborted) return;
      this.#tick();
      void this.#chainView.learn();
      void this.#open?.wantedBlocks.fetch();
      if (this.#open !== null) this.#ptcTopic.settle((slot + 1) as Slot, this.#open.network.gossip);
      this.#report.say(slot);
    });
  }

  /** Of a header that a sync committee vouches for, or that the operator trusts. */
  #finalizedEpoch(): Epoch | null {
    const finalized = this.#open?.lightClient.finalized() ?? null;
    return finalized === null ? null : this.#c.slotClock.epochOf(finalized.slot);
  }
}
