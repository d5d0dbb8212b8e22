import {existsSync} from "node:fs";
import type {Pubkey} from "@mote/core";
import {RefusedError} from "../command/refused-error.ts";
import {counted, say} from "../command/say.ts";
import {EXIT_ASKED_TO_STOP} from "../command-io.ts";
import {timestampedPath, writeToFile} from "../files/output-file.ts";
import {openExisting} from "../slashing-protection/open-existing.ts";
import {changeKeys} from "./change-keys.ts";
import type {KeysContext} from "./context.ts";
import {keysIn} from "./folder-keys.ts";
import {whileHeld} from "./held-folder.ts";
import type {REMOVE_OPTIONS} from "./options.ts";
import {selectKeys} from "./select-keys.ts";

type RemoveContext = KeysContext<typeof REMOVE_OPTIONS>;

const SHOWN_MAX = 10;

/**
 * `mote keys remove`: disabled first, so that nothing signs with them whatever comes in between; then what they signed is written down for whoever
 * runs them next; then they go.
 */
export async function removeKeysCommand(context: RemoveContext): Promise<number> {
  const {io, words, values, folder, folders} = context;
  return await whileHeld(folders, async () => {
    const pubkeys = selectKeys((await keysIn(folder)).keys, {words, all: values.all}).map(({pubkey}) => pubkey);
    if (pubkeys.length === 0) throw new RefusedError(`there are no keys in ${folders.keystoresDir}`);
    const path = exportPath(context);
    if (!values.yes) await confirm(pubkeys, context);
    await changeKeys("disabled", () => folder.setEnabledAll(pubkeys, false), context);
    const isExported = await exportHistory(pubkeys, path, context).catch((error: unknown) => {
      say(
        io,
        `nothing was removed: ${counted(pubkeys.length, "key")} disabled so far, and mote keys enable takes that back`,
      );
      throw error;
    });
    await changeKeys("removed", () => folder.removeAll(pubkeys), context);
    io.stdout.write(removedText(pubkeys, isExported ? path : null));
    return EXIT_ASKED_TO_STOP;
  });
}

/** @throws {RefusedError} when a file is there: it may hold another history */
function exportPath({values, config, clock, absolute}: RemoveContext): string {
  if (values.export === null)
    return timestampedPath(config.datadir, "slashing-protection-removed", Math.floor(clock.nowMs() / 1000));
  const path = absolute(values.export);
  if (existsSync(path)) throw new RefusedError(`--export: ${path} is there already: give another name`);
  return path;
}

async function confirm(pubkeys: readonly Pubkey[], {io, folders, prompter}: RemoveContext): Promise<void> {
  const keys = counted(pubkeys.length, "key");
  say(
    io,
    `${keys} will be taken out of ${folders.keystoresDir}, keystore and password, and only a mnemonic or a copy brings them back:`,
  );
  for (const pubkey of pubkeys.slice(0, SHOWN_MAX)) say(io, `  ${pubkey}`);
  if (pubkeys.length > SHOWN_MAX) say(io, `  … and ${pubkeys.length - SHOWN_MAX} more`);
  if (await prompter.confirm({text: `Remove ${keys}?`, flag: "--yes"})) return;
  throw new RefusedError("nothing was removed");
}

/** @returns false when there is no slashing protection: this Mote has never run, or has lost it */
async function exportHistory(pubkeys: readonly Pubkey[], path: string, {config, io}: RemoveContext): Promise<boolean> {
  const {protectionStore} = config;
  if (protectionStore.kind === "level" && !existsSync(protectionStore.path)) return false;
  const {store} = await openExisting(config);
  try {
    await writeToFile(store.exportInterchange(pubkeys), {path, mayReplace: false, stop: io.stop});
    return true;
  } finally {
    await store.close();
  }
}

function removedText(pubkeys: readonly Pubkey[], path: string | null): string {
  const lines = [`removed ${counted(pubkeys.length, "key")}`, ...pubkeys.map((pubkey) => `  ${pubkey}`)];
  if (path === null) {
    lines.push(
      "There is no slashing protection here, so nothing tells what they have signed. If this Mote ever ran with",
    );
    lines.push("them, find its slashing protection before they are used elsewhere.");
  } else {
    lines.push(`What they have signed: ${path}`);
    lines.push("Whoever runs them next has to import that file first.");
  }
  return `${lines.join("\n")}\n`;
}
