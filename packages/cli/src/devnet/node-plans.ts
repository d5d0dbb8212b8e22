import {join} from "node:path";
import {START_OPTIONS} from "@mote/node/config";
import type {DevnetHandle, OperatorAccess, OperatorFiles} from "./devnet-handle.ts";
import type {DevnetConfig} from "./devnet-options.ts";
import type {NodePlan} from "./node-group.ts";

/** Where the devnet's fees go: an address that is nobody's. */
const FEE_RECIPIENT = `0x${"de".repeat(20)}`;
export const INIT_FLAG = `--${START_OPTIONS.initSlashingProtection.name}`;
const JSON_LINES = ["--log-format", "json"];
/** Of the one that holds all keys. */
export const LONE_NODE = "micro-node";

/** Where a micro-node keeps its slashing protection; of a cluster, in a folder for each. */
export interface NodeDatadir {
  readonly path: string;
  /** Nothing was ever kept there: it may be begun. */
  readonly isNew: boolean;
}

/** Where a micro-node finds the chain. */
export type DevnetAccess = Pick<DevnetHandle, "urls" | "peers">;

export interface NodePlansComponents {
  /** Writes what `--keystores-dir` and `--secrets-dir` name into a directory. */
  readonly writeKeys: (dir: string, files: OperatorFiles) => KeyDirs;
}

export interface KeyDirs {
  readonly keystoresDir: string;
  readonly secretsDir: string;
}

/** The micro-nodes that a run needs; the keystores of a cluster's are written. */
export function planNodes(
  config: Pick<DevnetConfig, "validators" | "builder">,
  {devnet, datadir}: {readonly devnet: DevnetAccess & Pick<DevnetHandle, "operators">; readonly datadir: NodeDatadir},
  {writeKeys}: NodePlansComponents,
): readonly NodePlan[] {
  const {operators} = devnet;
  if (operators.length === 0) {
    const words = (isNew: boolean) => [...joinArguments(config, devnet, {...datadir, isNew}), ...JSON_LINES];
    return [{name: LONE_NODE, argv: words(datadir.isNew), argvAgain: words(false)}];
  }
  return operators.map((operator, i) => {
    const name = `node${i}`;
    const path = join(datadir.path, name);
    const keys = writeKeys(path, operator.files);
    const words = (isNew: boolean) => [
      ...shareArguments({...operator, peers: devnet.peers}, keys, {path: join(path, "data"), isNew}),
      ...JSON_LINES,
    ];
    return {name, argv: words(datadir.isNew), argvAgain: words(false)};
  });
}

/** The words after `mote` that make a micro-node join the chain. */
export function joinArguments(
  {validators, builder}: Pick<DevnetConfig, "validators" | "builder">,
  devnet: DevnetAccess,
  datadir: NodeDatadir,
): string[] {
  const keys = ["--interop-keys", `0..${validators - 1}`];
  return startArguments(devnet, [...keys, ...(builder ? [`--${START_OPTIONS.builderProposals.name}`] : [])], datadir);
}

/** The same for a node of a cluster. */
function shareArguments(
  {url, peers}: OperatorAccess & Pick<DevnetHandle, "peers">,
  {keystoresDir, secretsDir}: KeyDirs,
  datadir: NodeDatadir,
): string[] {
  const keys = ["--keystores-dir", keystoresDir, "--secrets-dir", secretsDir];
  return startArguments({urls: [url], peers}, [...keys, `--${START_OPTIONS.distributed.name}`], datadir);
}

/** On the loopback, as the devnet's own peers. */
export function peerArguments(peers: readonly string[]): string[] {
  if (peers.length === 0) return [];
  const listen = ["--p2p-listen-address", "127.0.0.1", "--p2p-port", "0", "--p2p-no-discovery"];
  return ["--p2p", "--p2p-direct-peers", peers.join(","), ...listen];
}

function startArguments({urls, peers}: DevnetAccess, keys: readonly string[], {path, isNew}: NodeDatadir): string[] {
  const chain = ["--network", "devnet", "--beacon-nodes", urls.join(",")];
  const fees = [`--${START_OPTIONS.suggestedFeeRecipient.name}`, FEE_RECIPIENT];
  const rest = [...fees, ...peerArguments(peers), "--datadir", path, ...(isNew ? [INIT_FLAG] : [])];
  return ["start", ...chain, ...keys, ...rest];
}
