import type {NetworkLookups} from "@mote/beacon-nodes";
import type {NetworkConfig} from "@mote/consensus";
import {ThreadedVerifier} from "@mote/consensus/threaded-verifier";
import {
  abbreviate,
  type Clock,
  type Log,
  messageOf,
  type Random,
  type Root,
  type Slot,
  type SlotClock,
  sleep,
} from "@mote/core";
import {LightClient, type LightClientReferee} from "@mote/light-client";
import {
  type GossipChainView,
  type GossipObserver,
  GossipPublisher,
  LightGossip,
  type Network,
  openNetwork,
  PeerLightClientSources,
} from "@mote/networking";
import type {P2pConfig} from "../config/index.ts";
import type {GossipCount} from "../http/p2p-metrics.ts";
import type {SecondPath} from "./all-paths-publisher.ts";
import {LightChain, type LightClientServer} from "./light-chain.ts";
import {LightClientFeed} from "./light-client-feed.ts";
import {P2pFiles} from "./p2p-files.ts";
import {seenBlock, type WholeBlock} from "./seen-block.ts";
import {WantedBlocks} from "./wanted-blocks.ts";

export interface OpenP2pInit {
  readonly p2p: P2pConfig;
  readonly config: NetworkConfig;
  readonly datadir: string;
  readonly bootNodes: readonly string[];
  readonly distributed: boolean;
  readonly agent: string;
}

export interface OpenP2pComponents {
  readonly beaconNodes: Pick<NetworkLookups, "genesisBlockRoot" | "agreedFinalizedRoot" | "lightClientSources">;
  readonly chainView: GossipChainView & {sawBlock(root: Root): void};
  readonly observer: GossipObserver;
  readonly referee: LightClientReferee;
  readonly slotClock: SlotClock;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Aborted to ask the node to stop. */
  readonly signal: AbortSignal;
}

export interface OpenNetwork {
  readonly network: Network;
  readonly lightClient: Pick<LightClient, "finalized" | "optimistic">;
  /** Null where nothing is to be sent. */
  readonly secondPath: SecondPath | null;
  readonly wantedBlocks: WantedBlocks;
  gossipCounts(): readonly GossipCount[];
  close(): Promise<void>;
}

/** On mainnet, where each costs the traffic of a whole subnet; those beyond it are published to without being joined. */
const ATTESTATION_SUBNETS_MAX = 8;
const GENESIS_ATTEMPTS_MAX = 8;

/** Puts the parts of the light node together. @throws {ListenError} when a port or an address is not to be had */
export async function openP2p(init: OpenP2pInit, components: OpenP2pComponents): Promise<OpenNetwork> {
  const {config, distributed} = init;
  const {slotClock, clock, log, observer, referee, chainView, beaconNodes} = components;
  const files = new P2pFiles(init);
  const verifier = new ThreadedVerifier({}, {log});
  let lightClient: LightClient | null = null;
  const chain = new LightChain({
    lightClient: served(() => lightClient),
    headSlot: () => lightClient?.optimistic()?.header.slot ?? (0 as Slot),
  });
  void learnGenesisRoot(chain, components);
  let network: Network;
  try {
    network = await openNetwork(networkInit(init), {...components, files, chain});
  } catch (error) {
    await verifier.close();
    throw error;
  }
  const {gossip, peers} = network;
  const lightGossip = new LightGossip({config}, {gossip, peers, chainView, slotClock, clock, verifier, observer, log});
  const feed = new LightClientFeed({gossip: lightGossip, peers: new PeerLightClientSources(network), beaconNodes});
  lightClient = new LightClient(
    {config, trustedRoot: init.p2p.checkpointRoot},
    {
      ...components,
      updates: feed,
      verifier,
      stateFile: files.lightClient,
      trustedElsewhere: rootOfBeaconNodes(components),
    },
  );
  const wantedBlocks = new WantedBlocks({
    network,
    wanted: () => referee.wantedBlocks(),
    read: ({message}) => seenBlock(config, message as WholeBlock),
    onBlock: (block) => {
      chainView.sawBlock(block.blockRoot);
      referee.onBlock(block);
      const {slot, blockRoot, attestations} = block;
      observer.emit({kind: "fetched_block", slot, blockRoot, attestations, receivedMs: clock.nowMs()});
    },
    log,
  });
  tellReferee(lightClient, {...components, wantedBlocks});
  const publisher = distributed
    ? null
    : new GossipPublisher(
        {attestationSubnetsMax: ATTESTATION_SUBNETS_MAX},
        {
          gossip,
          peers,
          slotClock,
          log,
          onEcho: (message, receivedMs) => observer.emit({kind: "echo", message, receivedMs}),
        },
      );
  lightGossip.start();
  publisher?.start();
  lightClient.start();
  const following = lightClient;
  return {
    network,
    lightClient,
    secondPath: publisher,
    wantedBlocks,
    gossipCounts: () => lightGossip.counts(),
    close: async () => {
      publisher?.stop();
      await following.stop();
      await network.stop();
      await verifier.close();
    },
  };
}

