import {SLOTS_PER_EPOCH} from "@lodestar/params";
import {type Clock, type Log, type Slot, SlotClock} from "@mote/core";
import {type GossipKind, type LocalChain, type Network, type NetworkFiles, openNetwork} from "@mote/networking";
import {finalizedSlotAt, type SignedChain} from "./signed-chain.ts";

const HOST = "127.0.0.1";
const TARGET_PEERS = 32;
const TOPICS: readonly {readonly kind: GossipKind; readonly subnets: number}[] = [
  {kind: "beacon_block", subnets: 0},
  {kind: "beacon_attestation", subnets: 64},
  {kind: "sync_committee", subnets: 4},
  {kind: "light_client_finality_update", subnets: 0},
  {kind: "light_client_optimistic_update", subnets: 0},
  {kind: "proposer_slashing", subnets: 0},
  {kind: "attester_slashing", subnets: 0},
];

const silent = () => {};
const log: Log = {debug: silent, info: silent, warn: console.error, error: console.error};
const clock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};

/** A full node on the network that forwards whatever comes: what is sent here is sound, and its own work is not what is measured. */
export async function openPeer(chain: SignedChain, directPeers: readonly string[]): Promise<Network> {
  const {genesisTimeSec, slotMs} = chain.init;
  const timing = {genesisTimeSec, slotDurationMs: slotMs, slotsPerEpoch: SLOTS_PER_EPOCH};
  const network = await openNetwork(
    {
      config: chain.config,
      role: "full",
      listen: {ip4: HOST, ip6: null, tcpPort: 0, udpPort: null},
      announced: {},
      bootNodes: [],
      directPeers,
      targetPeers: TARGET_PEERS,
      agent: "bench",
    },
    {
      clock,
      slotClock: new SlotClock(timing, {clock}),
      random: {next: Math.random},
      log,
      files: filesInMemory(),
      chain: localChain(chain),
    },
  );
  for (const {kind, subnets} of TOPICS) {
    network.gossip.handle(kind, () => "accept");
    if (subnets === 0) network.gossip.subscribe(kind);
    else for (let subnetId = 0; subnetId < subnets; subnetId++) network.gossip.subscribe(kind, subnetId);
  }
  return network;
}

function filesInMemory(): NetworkFiles {
  const files = new Map<string, Uint8Array>();
  return {
    read: async (name) => files.get(name) ?? null,
    write: async (name, content) => void files.set(name, content),
  };
}

/** Blocks come by gossip alone. */
function localChain(chain: SignedChain): LocalChain {
  return {
    status() {
      const finalizedSlot = finalizedSlotAt(chain.headSlot);
      return {
        finalizedRoot: chain.rootOf(finalizedSlot),
        finalizedEpoch: (finalizedSlot / SLOTS_PER_EPOCH) as ReturnType<LocalChain["status"]>["finalizedEpoch"],
        headRoot: chain.rootOf(chain.headSlot),
        headSlot: chain.headSlot as Slot,
        earliestAvailableSlot: 0 as Slot,
      };
    },
    blocksByRange: () => [],
    blocksByRoot: () => [],
    lightClientBootstrap: (root) => {
      const slot = finalizedSlotAt(chain.headSlot);
      return chain.rootOf(slot) === root ? chain.bootstrap(slot) : null;
    },
    lightClientUpdates: (startPeriod) => (startPeriod === 0 ? [chain.update(chain.headSlot - 1)] : []),
    lightClientFinalityUpdate: () => chain.finalityUpdate(chain.headSlot - 1),
    lightClientOptimisticUpdate: () => chain.finalityUpdate(chain.headSlot - 1),
  };
}
