import {
  bad,
  integerFrom,
  many,
  type Nearest,
  type OptionTable,
  ok,
  one,
  type Parsed,
  parseText,
  readFlags,
  resolve,
  toggle,
} from "@mote/node/config";

import {type ClusterShape, type NodeRestart, parseShape, readNodeRestarts} from "./cluster-options.ts";

/** What `mote devnet` runs by. */
export interface DevnetConfig {
  readonly validators: number;
  /** Paths of deposit data; their keys are validators beside those of Mote. */
  readonly genesisDeposits: readonly string[];
  readonly secondsPerSlot: number;
  /** `fulu`, `gloas` or `gloas@EPOCH`. */
  readonly fork: string;
  /** Null: until asked to stop. */
  readonly epochs: number | null;
  readonly beaconNodes: number;
  /** A builder offers payloads. */
  readonly builder: boolean;
  /** Null: one node that holds whole keys. */
  readonly middleware: ClusterShape | null;
  /** As they were typed; the devnet reads them. */
  readonly faults: readonly string[];
  readonly restarts: readonly NodeRestart[];
  readonly dialects: readonly string[];
  /** The beacon nodes are peers of a network, and Mote joins it. */
  readonly p2p: boolean;
  /** Of bn0 on that network; 0 for any free one. */
  readonly p2pPort: number;
  /** Port of bn0, the others follow; 0 for any free ones. */
  readonly apiPort: number;
  readonly noNode: boolean;
  /** Null: none. */
  readonly writeTestnet: string | null;
  readonly json: boolean;
  /** Null: a temporary one. */
  readonly datadir: string | null;
  /** Null: as long as the micro-node needs. */
  readonly genesisDelaySec: number | null;
}

const parseFork = (text: string): Parsed<string> =>
  /^(fulu|gloas(@\d{1,6})?)$/.test(text) ? ok(text) : bad("is not fulu, gloas or gloas@EPOCH");

const each = (text: string): Parsed<readonly string[]> => {
  const parsed = parseText(text);
  return parsed.kind === "ok" ? ok([parsed.value]) : parsed;
};

const eachOfList = (text: string): Parsed<readonly string[]> => {
  const items = text.split(",").map((item) => item.trim());
  return items.includes("") ? bad("names an empty file") : ok(items);
};

const chain = "The chain";
const trouble = "Trouble";
const running = "Running it";

