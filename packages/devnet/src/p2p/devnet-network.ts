import {randomInt} from "node:crypto";
import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {type Clock, type Log, type Random, type Slot, SlotClock} from "@mote/core";
import {type GossipTypes, type NetworkFiles, openNetwork} from "@mote/networking";
import type {DevnetChain} from "../chain.ts";
import type {PeerFaultKind} from "../faults/fault-spec.ts";
import type {LightClientNews, LightClientServer} from "../light-client/light-client-server.ts";
import {ChainOfPeer} from "./chain-of-peer.ts";
import {DevnetPeer, type MessageBatches} from "./devnet-peer.ts";
import {HostilePeer} from "./hostile/hostile-peer.ts";
import type {ValidatorMessage, ValidatorMessageKind} from "./message.ts";
import {MESSAGE_RULES, type MessageRules} from "./message-rules.ts";
import {TurnBatch} from "./turn-batch.ts";
import {type VotePathFigures, VotePaths} from "./vote-paths.ts";

export interface DevnetNetworkInit {
  /** Of the beacon nodes, in their order. */
  readonly names: readonly string[];
  /** One more peer that breaks the rules when it is told to. */
  readonly withHostilePeer: boolean;
  /** Of the first one; the others take any free ones. 0: any free one. */
  readonly port: number;
}

export interface DevnetNetworkComponents {
  readonly chain: DevnetChain;
  readonly lightClient: LightClientServer;
  readonly clock: Clock;
  /** Has the chain do what is due before a message is looked at. */
  readonly catchUp: () => void;
  readonly log: (line: string) => void;
}

const HOST = "127.0.0.1";
/** More than a devnet and its guests have. */
const TARGET_PEERS = 32;
const RANDOM_RANGE = 2 ** 47;

const random: Random = {next: () => randomInt(RANDOM_RANGE) / RANDOM_RANGE};

/** The beacon nodes as peers of each other and of whoever joins: full nodes on the loopback, without discovery. */
export class DevnetNetwork {
  readonly #peers: readonly DevnetPeer[];
  readonly #votePaths: VotePaths;

  readonly #hostile: HostilePeer | null;

  private constructor(components: {
    readonly peers: readonly DevnetPeer[];
    readonly hostile: HostilePeer | null;
    readonly votePaths: VotePaths;
  }) {
    this.#peers = components.peers;
    this.#hostile = components.hostile;
    this.#votePaths = components.votePaths;
  }

  /** Rejects with a ListenError when the first one's port is not to be had. */
  static async open(
    {names, port, withHostilePeer}: DevnetNetworkInit,
    components: DevnetNetworkComponents,
  ): Promise<DevnetNetwork> {
    const {chain} = components;
    const votePaths = new VotePaths();
    const batches = batchesOf(chain);
    const peers: DevnetPeer[] = [];
    const isOfDevnet = (peerId: string): boolean => peers.some((peer) => peer.peerId === peerId);
    try {
      for (const [i, name] of names.entries()) {
        const directPeers = peers.flatMap(({multiaddrs}) => multiaddrs);
        const network = await openPeer({name, port: i === 0 ? port : 0, directPeers}, components);
        const parts = {...components, network, batches, votePaths, isOfDevnet};
        peers.push(new DevnetPeer({name, speaksForChain: i === 0}, parts));
      }
      const victims = peers.flatMap(({multiaddrs}) => multiaddrs);
      const hostile = withHostilePeer ? await HostilePeer.open({victims}, components) : null;
      return new DevnetNetwork({peers, hostile, votePaths});
    } catch (error) {
      await Promise.all(peers.map((peer) => peer.stop()));
      throw error;
    }
  }

  /** With `/p2p/…`, one for each beacon node in their order, and the hostile peer's. */
  get multiaddrs(): readonly string[] {
    const all = [...this.#peers, ...(this.#hostile === null ? [] : [this.#hostile])];
    return all.flatMap(({multiaddrs}) => multiaddrs.slice(0, 1));
  }

  votePaths(): VotePathFigures {
    return this.#votePaths.figures();
  }

  /** A message came by the API of this beacon node, and was taken. */
  published(name: string, message: ValidatorMessage): void {
    if (message.kind === "beacon_attestation") this.#votePaths.note("api", message.value);
    this.#peers.find((peer) => peer.name === name)?.publish(message);
  }

  announce(news: readonly LightClientNews[]): void {
    for (const one of news) for (const peer of this.#peers) peer.announce(one);
  }

  /** Tells the slot that is about to begin, and what the hostile peer does in it. */
  onSlot(slot: Slot, faults: ReadonlySet<PeerFaultKind>): void {
    for (const peer of this.#peers) peer.onSlot(slot);
    this.#hostile?.onSlot(slot, faults);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#hostile?.stop(), ...this.#peers.map((peer) => peer.stop())]);
  }
}

function openPeer(
  {name, port, directPeers}: {readonly name: string; readonly port: number; readonly directPeers: readonly string[]},
  {chain, lightClient, clock, log}: DevnetNetworkComponents,
) {
  const timing = {
    genesisTimeSec: chain.genesis.timeSec,
    slotDurationMs: chain.config.SLOT_DURATION_MS,
    slotsPerEpoch: SLOTS_PER_EPOCH,
  };
  return openNetwork(
    {
      config: chain.config,
      role: "full",
      listen: {ip4: HOST, ip6: null, tcpPort: port, udpPort: null},
      announced: {},
      bootNodes: [],
      directPeers,
      targetPeers: TARGET_PEERS,
      agent: `mote-devnet/${name}`,
    },
    {
      clock,
      slotClock: new SlotClock(timing, {clock}),
      random,
      log: logOf(name, log),
      files: new FilesInMemory(),
      chain: new ChainOfPeer({chain, lightClient}),
    },
  );
}

/** A devnet is new each time: so is who its peers are. */
class FilesInMemory implements NetworkFiles {
  readonly #files = new Map<string, Uint8Array>();

  async read(name: string): Promise<Uint8Array | null> {
    return this.#files.get(name) ?? null;
  }

  async write(name: string, content: Uint8Array): Promise<void> {
    this.#files.set(name, content);
  }
}

/** What is no trouble is not told: peers come and go. */
function logOf(name: string, write: (line: string) => void): Log {
  const told = (message: string) => write(`${name}: ${message}`);
  return {debug: () => {}, info: () => {}, warn: told, error: told};
}

function batchesOf(chain: DevnetChain): MessageBatches {
  const batches = Object.entries(MESSAGE_RULES).map(([kind, rules]) => {
    const {submit} = rules as MessageRules<GossipTypes[ValidatorMessageKind]>;
    return [kind, new TurnBatch({submit: (list: readonly GossipTypes[ValidatorMessageKind][]) => submit(chain, list)})];
  });
  return Object.fromEntries(batches);
}
