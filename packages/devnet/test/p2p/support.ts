import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {type Clock, SlotClock} from "@mote/core";
import {type LocalChain, type Network, openNetwork} from "@mote/networking";
import {FakeLog, SeededRandom} from "@mote/testing";
import type {DevnetFork} from "../../src/chain/types.ts";
import type {DevnetChain} from "../../src/chain.ts";
import {LightClientServer} from "../../src/light-client/light-client-server.ts";
import {ChainOfPeer} from "../../src/p2p/chain-of-peer.ts";
import {DevnetNetwork} from "../../src/p2p/devnet-network.ts";
import {GENESIS_TIME_SEC, SlotPlayer, testChain} from "../chain/support.ts";

/** Real sockets need timers that run; the slot is the one that the chain is in. */
class ClockOfChain implements Clock {
  readonly #chain: DevnetChain;
  readonly #startMs = performance.now();

  constructor(components: {readonly chain: DevnetChain}) {
    this.#chain = components.chain;
  }

  nowMs(): number {
    const slotMs = Math.max(this.#chain.currentSlot, 0) * this.#chain.config.SLOT_DURATION_MS;
    return GENESIS_TIME_SEC * 1000 + slotMs + performance.now() - this.#startMs;
  }

  after(delayMs: number, run: () => void) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  }
}

export interface PlayedNetwork {
  readonly chain: DevnetChain;
  readonly player: SlotPlayer;
  readonly lightClient: LightClientServer;
  readonly network: DevnetNetwork;
  readonly clock: Clock;
  readonly lines: string[];
}

/** Peers over a chain that is played by hand. */
export async function playedNetwork(
  names: readonly string[],
  {
    slots = 3,
    fork = "fulu",
    withHostilePeer = false,
  }: {slots?: number; fork?: DevnetFork; withHostilePeer?: boolean} = {},
): Promise<PlayedNetwork> {
  const chain = testChain(fork, 16, {secondsPerSlot: 60});
  const lightClient = new LightClientServer({chain});
  const clock = new ClockOfChain({chain});
  const lines: string[] = [];
  const components = {chain, lightClient, clock, catchUp: () => {}, log: (line: string) => lines.push(line)};
  const player = new SlotPlayer(chain);
  player.playTo(slots);
  const network = await DevnetNetwork.open({names, port: 0, withHostilePeer}, components);
  return {chain, player, lightClient, network, clock, lines};
}

/** A light node that joins. */
export function joinAsGuest(
  {chain, clock, lightClient}: PlayedNetwork,
  directPeers: readonly string[],
): Promise<Network> {
  const timing = {
    genesisTimeSec: chain.genesis.timeSec,
    slotDurationMs: chain.config.SLOT_DURATION_MS,
    slotsPerEpoch: SLOTS_PER_EPOCH,
  };
  const status: LocalChain = new ChainOfPeer({chain, lightClient});
  return openNetwork(
    {
      config: chain.config,
      role: "light",
      listen: {ip4: "127.0.0.1", ip6: null, tcpPort: 0, udpPort: null},
      announced: {},
      bootNodes: [],
      directPeers,
      targetPeers: 8,
      agent: "guest",
    },
    {
      clock,
      slotClock: new SlotClock(timing, {clock}),
      random: new SeededRandom({seed: 1}),
      log: new FakeLog(),
      files: {read: async () => null, write: async () => {}},
      chain: status,
    },
  );
}

const POLL_MS = 20;
const POLLS_MAX = 400;

/** @throws when it does not come true */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let poll = 0; poll < POLLS_MAX; poll++) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`it never came true: ${what}`);
}
