import type {BroadcastChoices, NodeAddress, StrategyChoices} from "@mote/beacon-nodes";
import {BROADCAST_TOPICS} from "@mote/beacon-nodes/choices";
import type {NodeSetting} from "./beacon-node-options.ts";
import {START_OPTIONS} from "./options.ts";
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
  context: {readonly files: TextFiles; readonly problems: string[]},
): BeaconNodesConfig {
  const {values} = settings;
  const named = (urls: readonly string[], prefix: string) => urls.map((url, i) => ({name: `${prefix}${i}`, url}));
  const nodes = named(values.beaconNodes, "bn");
  const proposerNodes = named(values.proposerNodes, "proposer");
  const names = new Set([...nodes, ...proposerNodes].map(({name}) => name));
  checkNames(values, names, context.problems);
  checkTlsIsUsed(values, context.problems);
  if (values.threshold !== null && values.threshold > nodes.length)
    context.problems.push(`--threshold: ${values.threshold} of ${nodes.length} beacon nodes can never agree`);
  const pem = pemReader(settings, context);
  const address = ({name, url}: {name: string; url: string}): NodeAddress => {
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
  };
  return {
    nodes: nodes.map(address),
    proposerNodes: proposerNodes.map(address),
    strategies: Object.fromEntries(values.strategies),
    threshold: values.threshold,
    broadcast: Object.fromEntries(
      BROADCAST_TOPICS.map((topic) => [topic, values.broadcast.includes(topic)]),
    ) as BroadcastChoices,
  };
}

/** What is said for all nodes, and after it what is said for this one. */
const settingsOf = <V>(list: readonly NodeSetting<V>[], name: string): V[] => [
  ...list.filter(({node}) => node === null).map(({value}) => value),
  ...list.filter(({node}) => node === name).map(({value}) => value),
];

function checkNames(
  values: Settings<typeof START_OPTIONS>["values"],
  names: ReadonlySet<string>,
  problems: string[],
): void {
  for (const key of ["beaconNodeHeaders", "beaconNodeCa", "beaconNodeCert", "beaconNodeKey"] as const) {
    for (const {node} of values[key]) {
      if (node !== null && !names.has(node))
        problems.push(
          `--${START_OPTIONS[key].name}: there is no ${node}; of the beacon nodes there is ${[...names].join(", ")}`,
        );
    }
  }
}

/** Files that no node would be asked with: the operator believes in a protection that is not there. */
function checkTlsIsUsed(values: Settings<typeof START_OPTIONS>["values"], problems: string[]): void {
  if ([...values.beaconNodes, ...values.proposerNodes].some((url) => url.startsWith("https:"))) return;
  for (const key of ["beaconNodeCa", "beaconNodeCert", "beaconNodeKey"] as const)
    if (values[key].some(({node}) => node === null))
      problems.push(`--${START_OPTIONS[key].name}: no beacon node has an https URL`);
}

type FileOption = "beaconNodeCa" | "beaconNodeCert" | "beaconNodeKey";

/** Reads PEM files; several are one after the other, as TLS takes them. */
function pemReader(
  {absolute}: Settings<typeof START_OPTIONS>,
  {files, problems}: {readonly files: TextFiles; readonly problems: string[]},
) {
  return (option: FileOption, paths: readonly string[]): string | undefined => {
    const texts = paths.map((path) => {
      try {
        return files.read(absolute(path), PEM_SIZE_BYTES_MAX);
      } catch (error) {
        problems.push(`--${START_OPTIONS[option].name}: ${excerpt(path)} cannot be used: ${describeFileError(error)}`);
        return "";
      }
    });
    return texts.length === 0 ? undefined : texts.join("\n");
  };
}

function withoutUndefined<T extends object>(value: T): {[K in keyof T]?: Exclude<T[K], undefined>} {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
}
