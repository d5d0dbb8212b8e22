import {redactUrl} from "@mote/core";
import {BEACON_NODE_OPTIONS, DOPPELGANGER_OPTION} from "./beacon-node-options.ts";
import {KEYMANAGER_OPTIONS} from "./keymanager-options.ts";
import {one, toggle} from "./make-option.ts";
import {MAINNET_FLAG} from "./network.ts";
import {NETWORK_NAMES} from "./network-facts.ts";
import type {OptionTable} from "./option.ts";
import {P2P_OPTIONS} from "./p2p-options.ts";
import {PROPOSER_OPTIONS} from "./proposer-options.ts";
import {SIGNER_OPTIONS} from "./signer-options.ts";
import {oneOf, parseKeyRanges, parseMonitoringUrl, parsePort, parsePostgresUrl, parseText} from "./value-parsers.ts";

const chain = "The chain";
const keys = "Keys";
const files = "Files";
const protection = "Slashing protection";
const watching = "Watching it";

const CHAIN_OPTIONS = {
  network: one(oneOf(...NETWORK_NAMES, "devnet"), null, {
    name: "network",
    group: chain,
    placeholder: "<name>",
    help: `${NETWORK_NAMES.join(", ")}, or devnet: whatever chain the beacon nodes are on. Give this or --testnet-dir.`,
  }),
  testnetDir: one(parseText, null, {
    name: "testnet-dir",
    group: chain,
    placeholder: "<dir>",
    help: "A custom network: a directory with its config.yaml, of any preset and slot time.",
  }),
} satisfies OptionTable;

const FILE_OPTIONS = {
  datadir: one(parseText, null, {
    name: "datadir",
    aliases: ["data-dir", "data-path"],
    group: files,
    placeholder: "<dir>",
    fallbackText: "~/.mote/<network>",
    help: "Where Mote keeps its keys and its slashing protection. One running Mote per directory.",
  }),
  configFile: one(parseText, null, {
    name: "config-file",
    group: files,
    placeholder: "<file>",
    help: "YAML or JSON with these options as keys. Flags win over MOTE_… variables, these over the file.",
  }),
} satisfies OptionTable;

const SHARED_STORE_OPTIONS = {
  slashingProtectionUrl: one(parsePostgresUrl, null, {
    name: "slashing-protection-url",
    group: protection,
    placeholder: "<postgres://…>",
    fallbackText: "a database in the datadir",
    help: "A PostgreSQL database that several Motes with the same keys share.",
    show: redactUrl,
  }),
  slashingProtectionPasswordFile: one(parseText, null, {
    name: "slashing-protection-password-file",
    group: protection,
    placeholder: "<file>",
    help: "File with the password for that database.",
  }),
} satisfies OptionTable;

/** What every command needs that opens the slashing protection of a chain. */
export const STORE_OPTIONS = {...CHAIN_OPTIONS, ...FILE_OPTIONS, ...SHARED_STORE_OPTIONS} satisfies OptionTable;

/** Every setting of `mote start`: flags, environment, config file and help are made from this table alone. */
export const START_OPTIONS = {
  ...CHAIN_OPTIONS,
  acceptMainnet: toggle({
    name: MAINNET_FLAG,
    group: chain,
    help: "Let Mote run with real money although nobody outside the project has audited it.",
  }),
  ...BEACON_NODE_OPTIONS,
  keystoresDir: one(parseText, null, {
    name: "keystores-dir",
    aliases: ["validators-dir"],
    group: keys,
    placeholder: "<dir>",
    fallbackText: "<datadir>/validator_keys",
    help: "Folder of EIP-2335 keystores (keystore-*.json).",
  }),
  secretsDir: one(parseText, null, {
    name: "secrets-dir",
    group: keys,
    placeholder: "<dir>",
    fallbackText: "<datadir>/secrets",
    help: "Folder with one password file per keystore, named 0x<pubkey>.",
  }),
  interopKeys: one(parseKeyRanges, null, {
    name: "interop-keys",
    group: keys,
    placeholder: "<0..63>",
    help: "Well-known keys without any secret, for --network devnet only.",
  }),
  ...SIGNER_OPTIONS,
  distributed: toggle({
    name: "distributed",
    group: keys,
    help: "The keys are shares of a distributed validator, whose middleware is the beacon node.",
  }),
  doppelgangerProtection: DOPPELGANGER_OPTION,
  ...PROPOSER_OPTIONS,
  ...FILE_OPTIONS,
  initSlashingProtection: toggle({
    name: "init-slashing-protection",
    group: protection,
    help: "Begin a new database: these keys have never signed, or nothing has signed with them for two epochs.",
  }),
  ...SHARED_STORE_OPTIONS,
  ...P2P_OPTIONS,
  ...KEYMANAGER_OPTIONS,
  logLevel: one(oneOf("error", "warn", "info", "debug"), "info", {
    name: "log-level",
    group: watching,
    placeholder: "<level>",
    fallbackText: "info",
    help: "error, warn, info or debug.",
  }),
  logFormat: one(oneOf("human", "json"), "human", {
    name: "log-format",
    shorthands: {json: "json"},
    group: watching,
    placeholder: "<human|json>",
    fallbackText: "human",
    help: "Lines for people, or one JSON object a line; --json is short for the latter.",
  }),
  metrics: toggle({
    name: "metrics",
    group: watching,
    help: "Serve Prometheus metrics.",
  }),
  metricsAddress: one(parseText, "127.0.0.1", {
    name: "metrics-address",
    group: watching,
    placeholder: "<ip>",
    fallbackText: "127.0.0.1",
    help: "Address that the metrics listen on.",
  }),
  metricsPort: one(parsePort, 5064, {
    name: "metrics-port",
    group: watching,
    placeholder: "<port>",
    fallbackText: "5064",
    help: "Port that the metrics listen on.",
  }),
  monitoringEndpoint: one(parseMonitoringUrl, null, {
    name: "monitoring-endpoint",
    group: watching,
    placeholder: "<url>",
    help: "A service such as beaconcha.in to send figures of this process to, once a minute. No keys are among them.",
    show: redactUrl,
  }),
} satisfies OptionTable;
