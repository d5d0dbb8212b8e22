import {BeaconNode, BeaconNodeError, type NodeAddress, readChainIdentity} from "@mote/beacon-nodes";
import type {Clock} from "@mote/core";
import type {Joined} from "../chain/join.ts";

/** A beacon node that a command may not rely on, and why, for people. */
export interface NodeFault {
  readonly name: string;
  readonly detail: string;
}

export interface ReadyNodes {
  readonly ready: readonly BeaconNode[];
  readonly faults: readonly NodeFault[];
}

/** Parts the nodes that are on our chain and up to date from the others, which are closed. */
export async function readyNodes(
  {nodes: addresses, signal}: {readonly nodes: readonly NodeAddress[]; readonly signal: AbortSignal},
  {clock, checkChain}: {readonly clock: Clock; readonly checkChain: Joined["checkChain"]},
): Promise<ReadyNodes> {
  const nodes = addresses.map((address) => new BeaconNode(address, {clock}));
  const faults = await Promise.all(nodes.map((node) => faultOf(node, checkChain, signal)));
  for (const [i, node] of nodes.entries()) if (faults[i] !== null) node.close();
  return {
    ready: nodes.filter((_, i) => faults[i] === null),
    faults: nodes.flatMap(({name}, i) => (faults[i] == null ? [] : [{name, detail: faults[i]}])),
  };
}

async function faultOf(
  node: BeaconNode,
  checkChain: Joined["checkChain"],
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const [identity, sync] = await Promise.all([readChainIdentity(node, signal), node.syncing(signal)]);
    if (identity === null) return "does not know the chain's genesis yet";
    const difference = checkChain(identity);
    if (difference !== null) return `is on another chain: ${difference}`;
    if (sync.isSyncing) return `is syncing, ${sync.syncDistance} slots behind`;
    return sync.isOptimistic || sync.elOffline ? "waits for its execution client" : null;
  } catch (error) {
    return describeNodeError(error);
  }
}

/** @throws {unknown} what is no fault of the node */
export function describeNodeError(error: unknown): string {
  if (!(error instanceof BeaconNodeError)) throw error;
  return `${error.reason} ${error.detail}`.trim();
}
