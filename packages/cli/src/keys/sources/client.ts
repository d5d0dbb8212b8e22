import {join} from "node:path";
import {type NetworkChoice, networkName} from "@mote/node/config";
import {quoted} from "../shell-word.ts";

/** The validator clients whose folders are known. */
export const CLIENTS = ["lighthouse", "prysm", "teku", "nimbus", "lodestar", "mote"] as const;
export type Client = (typeof CLIENTS)[number];

export const CLIENT_NAMES: Readonly<Record<Client, string>> = {
  lighthouse: "Lighthouse",
  prysm: "Prysm",
  teku: "Teku",
  nimbus: "Nimbus",
  lodestar: "Lodestar",
  mote: "Mote",
};

/** A client's own record of what it signed, which only that client can read. */
export interface ClientHistory {
  readonly client: Client;
  /** What it keeps it in. */
  readonly path: string;
  /** The client's data directory, as its export command wants it. */
  readonly datadir: string;
}

/** What to type so that the client writes what it signed into a file that every client reads. @param datadir as a shell reads it */
export function exportCommand(client: Client, {datadir, network}: {datadir: string; network: NetworkChoice}): string {
  // Of Lighthouse, and Mote's too.
  const chain =
    network.kind === "testnet" ? `--testnet-dir ${quoted(network.dir)}` : `--network ${networkName(network)}`;
  // It knows such a network by its parameters alone, and asks a beacon node for the rest.
  const lodestarNetwork =
    network.kind === "testnet"
      ? `--paramsFile ${quoted(join(network.dir, "config.yaml"))} --beaconNodes <url>`
      : `--network ${networkName(network)}`;
  switch (client) {
    case "lighthouse":
      return `lighthouse account validator slashing-protection export slashing-protection.json ${chain} --datadir ${datadir}`;
    case "prysm":
      return `validator slashing-protection-history export --datadir=${datadir} --slashing-protection-export-dir=.`;
    case "teku":
      return `teku slashing-protection export --data-path=${datadir} --to=slashing-protection.json`;
    case "nimbus":
      return `nimbus_beacon_node --data-dir=${datadir} slashingdb export slashing-protection.json`;
    case "lodestar":
      return `lodestar validator slashing-protection export ${lodestarNetwork} --dataDir ${datadir} --file slashing-protection.json`;
    case "mote":
      return `mote slashing-protection export ${chain} --datadir ${datadir} --to slashing-protection.json`;
  }
}
