import {type ChainIdentity, connectBeaconNodes, type NodeAddress} from "@mote/beacon-nodes";
import {activePresetName, createNetworkConfig, type NetworkConfig, SLOTS_PER_EPOCH} from "@mote/consensus";
import {type Clock, InvalidValueError, type Log, type Random, type Slot, SlotClock} from "@mote/core";
import {EXIT_ERROR, EXIT_NEEDS_HUMAN, ExitError} from "../exit-error.ts";
import type {NodeStateLog} from "../log/node-state-log.ts";
import {admit, type ExpectedChain, type JoinedChain, joinChain, type NodeChain} from "./chain-identity.ts";

export interface JoinInit {
  readonly nodes: readonly NodeAddress[];
  readonly expected: ExpectedChain;
  readonly signal: AbortSignal;
}

export interface JoinComponents {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly nodeStates: NodeStateLog;
}

/** A chain with its rules, and the question whether a node is on it. */
export interface Joined {
  readonly chain: JoinedChain;
  readonly config: NetworkConfig;
  readonly slotClock: SlotClock;
  /** Null when the node is on our chain, otherwise the difference, for people. */
  readonly checkChain: (identity: ChainIdentity) => string | null;
}

/**
 * Asks the beacon nodes which chain they are on until one is on ours. What the choice of network leaves open (a devnet's config, a
 * testnet's genesis) the first node that answers decides; all others are held against it.
 * @returns null when `signal` was aborted
 * @throws {ExitError} when every node that answered is on another chain
 */
export async function join({nodes, expected, signal}: JoinInit, components: JoinComponents): Promise<Joined | null> {
  const {nodeStates, log} = components;
  for (const left = new Set(nodes); left.size > 0; ) {
    const identities = await connectBeaconNodes(
      {nodes: [...left], signal},
      {...components, onStateChange: nodeStates.say},
    );
    if (identities.length === 0) return null;
    for (const identity of identities) {
      const difference = joinWith(identity, expected, components);
      if (typeof difference !== "string") return difference;
      log.error(`${identity.beaconNode} is on another chain`, {difference});
      for (const node of left) if (node.name === identity.beaconNode) left.delete(node);
      if (left.size === 0) {
        const hint = "point --beacon-nodes at nodes of this network, or choose the network that they are on";
        throw new ExitError(
          `no beacon node is on the chain that was asked for: ${difference}; ${hint}`,
          EXIT_NEEDS_HUMAN,
        );
      }
    }
  }
  return null;
}

/** The joined chain if this node is on the expected one, else the difference. */
function joinWith(identity: ChainIdentity, expected: ExpectedChain, {clock, log}: JoinComponents): Joined | string {
  const node = nodeChain(identity);
  try {
    checkLatePreset(identity, expected);
    const chain = joinChain(expected, node, activePresetName);
    if ("kind" in chain) return chain.detail;
    const {genesisTimeSec, chainConfig, genesisValidatorsRoot} = chain;
    const config = createNetworkConfig(chainConfig, genesisValidatorsRoot);
    const slotDurationMs = chainConfig.SLOT_DURATION_MS;
    const slotClock = new SlotClock({genesisTimeSec, slotDurationMs, slotsPerEpoch: SLOTS_PER_EPOCH}, {clock});
    const checkChain = chainCheck(chain, slotClock, log);
    return checkChain(identity) ?? {chain, config, slotClock, checkChain};
  } catch (error) {
    if (error instanceof InvalidValueError) return `its spec is malformed: ${error.message}`;
    throw error;
  }
}

/**
 * On a devnet the preset was guessed when no beacon node was there to say it.
 * @throws {ExitError} when the guess was wrong: the next start, which finds the node there, will not have to guess
 */
function checkLatePreset({beaconNode, spec}: ChainIdentity, {chainConfig, fixed}: ExpectedChain): void {
  const {PRESET_BASE: theirs = activePresetName} = spec;
  if (chainConfig !== null || fixed.PRESET_BASE !== undefined || theirs === activePresetName) return;
  throw new ExitError(
    `${beaconNode} has the preset ${String(theirs).slice(0, 80)}, which Mote did not know when it started, since no beacon node answered then: start it again`,
    EXIT_ERROR,
  );
}

/** Warns once a node and value; after that only the verdict counts. */
function chainCheck(chain: JoinedChain, slotClock: SlotClock, log: Log): Joined["checkChain"] {
  const warned = new Set<string>();
  return (identity) => {
    // Judged for what comes next: a node that is barred from an epoch on must not serve its first slot.
    const epoch = slotClock.epochOf((slotClock.currentSlot() + 1) as Slot);
    const admission = admit(chain, nodeChain(identity), epoch);
    if (admission.kind === "wrong_chain") return admission.detail;
    for (const {name, ours, theirs, effect} of admission.warnings) {
      const key = `${identity.beaconNode}/${name}/${theirs}`;
      if (warned.has(key)) continue;
      warned.add(key);
      const until = effect.kind === "fork_epoch" ? {leftOutFromEpoch: effect.untilEpoch} : {};
      log.warn(`${identity.beaconNode} differs in ${name}`, {ours, theirs, ...until});
    }
    return null;
  };
}

const nodeChain = ({spec, genesis, depositContract}: ChainIdentity): NodeChain => ({spec, depositContract, ...genesis});
