import {type Clock, type Random, sleep} from "@mote/core";
import {BeaconNode, type BeaconNodeInit} from "./beacon-node.ts";
import {BeaconNodeError} from "./beacon-node-error.ts";
import {growingPause} from "./growing-pause.ts";
import {NodeHealth, type StateChange} from "./health.ts";
import type {DepositContract, Genesis, ScheduledFork, Spec} from "./routes/chain.ts";

/** What says which chain a node is on. Raw: comparing it is the caller's. */
export interface ChainIdentity {
  readonly beaconNode: string;
  readonly version: string;
  readonly genesis: Genesis;
  readonly spec: Spec;
  readonly forkSchedule: readonly ScheduledFork[];
  readonly depositContract: DepositContract;
}

/** Null when the node does not know its chain's genesis yet. */
export async function readChainIdentity(node: BeaconNode, signal?: AbortSignal): Promise<ChainIdentity | null> {
  const [version, genesis, spec, forkSchedule, depositContract] = await Promise.all([
    node.version(signal),
    node.genesis(signal),
    node.spec(signal),
    node.forkSchedule(signal),
    node.depositContract(signal),
  ]);
  return genesis === null ? null : {beaconNode: node.name, version, genesis, spec, forkSchedule, depositContract};
}

/** Headers and TLS texts are never printed. */
export type NodeAddress = Omit<BeaconNodeInit, "distributed">;

export interface ConnectComponents {
  readonly clock: Clock;
  readonly random: Random;
  /** Called once a change, not once a try. */
  readonly onStateChange: (change: StateChange) => void;
}

/** Waiting longer for nodes that did not answer beside one that did would delay the start; they are checked when they come. */
const OTHERS_GRACE_MS = 500;
const RETRY_PAUSES = {pauseMinMs: 250, pauseMaxMs: 12_000};

/**
 * The first contact: what every node that answers says of its chain. Keeps trying, with growing pauses, until one answers.
 * @returns at least one, in the order of `nodes`; empty when `signal` was aborted
 */
export async function connectBeaconNodes(
  {nodes: addresses, signal}: {readonly nodes: readonly NodeAddress[]; readonly signal: AbortSignal},
  components: ConnectComponents,
): Promise<readonly ChainIdentity[]> {
  const found = new Map<string, ChainIdentity>();
  const done = new AbortController();
  const either = AbortSignal.any([done.signal, signal]);
  const nodes = addresses.map((address) => new BeaconNode(address, components));
  await Promise.all(
    nodes.map(async (node) => {
      const identity = await connectOne(node, either, components);
      if (identity === null) return;
      found.set(node.name, identity);
      if (found.size === nodes.length) done.abort();
      else if (found.size === 1) components.clock.after(OTHERS_GRACE_MS, () => done.abort());
    }),
  );
  for (const node of nodes) node.close();
  return addresses.flatMap(({name}) => found.get(name) ?? []);
}

async function connectOne(
  node: BeaconNode,
  signal: AbortSignal,
  {clock, random, onStateChange}: ConnectComponents,
): Promise<ChainIdentity | null> {
  const health = new NodeHealth({name: node.name, probationMs: 0}, {clock, onStateChange});
  for (let attempts = 0; !signal.aborted; attempts++) {
    try {
      const identity = await readChainIdentity(node, signal);
      // It has not said that it is synced: calling it ready is left to whoever asks for that.
      if (identity !== null) return identity;
      health.become("syncing", "it does not know the chain's genesis yet");
    } catch (error) {
      if (!(error instanceof BeaconNodeError)) throw error;
      if (error.reason !== "ABORTED") health.become("unreachable", `${error.reason} ${error.detail}`);
    }
    await sleep(clock, growingPause(RETRY_PAUSES, attempts, random), signal);
  }
  return null;
}
