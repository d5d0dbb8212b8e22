import {mkdirSync, writeFileSync} from "node:fs";
import {join} from "node:path";
import {Child, eventOf} from "../child.ts";
import {FEE_RECIPIENT} from "../devnet.ts";
import type {BenchChainInit} from "./chain-init.ts";

const OPEN_TIMEOUT_MS = 30_000;
const CHAIN_PROCESS = join(import.meta.dirname, "chain-process.ts");
const FORKS = ["ALTAIR", "BELLATRIX", "CAPELLA", "DENEB", "ELECTRA", "FULU"];

export interface OpenChainInit extends Partial<Omit<BenchChainInit, "genesisTimeSec" | "spec">> {
  readonly slotMs: number;
  /** The chain stands there when `leadSec` are over. */
  readonly startSlot: number;
  readonly leadSec: number;
  /** The process that is the chain; without it, beacon nodes alone. */
  readonly script?: string;
  /** Due times that differ from mainnet's, in basis points of a slot. */
  readonly due?: Readonly<Record<string, string>>;
}

/** A chain of mainnet's preset and sizes, whose blocks are always there and right. */
export interface OpenChain {
  readonly child: Child;
  /** Its first words. */
  readonly listening: Readonly<Record<string, unknown>>;
  readonly urls: readonly string[];
  readonly genesisTimeSec: number;
  /** The words that make `mote start` join it. */
  readonly startWords: (datadir: string) => string[];
}

/** @param dir takes what describes the chain */
export async function openChain(dir: string, init: OpenChainInit): Promise<OpenChain> {
  const {slotMs, startSlot, leadSec, script = CHAIN_PROCESS, due = {}, ...rest} = init;
  const spec: Record<string, string> = {
    PRESET_BASE: "mainnet",
    CONFIG_NAME: "bench",
    SLOT_DURATION_MS: String(slotMs),
    SECONDS_PER_SLOT: String(slotMs / 1000),
    GENESIS_FORK_VERSION: "0x00000b00",
    ...Object.fromEntries(FORKS.map((fork, at) => [`${fork}_FORK_VERSION`, `0x0${at + 1}000b00`])),
    ...Object.fromEntries(FORKS.map((fork) => [`${fork}_FORK_EPOCH`, "0"])),
    DEPOSIT_CHAIN_ID: "1337",
    DEPOSIT_NETWORK_ID: "1337",
    DEPOSIT_CONTRACT_ADDRESS: `0x${"42".repeat(20)}`,
    ...due,
  };
  const testnetDir = join(dir, "testnet");
  mkdirSync(testnetDir);
  const config = Object.entries(spec).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(testnetDir, "config.yaml"), config.join(""));
  const chain: BenchChainInit = {
    genesisTimeSec: Math.ceil(Date.now() / 1000 + leadSec - (startSlot * slotMs) / 1000),
    slotMs,
    spec,
    nodes: 1,
    headDelayMs: 100,
    syncSeats: 0,
    proposes: false,
    jsonFromSlot: null,
    faults: [],
    ...rest,
  };
  const child = new Child({argv: [script, JSON.stringify(chain)], env: {LODESTAR_PRESET: "mainnet"}});
  const listening = await child.waitFor("the chain", (line) => eventOf(line, "listening"), OPEN_TIMEOUT_MS);
  const urls = listening.urls as string[];
  const startWords = (datadir: string) => [
    "start",
    ...["--testnet-dir", testnetDir, "--beacon-nodes", urls.join(","), "--datadir", datadir],
    ...["--suggested-fee-recipient", FEE_RECIPIENT, "--log-format", "json", "--init-slashing-protection"],
  ];
  return {child, listening, urls, genesisTimeSec: chain.genesisTimeSec, startWords};
}
