import {chainConfig} from "@lodestar/config/default";
import {createNetworkConfig, type NetworkConfig, ssz} from "@mote/consensus";
import {type Clock, type Epoch, type Log, type Root, type Slot, SlotClock} from "@mote/core";
import {FakeLog, SeededRandom} from "@mote/testing";
import {openNetwork} from "../../src/libp2p-network.ts";
import type {LocalChain, Network, NetworkInit} from "../../src/network.ts";
import {MemoryFiles} from "../peers/memory-files.ts";
import {realClock} from "./real-clock.ts";

const GENESIS_VALIDATORS_ROOT = `0x${"42".repeat(32)}` as Root;

/** Fulu from genesis, on the preset of the tests. */
export const fuluConfig = (changes: Partial<typeof chainConfig> = {}): NetworkConfig =>
  createNetworkConfig(
    {
      ...chainConfig,
      ALTAIR_FORK_EPOCH: 0,
      BELLATRIX_FORK_EPOCH: 0,
      CAPELLA_FORK_EPOCH: 0,
      DENEB_FORK_EPOCH: 0,
      ELECTRA_FORK_EPOCH: 0,
      FULU_FORK_EPOCH: 0,
      GLOAS_FORK_EPOCH: Number.POSITIVE_INFINITY,
      BLOB_SCHEDULE: [],
      ...changes,
    },
    GENESIS_VALIDATORS_ROOT,
  );

const ZERO = `0x${"00".repeat(32)}` as Root;

/** Gives nothing, as the light role. */
export const emptyChain = (): LocalChain => ({
  status: () => ({
    finalizedRoot: ZERO,
    finalizedEpoch: 0 as Epoch,
    headRoot: `0x${"aa".repeat(32)}` as Root,
    headSlot: 0 as Slot,
    earliestAvailableSlot: 0 as Slot,
  }),
  blocksByRange: () => [],
  blocksByRoot: () => [],
  lightClientBootstrap: () => null,
  lightClientUpdates: () => [],
  lightClientFinalityUpdate: () => null,
  lightClientOptimisticUpdate: () => null,
});

export interface Opened {
  readonly network: Network;
  readonly files: MemoryFiles;
  readonly log: FakeLog;
  readonly slotClock: SlotClock;
}

export interface OpenParts {
  readonly files?: MemoryFiles;
  readonly log?: FakeLog & Log;
  /** Of all but slots. */
  readonly clock?: Clock;
  readonly slotDurationMs?: number;
}

/** A node on loopback, on ports that are free. */
export async function openOnLoopback(
  changes: Partial<NetworkInit> = {},
  {files = new MemoryFiles(), log = new FakeLog(), clock = realClock, slotDurationMs = 6_000}: OpenParts = {},
): Promise<Opened> {
  const config = changes.config ?? fuluConfig();
  const slotClock = new SlotClock(
    {genesisTimeSec: Math.floor(realClock.nowMs() / 1000) - 100, slotDurationMs, slotsPerEpoch: 8},
    {clock: realClock},
  );
  const network = await openNetwork(
    {
      config,
      role: "light",
      listen: {ip4: "127.0.0.1", ip6: null, tcpPort: 0, udpPort: 0},
      announced: {},
      bootNodes: [],
      directPeers: [],
      targetPeers: 20,
      agent: "mote-test/1",
      ...changes,
    },
    {clock, slotClock, random: new SeededRandom({seed: 5}), log, files, chain: emptyChain()},
  );
  return {network, files, log, slotClock};
}

/** Polls until it holds; fails with what was waited for. */
export async function until(what: string, holds: () => boolean, timeoutMs = 8_000): Promise<void> {
  const endMs = realClock.nowMs() + timeoutMs;
  while (!holds()) {
    if (realClock.nowMs() > endMs) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const exitMessage = () => ssz.phase0.SignedVoluntaryExit.defaultValue();