function networkInit({p2p, config, bootNodes, agent}: OpenP2pInit): Parameters<typeof openNetwork>[0] {
  const {listen, port, announced, directPeers, targetPeers, discovers} = p2p;
  return {
    config,
    role: "light",
    listen: {...listen, tcpPort: port, udpPort: discovers ? port : null},
    announced,
    bootNodes: discovers ? bootNodes : [],
    directPeers,
    targetPeers,
    agent,
  };
}

/** What the light client has, for peers that ask. */
function served(lightClient: () => LightClient | null): LightClientServer {
  return {
    lightClientBootstrap: (root) => lightClient()?.bootstrap(root) ?? null,
    lightClientUpdates: (startPeriod, count) => lightClient()?.updates(startPeriod, count) ?? [],
    lightClientFinalityUpdate: () => lightClient()?.latestFinalityUpdate() ?? null,
    lightClientOptimisticUpdate: () => lightClient()?.latestOptimisticUpdate() ?? null,
  };
}

function tellReferee(
  lightClient: LightClient,
  {referee, chainView, log, wantedBlocks}: OpenP2pComponents & {readonly wantedBlocks: WantedBlocks},
): void {
  lightClient.subscribe((event) => {
    switch (event.kind) {
      case "finalized":
        return referee.onFinalized(event.header);
      case "optimistic":
        if (event.participation.isSupermajority) chainView.sawBlock(event.header.root);
        referee.onProven(event);
        void wantedBlocks.fetch();
        return;
      case "finality_conflict": {
        const {known, other} = event;
        return log.error(
          "two histories were finalized, so at least a third of all stake broke the rules: compare your beacon nodes and ask where your network meets before anything else",
          {known: `${known.root} of slot ${known.slot}`, other: `${other.root} of slot ${other.slot}`},
        );
      }
    }
  });
}

/** What the light client is to trust when nobody vouches for anything; said once for each root, however often it is asked for. */
function rootOfBeaconNodes({beaconNodes, log}: OpenP2pComponents): () => Promise<Root> {
  let said: Root | null = null;
  return async () => {
    const root = await beaconNodes.agreedFinalizedRoot();
    if (root === null) throw new Error("more than half of the beacon nodes do not name one finalized block");
    if (root !== said)
      log.warn(
        `without --checkpoint-root the light client begins at block ${abbreviate(root)}, which your beacon nodes call final: should they lie about this one, it cannot tell. To have them checked, start once with --checkpoint-root from a place that you trust`,
        {root},
      );
    said = root;
    return root;
  };
}

/** Peers are told the genesis block. Older beacon nodes may not have it; then they are told nothing of it. */
async function learnGenesisRoot(
  chain: LightChain,
  {beaconNodes, slotClock, log, signal}: OpenP2pComponents,
): Promise<void> {
  for (let attempt = 0; attempt < GENESIS_ATTEMPTS_MAX && !signal.aborted; attempt++) {
    try {
      chain.genesisRoot = await beaconNodes.genesisBlockRoot();
      return;
    } catch (error) {
      log.debug("the genesis block is not known", {reason: messageOf(error)});
      await sleep(slotClock, slotClock.timing.slotDurationMs, signal);
    }
  }
}
