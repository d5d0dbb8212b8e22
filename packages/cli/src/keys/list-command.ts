import {relative} from "node:path";
import type {StoredKey} from "@mote/duty-signing";
import {counted, say} from "../command/say.ts";
import {EXIT_ASKED_TO_STOP} from "../command-io.ts";
import {columns, widthOf} from "../screen/columns.ts";
import type {KeysContext} from "./context.ts";
import {keysIn} from "./folder-keys.ts";
import type {LIST_OPTIONS} from "./options.ts";

/** Key 9 comes before key 10. */
const BY_NUMBERS = new Intl.Collator("en", {numeric: true});

/** `mote keys list` */
export async function listKeysCommand({
  io,
  values,
  folder,
  folders,
}: KeysContext<typeof LIST_OPTIONS>): Promise<number> {
  const {keys: stored, failed} = await keysIn(folder);
  const keys = stored.toSorted((a, b) => BY_NUMBERS.compare(a.file, b.file));
  if (values.json) {
    io.stdout.write(`${JSON.stringify({keys, failed})}\n`);
    return EXIT_ASKED_TO_STOP;
  }
  for (const {file, detail, reason} of failed) say(io, `${file}: ${detail} (${reason})`);
  if (keys.length === 0) say(io, `there are no keys in ${folders.keystoresDir}: mote keys new, or mote keys import`);
  else io.stdout.write(keysTable(keys, {keystoresDir: folders.keystoresDir, widthMax: widthOf(io.stdout)}));
  return EXIT_ASKED_TO_STOP;
}

function keysTable(
  keys: readonly StoredKey[],
  {keystoresDir, widthMax}: {readonly keystoresDir: string; readonly widthMax: number},
): string {
  const rows = keys.map(({pubkey, isEnabled, derivationPath, file}) => [
    pubkey,
    isEnabled ? "enabled" : "disabled",
    derivationPath ?? "–",
    relative(keystoresDir, file),
  ]);
  const disabled = keys.filter(({isEnabled}) => !isEnabled).length;
  const summary = `${counted(keys.length, "key")} in ${keystoresDir}${disabled > 0 ? `, ${disabled} of them disabled` : ""}`;
  return `${summary}\n${columns([["public key", "", "path", "file"], ...rows], widthMax)}`;
}
