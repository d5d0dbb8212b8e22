import {
  type ChainConfig,
  chainConfigFromSpec,
  compareSpec,
  differenceFrom,
  type SpecDifference,
  type SpecValues,
} from "@mote/consensus";
import type {Epoch, Root} from "@mote/core";
import {NETWORK_FACTS} from "../config/index.ts";

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
  /** What a node's spec must say even where the config is taken from it. */
  readonly fixed: SpecValues;
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
  | WrongChain;
export interface WrongChain {
  readonly kind: "wrong_chain";
  readonly detail: string;
}

/**
 * The preset of the SSZ types cannot be changed any more, so a node with another one is refused before its config is read. Mainnet is joined by its name
 * alone, never because the beacon nodes of a "devnet" turn out to be on it.
 * @throws {InvalidValueError} when the node's spec is not a spec
 */
export function joinChain(expected: ExpectedChain, node: NodeChain, preset: string): JoinedChain | WrongChain {
  const theirs = node.spec.PRESET_BASE;
  if (expected.chainConfig === null && theirs !== undefined && theirs !== preset)
    return differs("PRESET_BASE", preset, String(theirs));
  const {genesisValidatorsRoot} = expected;
  if (genesisValidatorsRoot === null && node.genesisValidatorsRoot === NETWORK_FACTS.mainnet.genesisValidatorsRoot)
    return {kind: "wrong_chain", detail: "it is on mainnet, which has to be asked for by its name"};
  const chainConfig = expected.chainConfig ?? chainConfigFromSpec({...expected.fixed, ...node.spec});
  const difference = differenceFrom(expected.fixed, chainConfig);
  if (difference !== null && expected.chainConfig === null)
    return differs(difference.name, difference.ours, difference.theirs);
  return {
    chainConfig,
    genesisValidatorsRoot: genesisValidatorsRoot ?? node.genesisValidatorsRoot,
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
