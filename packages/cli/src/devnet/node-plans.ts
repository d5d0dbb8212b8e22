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
  {devnet, datadir}: {readonly devnet: Pick<DevnetHandle, "urls" | "operators">; readonly datadir: NodeDatadir},
  {writeKeys}: NodePlansComponents,
): readonly NodePlan[] {
  const {urls, operators} = devnet;
  if (operators.length === 0) {
    const words = (isNew: boolean) => [...joinArguments(config, urls, {...datadir, isNew}), ...JSON_LINES];
    return [{name: LONE_NODE, argv: words(datadir.isNew), argvAgain: words(false)}];
  }
  return operators.map((operator, i) => {
    const name = `node${i}`;
    const path = join(datadir.path, name);
    const keys = writeKeys(path, operator.files);
    const words = (isNew: boolean) => [
      ...shareArguments(operator, keys, {path: join(path, "data"), isNew}),
      ...JSON_LINES,
    ];
    return {name, argv: words(datadir.isNew), argvAgain: words(false)};
  });
}

/** The words after `mote` that make a micro-node join the chain. */
export function joinArguments(
  {validators, builder}: Pick<DevnetConfig, "validators" | "builder">,
  urls: readonly string[],
  datadir: NodeDatadir,
): string[] {
  const keys = ["--interop-keys", `0..${validators - 1}`];
  return startArguments(urls, [...keys, ...(builder ? [`--${START_OPTIONS.builderProposals.name}`] : [])], datadir);
}

/** The same for a node of a cluster. */
function shareArguments({url}: OperatorAccess, {keystoresDir, secretsDir}: KeyDirs, datadir: NodeDatadir): string[] {
  const keys = ["--keystores-dir", keystoresDir, "--secrets-dir", secretsDir];
  return startArguments([url], [...keys, `--${START_OPTIONS.distributed.name}`], datadir);
}

function startArguments(urls: readonly string[], keys: readonly string[], {path, isNew}: NodeDatadir): string[] {
  const chain = ["--network", "devnet", "--beacon-nodes", urls.join(",")];
  const fees = [`--${START_OPTIONS.suggestedFeeRecipient.name}`, FEE_RECIPIENT];
  return ["start", ...chain, ...keys, ...fees, "--datadir", path, ...(isNew ? [INIT_FLAG] : [])];
}
