import {existsSync} from "node:fs";
import {join} from "node:path";
import type {KeystoreFolders} from "@mote/duty-signing";
import {isEmptyBeginning, networkName, type StoreConfig} from "@mote/node/config";
import {quoted} from "./shell-word.ts";

/** What the commands that come next are to find again. */
export interface SameKeys {
  readonly config: StoreConfig;
  readonly folders: KeystoreFolders;
  readonly io: {readonly homeDir: string};
}

/** The options that lead another command to the same chain and data directory, as a shell reads them. */
export function networkFlags({config: {network, datadir}, io: {homeDir}}: Omit<SameKeys, "folders">): string {
  const chain = network.kind === "testnet" ? ["--testnet-dir", network.dir] : ["--network", networkName(network)];
  const isDefault = datadir === join(homeDir, ".mote", networkName(network));
  return [...chain, ...(isDefault ? [] : ["--datadir", datadir])].map(quoted).join(" ");
}

/** As {@link networkFlags}, for a command that reads the keys themselves. */
export function keyFlags({config, folders, io}: SameKeys): string {
  const {datadir} = config;
  const elsewhere = [
    ...(folders.keystoresDir === join(datadir, "validator_keys") ? [] : ["--keystores-dir", folders.keystoresDir]),
    ...(folders.secretsDir === join(datadir, "secrets") ? [] : ["--secrets-dir", folders.secretsDir]),
  ];
  return [networkFlags({config, io}), ...elsewhere.map(quoted)].join(" ");
}

/** Nothing has been signed here yet, and the first start has to say so. */
export const isProtectionNew = ({config: {protectionStore}}: Pick<SameKeys, "config">): boolean =>
  (protectionStore.kind === "level" && !existsSync(protectionStore.path)) || isEmptyBeginning(protectionStore);

/** How Mote is started with keys that may have run elsewhere. */
export function startCommand(keys: SameKeys): string {
  const begin = isProtectionNew(keys) ? " --init-slashing-protection" : "";
  return `mote start ${keyFlags(keys)} --beacon-nodes <url> --enable-doppelganger-protection${begin}`;
}
