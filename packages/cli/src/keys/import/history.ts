import type {ImportReport, Pubkey} from "@mote/core";
import type {NetworkChoice, StoreConfig} from "@mote/node/config";
import {RefusedError} from "../../command/refused-error.ts";
import {counted} from "../../command/say.ts";
import type {CommandIo} from "../../command-io.ts";
import type {Prompter} from "../../prompt/prompter.ts";
import {takeInHistory} from "../../slashing-protection/import-command.ts";
import {openInputFile} from "../../slashing-protection/input-file.ts";
import {openExisting} from "../../slashing-protection/open-existing.ts";
import {quoted} from "../shell-word.ts";
import {CLIENT_NAMES, CLIENTS, type Client, exportCommand} from "../sources/client.ts";
import type {FoundSource} from "../sources/found-source.ts";

export interface HistoryChoice {
  /** EIP-3076, absolute; null when there is none. */
  readonly file: string | null;
  /** What the file does not name has signed nothing, says the operator. */
  readonly neverSigned: boolean;
}

export interface HistoryComponents {
  readonly io: CommandIo;
  readonly config: StoreConfig;
  readonly prompter: Prompter;
  readonly say: (line: string) => void;
}

/**
 * What the keys have signed is on record before any of them is in the folder. A key whose past nobody tells comes in only when somebody vouches
 * that it has none.
 * @returns what the file brought; null without a file
 * @throws {RefusedError} when nobody does
 */
export async function takeOverHistory(
  pubkeys: readonly Pubkey[],
  {file, neverSigned}: HistoryChoice,
  sources: readonly FoundSource[],
  components: HistoryComponents,
): Promise<ImportReport | null> {
  const report = file === null ? null : await takeInFile(file, components);
  const told = new Set(report?.keys.map(({pubkey}) => pubkey));
  const untold = await notOnRecord(
    pubkeys.filter((pubkey) => !told.has(pubkey)),
    components.config,
  );
  if (untold.length > 0 && !neverSigned) await askWhetherNew(untold, sources, components);
  return report;
}

async function takeInFile(path: string, {io, config}: HistoryComponents): Promise<ImportReport> {
  const file = await openInputFile(path, io);
  try {
    return await takeInHistory(file, config, io);
  } finally {
    await file.close();
  }
}

/** A key that was here before has its records still. */
async function notOnRecord(pubkeys: readonly Pubkey[], config: StoreConfig): Promise<readonly Pubkey[]> {
  if (pubkeys.length === 0) return [];
  const opened = await openExisting(config).catch((error: unknown) => {
    // There is no store yet.
    if (error instanceof RefusedError) return null;
    throw error;
  });
  if (opened === null) return pubkeys;
  try {
    const unknown: Pubkey[] = [];
    for (const pubkey of pubkeys) if ((await opened.store.newest(pubkey)) === null) unknown.push(pubkey);
    return unknown;
  } finally {
    await opened.store.close();
  }
}

async function askWhetherNew(
  pubkeys: readonly Pubkey[],
  sources: readonly FoundSource[],
  {config, prompter, say}: HistoryComponents,
): Promise<void> {
  const keys = counted(pubkeys.length, "key");
  say(`nothing tells what ${keys} (${pubkeys[0]}${pubkeys.length > 1 ? ", …" : ""}) may have signed before`);
  say(
    "a key that signs again what it has signed otherwise is slashed: stop the client that ran it, let that client write",
  );
  say("what it has signed into a file, and import again with --slashing-protection <file>:");
  for (const line of exportHints(sources, config.network)) say(`  ${line}`);
  const text = `Are you certain that ${pubkeys.length === 1 ? "it has" : "all of them have"} never signed anything?`;
  const flag = "--slashing-protection <file>, or --never-signed for keys that are new";
  if (await prompter.confirm({text, flag})) return;
  throw new RefusedError("no key was imported");
}

/** The client's command where the client is known, else all of them. */
function exportHints(sources: readonly FoundSource[], network: NetworkChoice): readonly string[] {
  const known = sources.flatMap(({path, client, histories}): {client: Client; datadir: string}[] => {
    if (histories.length > 0) return [...histories];
    return client === null ? [] : [{client, datadir: path}];
  });
  const all =
    known.length > 0
      ? known.map(({client, datadir}) => ({client, datadir: quoted(datadir)}))
      : CLIENTS.map((client) => ({client, datadir: "<its data directory>"}));
  const lines = all.map(({client, datadir}) => `${CLIENT_NAMES[client]}: ${exportCommand(client, {datadir, network})}`);
  return [...new Set(lines)];
}
