import type {BroadcastChoices, NodeAddress, StrategyChoices} from "@mote/beacon-nodes";
import {BROADCAST_TOPICS} from "@mote/beacon-nodes/choices";
import {NODE_ACCESS_OPTIONS, type NodeSetting} from "./beacon-node-options.ts";
import type {Values} from "./option.ts";
import type {START_OPTIONS} from "./options.ts";
import type {Settings} from "./settings.ts";
import {excerpt} from "./sources.ts";
import {describeFileError, type TextFiles} from "./text-files.ts";

export interface BeaconNodesConfig {
  /** URLs may hold credentials (print them by `redactUrl` only); headers and keys are never printed. */
  readonly nodes: readonly NodeAddress[];
  readonly proposerNodes: readonly NodeAddress[];
  /** Where the operator chose; the others have their defaults. */
  readonly strategies: StrategyChoices;
  /** Null: more than half. */
  readonly threshold: number | null;
  readonly broadcast: BroadcastChoices;
}

const PEM_SIZE_BYTES_MAX = 256 * 1024;

export function beaconNodesConfig(
  settings: Settings<typeof START_OPTIONS>,
  context: AddressContext,
): BeaconNodesConfig {
  const {values} = settings;
  const named = namedNodes(values.beaconNodes, "bn");
  const proposers = namedNodes(values.proposerNodes, "proposer");
  if (values.threshold !== null && values.threshold > named.length)
    context.problems.push(`--threshold: ${values.threshold} of ${named.length} beacon nodes can never agree`);
  const addresses = nodeAddresses([...named, ...proposers], settings, context);
  return {
    nodes: addresses.slice(0, named.length),
    proposerNodes: addresses.slice(named.length),
    strategies: Object.fromEntries(values.strategies),
    threshold: values.threshold,
    broadcast: Object.fromEntries(
      BROADCAST_TOPICS.map((topic) => [topic, values.broadcast.includes(topic)]),
    ) as BroadcastChoices,
  };
}

/** The beacon nodes that a command asks, with what they want to see; none when none is named. Of proposer nodes it knows nothing. */
export function operatorNodes(
  settings: AccessSettings & {readonly values: {readonly beaconNodes: readonly string[]}},
  context: AddressContext,
): readonly NodeAddress[] {
  const {values, absolute} = settings;
  if (values.beaconNodes.length === 0) return [];
  const known = <V>(list: readonly NodeSetting<V>[]) => list.filter(({node}) => !node?.startsWith("proposer"));
  const access = {
    beaconNodeHeaders: known(values.beaconNodeHeaders),
    beaconNodeCa: known(values.beaconNodeCa),
    beaconNodeCert: known(values.beaconNodeCert),
    beaconNodeKey: known(values.beaconNodeKey),
  };
  return nodeAddresses(namedNodes(values.beaconNodes, "bn"), {values: access, absolute}, context);
}

interface NamedNode {
  readonly name: string;
  readonly url: string;
}

const namedNodes = (urls: readonly string[], prefix: string): readonly NamedNode[] =>
  urls.map((url, i) => ({name: `${prefix}${i}`, url}));

type AccessValues = Values<typeof NODE_ACCESS_OPTIONS>;

interface AccessSettings {
  readonly values: AccessValues;
  readonly absolute: Settings<typeof NODE_ACCESS_OPTIONS>["absolute"];
}

interface AddressContext {
  readonly files: TextFiles;
  /** Takes what is found. */
  readonly problems: string[];
}

function nodeAddresses(
  nodes: readonly NamedNode[],
  {values, absolute}: AccessSettings,
  context: AddressContext,
): readonly NodeAddress[] {
  checkNames(values, new Set(nodes.map(({name}) => name)), context.problems);
  checkTlsIsUsed(values, nodes, context.problems);
  const pem = pemReader(absolute, context);
  return nodes.map(({name, url}) => {
    const headers = Object.fromEntries(settingsOf(values.beaconNodeHeaders, name));
    // What is said of all nodes is for those with TLS.
    const ofTls = (list: readonly NodeSetting<string>[]) =>
      settingsOf(url.startsWith("https:") ? list : list.filter(({node}) => node !== null), name);
    const tls = {
      ca: pem("beaconNodeCa", ofTls(values.beaconNodeCa)),
      cert: pem("beaconNodeCert", ofTls(values.beaconNodeCert).slice(-1)),
      key: pem("beaconNodeKey", ofTls(values.beaconNodeKey).slice(-1)),
    };
    return {
      name,
      url,
      ...(Object.keys(headers).length > 0 ? {headers} : {}),
      ...(Object.values(tls).some((text) => text !== undefined) ? {tls: withoutUndefined(tls)} : {}),
    };
  });
}

/** What is said for all nodes, and after it what is said for this one. */
const settingsOf = <V>(list: readonly NodeSetting<V>[], name: string): V[] => [
  ...list.filter(({node}) => node === null).map(({value}) => value),
  ...list.filter(({node}) => node === name).map(({value}) => value),
];

function checkNames(values: AccessValues, names: ReadonlySet<string>, problems: string[]): void {
  for (const key of ["beaconNodeHeaders", "beaconNodeCa", "beaconNodeCert", "beaconNodeKey"] as const) {
    for (const {node} of values[key]) {
      if (node !== null && !names.has(node))
        problems.push(
          `--${NODE_ACCESS_OPTIONS[key].name}: there is no ${node}; of the beacon nodes there is ${[...names].join(", ")}`,
        );
    }
  }
}

/** Files that no node would be asked with: the operator believes in a protection that is not there. */
function checkTlsIsUsed(values: AccessValues, nodes: readonly NamedNode[], problems: string[]): void {
  if (nodes.some(({url}) => url.startsWith("https:"))) return;
  for (const key of ["beaconNodeCa", "beaconNodeCert", "beaconNodeKey"] as const)
    if (values[key].some(({node}) => node === null))
      problems.push(`--${NODE_ACCESS_OPTIONS[key].name}: no beacon node has an https URL`);
}

type FileOption = "beaconNodeCa" | "beaconNodeCert" | "beaconNodeKey";

/** Reads PEM files; several are one after the other, as TLS takes them. */
function pemReader(absolute: AccessSettings["absolute"], {files, problems}: AddressContext) {
  return (option: FileOption, paths: readonly string[]): string | undefined => {
    const texts = paths.map((path) => {
      try {
        return files.read(absolute(path), PEM_SIZE_BYTES_MAX);
      } catch (error) {
        problems.push(
          `--${NODE_ACCESS_OPTIONS[option].name}: ${excerpt(path)} cannot be used: ${describeFileError(error)}`,
        );
        return "";
      }
    });
    return texts.length === 0 ? undefined : texts.join("\n");
  };
}

function withoutUndefined<T extends object>(value: T): {[K in keyof T]?: Exclude<T[K], undefined>} {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
}
