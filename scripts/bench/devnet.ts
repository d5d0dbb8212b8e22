import {Child} from "./child.ts";

const OPEN_TIMEOUT_MS = 60_000;
export const FEE_RECIPIENT = `0x${"42".repeat(20)}`;

export interface DevnetInit {
  readonly validators: number;
  readonly secondsPerSlot: number;
  readonly genesisDelaySec: number;
  /** Without it the chain runs until it is stopped. */
  readonly epochs?: number;
}

/** A chain without a node of its own. */
export interface RunningDevnet {
  readonly child: Child;
  /** Base URL of its beacon node. */
  readonly url: string;
}

export async function openDevnet(init: DevnetInit): Promise<RunningDevnet> {
  const {validators, secondsPerSlot, genesisDelaySec, epochs} = init;
  const words = ["devnet", "--no-node", "--json", "--validators", `${validators}`];
  words.push("--seconds-per-slot", `${secondsPerSlot}`, "--genesis-delay", `${genesisDelaySec}`);
  if (epochs !== undefined) words.push("--epochs", `${epochs}`);
  const child = Child.mote(words);
  const findUrl = (line: string) => /--beacon-nodes (http:\S+)/.exec(line)?.[1] ?? null;
  return {child, url: await child.waitFor("the devnet's address", findUrl, OPEN_TIMEOUT_MS)};
}

/** The words that make `mote start` vote for all validators of the chain. */
export const joinWords = (url: string, datadir: string): string[] => [
  "start",
  ...["--network", "devnet", "--beacon-nodes", url, "--datadir", datadir, "--log-format", "json"],
  ...["--suggested-fee-recipient", FEE_RECIPIENT, "--init-slashing-protection"],
];
