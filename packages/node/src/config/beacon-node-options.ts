import {
  BROADCAST_TOPICS,
  type BroadcastTopic,
  STRATEGY_CHOICES,
  STRATEGY_KINDS,
  type Strategy,
  type StrategyKind,
} from "@mote/beacon-nodes/choices";
import {redactUrl} from "@mote/core";
import {many, one, toggle} from "./make-option.ts";
import type {OptionTable} from "./option.ts";
import {bad, ok, type Parsed} from "./parsed.ts";
import {integerFrom, joinBeaconNodeUrls, parseBeaconNodeUrls} from "./value-parsers.ts";

/** For the beacon node of this name, or for all of them. */
export interface NodeSetting<V> {
  readonly node: string | null;
  readonly value: V;
}
export type Header = readonly [name: string, value: string];

type StrategyChoice = readonly [StrategyKind, Strategy];

/** As a person writes them; duties have no choice. */
const KINDS_BY_NAME = new Map(
  STRATEGY_KINDS.filter((kind) => STRATEGY_CHOICES[kind].length > 1).map((kind) => [kind.replaceAll("_", "-"), kind]),
);
const KIND_NAMES = [...KINDS_BY_NAME.keys()].join(", ");
const TOPICS_BY_NAME = new Map(
  BROADCAST_TOPICS.map((topic) => [topic.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), topic]),
);
const TOPIC_NAMES = [...TOPICS_BY_NAME.keys()].join(", ");

/** `attestation=best,block=first`. */
export function parseStrategies(text: string): Parsed<readonly StrategyChoice[]> {
  const choices: StrategyChoice[] = [];
  for (const part of text.split(",")) {
    const [name = "", ...rest] = part.trim().split("=");
    const strategy = rest.join("=");
    const kind = KINDS_BY_NAME.get(name);
    if (kind === undefined) return bad(`is not kind=strategy with a kind of ${KIND_NAMES}`);
    const sensible: readonly Strategy[] = STRATEGY_CHOICES[kind];
    const chosen = sensible.find((each) => each === strategy);
    if (chosen === undefined) return bad(`is no strategy for ${name}: that is ${sensible.join(" or ")}`);
    choices.push([kind, chosen]);
  }
  return joinStrategies([], choices);
}

function joinStrategies(
  earlier: readonly StrategyChoice[],
  later: readonly StrategyChoice[],
): Parsed<readonly StrategyChoice[]> {
  const all = [...earlier, ...later];
  return new Set(all.map(([kind]) => kind)).size < all.length ? bad("names one kind twice") : ok(all);
}

export function parseBroadcast(text: string): Parsed<readonly BroadcastTopic[]> {
  if (text.trim() === "none") return ok([]);
  const topics: BroadcastTopic[] = [];
  for (const part of text.split(",")) {
    const topic = TOPICS_BY_NAME.get(part.trim());
    if (topic === undefined) return bad(`is not none, and not a list of ${TOPIC_NAMES}`);
    topics.push(topic);
  }
  return ok(topics);
}

/** `bn1=<rest>`, or `<rest>` for all nodes. */
function parseNodeSetting<V>(text: string, parse: (rest: string) => Parsed<V>): Parsed<readonly NodeSetting<V>[]> {
  const [, node = null, rest = ""] = /^(?:(bn\d{1,2}|proposer\d{1,2})=)?(.*)$/s.exec(text) ?? [];
  const value = parse(rest);
  return value.kind === "ok" ? ok([{node, value: value.value}]) : value;
}

/** RFC 9110: a token, and a value of one line. */
export const parseHeader = (text: string): Parsed<readonly NodeSetting<Header>[]> =>
  parseNodeSetting(text, (rest) => {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}):[ \t]*([\x20-\x7e]{0,4096}?)[ \t]*$/.exec(rest) ?? [];
    return name === undefined || value === undefined ? bad("is not a header such as Name: value") : ok([name, value]);
  });

const parseNodeFile = (text: string): Parsed<readonly NodeSetting<string>[]> =>
  parseNodeSetting(text, (rest) => (rest === "" ? bad("names no file") : ok(rest)));

const group = "Beacon nodes";

/** What beacon nodes want to see before they answer. */
export const NODE_ACCESS_OPTIONS = {
  beaconNodeHeaders: many(parseHeader, [], {
    name: "beacon-node-header",
    group,
    placeholder: "<[bnN=]Name: value>",
    help: "A header for all requests to all beacon nodes, or to one. Its value is never printed.",
    show: () => "…",
  }),
  beaconNodeCa: many(parseNodeFile, [], {
    name: "beacon-node-ca",
    group,
    placeholder: "<[bnN=]file>",
    help: "Certificates (PEM) that https beacon nodes are checked by, instead of the system's.",
  }),
  beaconNodeCert: many(parseNodeFile, [], {
    name: "beacon-node-cert",
    group,
    placeholder: "<[bnN=]file>",
    help: "Client certificate (PEM) to show to beacon nodes.",
  }),
  beaconNodeKey: many(parseNodeFile, [], {
    name: "beacon-node-key",
    group,
    placeholder: "<[bnN=]file>",
    help: "Key (PEM) of that certificate.",
  }),
} satisfies OptionTable;

export const BEACON_NODE_OPTIONS = {
  beaconNodes: many(
    parseBeaconNodeUrls,
    ["http://localhost:5052"],
    {
      name: "beacon-nodes",
      aliases: ["beacon-node"],
      group,
      placeholder: "<url,url>",
      fallbackText: "http://localhost:5052",
      help: "Beacon nodes to work with, comma-separated or repeated: bn0, bn1 and so on. With several, Mote signs only what more than half of them agree on.",
      show: redactUrl,
    },
    joinBeaconNodeUrls,
  ),
  proposerNodes: many(
    parseBeaconNodeUrls,
    [],
    {
      name: "proposer-nodes",
      group,
      placeholder: "<url,url>",
      help: "Beacon nodes for blocks alone: proposer0, proposer1 and so on. Blocks are asked from and sent to these.",
      show: redactUrl,
    },
    joinBeaconNodeUrls,
  ),
  strategies: many(
    parseStrategies,
    [],
    {
      name: "strategy",
      group,
      placeholder: "<kind=strategy>",
      fallbackText: "see the documentation",
      help: `How several nodes are asked: first (the healthiest), best, or threshold. Of ${KIND_NAMES}.`,
    },
    joinStrategies,
  ),
  threshold: one(integerFrom(1, 32), null, {
    name: "threshold",
    group,
    placeholder: "<n>",
    fallbackText: "more than half",
    help: "How many beacon nodes must agree where the strategy is threshold.",
  }),
  broadcast: many(parseBroadcast, BROADCAST_TOPICS, {
    name: "broadcast",
    group,
    placeholder: "<list|none>",
    fallbackText: "all",
    help: `What is sent to every beacon node: ${TOPIC_NAMES}. The rest goes to the healthiest.`,
  }),
  ...NODE_ACCESS_OPTIONS,
} satisfies OptionTable;

export const DOPPELGANGER_OPTION = toggle({
  name: "enable-doppelganger-protection",
  aliases: ["doppelganger-detection"],
  group: "Keys",
  help: "Watch new keys for a whole epoch before they sign, and stop (exit code 129) when another signer uses one of the keys.",
});