export const DEVNET_OPTIONS = {
  validators: one(integerFrom(8, 4_096), 64, {
    name: "validators",
    group: chain,
    placeholder: "<n>",
    fallbackText: "64",
    help: "How many validators vote through Mote.",
  }),
  genesisDeposits: many(eachOfList, [], {
    name: "genesis-deposits",
    group: chain,
    placeholder: "<files>",
    help: "deposit_data-*.json of mote deposit --network devnet, comma-separated or repeated: these keys are validators from genesis on, beside those of Mote, and you run them.",
  }),
  secondsPerSlot: one(integerFrom(1, 60), 2, {
    name: "seconds-per-slot",
    group: chain,
    placeholder: "<n>",
    fallbackText: "2",
    help: "Whole seconds.",
  }),
  fork: one(parseFork, "fulu", {
    name: "fork",
    group: chain,
    placeholder: "<fork>",
    fallbackText: "fulu",
    help: "fulu, gloas from genesis, or gloas@EPOCH.",
  }),
  epochs: one(integerFrom(1, 1_000_000), null, {
    name: "epochs",
    group: chain,
    placeholder: "<n>",
    help: "Stop after so many epochs. Without it the chain runs until Ctrl-C.",
  }),
  beaconNodes: one(integerFrom(1, 16), 1, {
    name: "beacon-nodes",
    group: chain,
    placeholder: "<n>",
    fallbackText: "1",
    help: "How many beacon nodes Mote gets, each a view of the chain that can be faulted.",
  }),
  middleware: one(parseShape, null, {
    name: "middleware",
    group: chain,
    placeholder: "<t-of-n>",
    help: "Distributed validators, 3-of-4 for example: n Motes hold a share of each key, and any t of them sign, behind a small DVT middleware.",
  }),
  p2p: toggle({
    name: "p2p",
    group: chain,
    help: "The beacon nodes are peers on a libp2p network of their own, and Mote joins it: gossip as second publish path, light client, vetoes.",
  }),
  builder: toggle({
    name: "builder",
    group: chain,
    help: "A builder takes part: blinded blocks, and in Gloas bids of its own. Mote may take them.",
  }),
  faults: many(each, [], {
    name: "fault",
    group: trouble,
    placeholder: "<spec>",
    help: "What goes wrong, and when; may be repeated. See below.",
  }),
  dialects: many(each, [], {
    name: "dialect",
    group: trouble,
    placeholder: "<bnN=client>",
    help: "A beacon node that differs from the API's text as a real client does: prysm, lighthouse or charon. May be repeated.",
  }),
  apiPort: one(integerFrom(0, 65_000), 0, {
    name: "api-port",
    group: running,
    placeholder: "<port>",
    fallbackText: "any free ports",
    help: "Port of the first beacon node; the others follow.",
  }),
  p2pPort: one(integerFrom(0, 65_535), 0, {
    name: "p2p-port",
    group: running,
    placeholder: "<port>",
    fallbackText: "any free port",
    help: "With --p2p, port of the first beacon node on the network.",
  }),
  noNode: toggle({
    name: "no-node",
    group: running,
    help: "Serve the chain only, and print the command that joins it.",
  }),
  writeTestnet: one(parseText, null, {
    name: "write-testnet",
    group: running,
    placeholder: "<dir>",
    help: "Write a testnet directory for clients that want to join: config.yaml, genesis.ssz and what goes with them.",
  }),
  datadir: one(parseText, null, {
    name: "datadir",
    aliases: ["data-dir"],
    group: running,
    placeholder: "<dir>",
    fallbackText: "a temporary directory",
    help: "Keep Mote's slashing protection here. Take a new directory for a new chain: with an old one Mote rightly refuses to vote again.",
  }),
  genesisDelay: one(integerFrom(3, 3600), null, {
    name: "genesis-delay",
    group: running,
    placeholder: "<seconds>",
    fallbackText: "6, with --middleware 12, with --no-node 20",
    help: "Time until genesis. When Mote is not ready 2 s before it, the chain is made anew with twice the time.",
  }),
  json: toggle({
    name: "json",
    group: running,
    help: "No live view; one JSON line at the end on standard output, everything else on standard error.",
  }),
} satisfies OptionTable;

export type DevnetConfigResult =
  | {readonly kind: "ok"; readonly config: DevnetConfig}
  | {readonly kind: "refused"; readonly problems: readonly string[]};

export function loadDevnetConfig(argv: readonly string[], nearest: Nearest): DevnetConfigResult {
  const {values, problems} = resolve(DEVNET_OPTIONS, [readFlags(DEVNET_OPTIONS, argv, nearest)]);
  if (problems.length > 0) return {kind: "refused", problems};
  const {genesisDelay, faults: given, ...rest} = values;
  const {middleware, noNode} = rest;
  if (noNode && middleware !== null) {
    return {kind: "refused", problems: ["--middleware: there is nothing to share without a node; leave --no-node out"]};
  }
  if (rest.p2pPort !== 0 && !rest.p2p)
    return {kind: "refused", problems: ["--p2p-port: there is no network without --p2p"]};
  const read = readNodeRestarts(given, {nodes: noNode ? 0 : (middleware?.operators ?? 1)});
  if (read.problems.length > 0) return {kind: "refused", problems: read.problems};
  const {faults, restarts} = read;
  return {kind: "ok", config: {...rest, faults, restarts, genesisDelaySec: genesisDelay}};
}
