import {
  type ChainConfig,
  chainConfigFromSpec,
  compareSpec,
  type SpecDifference,
  type SpecValues,
} from "@mote/consensus";
import type {Epoch, Root} from "@mote/core";

/** What a beacon node says of the chain that it is on. */
export interface NodeChain {
  readonly spec: SpecValues;
  readonly genesisTimeSec: number;
  readonly genesisValidatorsRoot: Root;
  readonly genesisForkVersion: string;
  readonly depositContract: {readonly chainId: number; readonly address: string};
}

/** The chain that Mote was told to join. What is null is taken from the first beacon node. */
export interface ExpectedChain {
  readonly chainConfig: ChainConfig | null;
  readonly genesisValidatorsRoot: Root | null;
  readonly genesisTimeSec: number | null;
}

/** The chain that Mote is on, once a beacon node has told what was open. */
export interface JoinedChain {
  readonly chainConfig: ChainConfig;
  readonly genesisValidatorsRoot: Root;
  readonly genesisTimeSec: number;
}

export type Admission =
  /** Differences that do not touch what we sign, and the epoch from which on a fork schedule of its own bars the node. */
  | {readonly kind: "admitted"; readonly warnings: readonly SpecDifference[]; readonly untilEpoch: Epoch | null}
  | {readonly kind: "wrong_chain"; readonly detail: string};

/**
 * The preset of the SSZ types cannot be changed any more, so a node with another one is refused before its config is read.
 * @throws {InvalidValueError} when the node's spec is not a spec
 */
export function joinChain(
  expected: ExpectedChain,
  node: NodeChain,
  preset: string,
): JoinedChain | Extract<Admission, {kind: "wrong_chain"}> {
  const theirs = node.spec.PRESET_BASE;
  if (expected.chainConfig === null && theirs !== undefined && theirs !== preset)
    return differs("PRESET_BASE", preset, String(theirs));
  return {
    chainConfig: expected.chainConfig ?? chainConfigFromSpec(node.spec),
    genesisValidatorsRoot: expected.genesisValidatorsRoot ?? node.genesisValidatorsRoot,
    genesisTimeSec: expected.genesisTimeSec ?? node.genesisTimeSec,
  };
}

/** Whether the node is on our chain, value by value; the first that tells another chain is named with both sides. */
export function admit(chain: JoinedChain, node: NodeChain, currentEpoch: Epoch): Admission {
  const {chainConfig} = chain;
  const identity: readonly (readonly [name: string, ours: string, theirs: string])[] = [
    ["genesis_validators_root", chain.genesisValidatorsRoot, node.genesisValidatorsRoot],
    ["genesis_time", String(chain.genesisTimeSec), String(node.genesisTimeSec)],
    ["genesis_fork_version", hex(chainConfig.GENESIS_FORK_VERSION), node.genesisForkVersion],
    ["deposit contract's chain_id", String(chainConfig.DEPOSIT_CHAIN_ID), String(node.depositContract.chainId)],
    ["deposit contract's address", hex(chainConfig.DEPOSIT_CONTRACT_ADDRESS), node.depositContract.address],
  ];
  for (const [name, ours, theirs] of identity) if (ours !== theirs) return differs(name, ours, theirs);

  const differences = compareSpec(chainConfig, node.spec, currentEpoch);
  const refused = differences.find(({effect}) => effect.kind === "refuse");
  if (refused !== undefined) return differs(refused.name, refused.ours, refused.theirs);
  const epochs = differences.flatMap(({effect}) => (effect.kind === "fork_epoch" ? [effect.untilEpoch] : []));
  return {
    kind: "admitted",
    warnings: differences,
    untilEpoch: epochs.length === 0 ? null : (Math.min(...epochs) as Epoch),
  };
}

const differs = (name: string, ours: string, theirs: string) =>
  ({kind: "wrong_chain", detail: `${name} is ${theirs} there and ${ours} here`}) as const;

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;
