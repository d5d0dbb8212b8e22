import {existsSync} from "node:fs";
import {resolve} from "node:path";
import {loadCommand} from "../command/load-command.ts";
import {type CommandIo, EXIT_ASKED_TO_STOP, refuse} from "../command-io.ts";
import {isThere, writeToFile, writeToStream} from "../files/output-file.ts";
import {EXPORT} from "./help.ts";
import {openExisting} from "./open-existing.ts";

export async function exportCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  const loaded = loadCommand(EXPORT, argv, io);
  if (typeof loaded === "number") return loaded;
  const {to, overwrite, minify, pubkeys} = loaded.values;
  if (to === null && overwrite) return refuse(io, ["--overwrite: there is no --to that it could be for"], EXPORT.name);
  const path = to === null ? null : resolve(io.workingDir, to);
  if (path !== null && !overwrite && existsSync(path)) throw isThere(path);
  const {store} = await openExisting(loaded.config);
  try {
    const pieces = store.exportInterchange(pubkeys ?? undefined, {isMinified: minify});
    if (path === null) {
      // Whoever reads has what it wanted.
      io.endOnBrokenPipe(EXIT_ASKED_TO_STOP);
      await writeToStream(pieces, io.stdout, io.stop);
    } else {
      await writeToFile(pieces, {path, mayReplace: overwrite, stop: io.stop});
      io.stderr.write(`mote: exported to ${path}\n`);
    }
    return 0;
  } finally {
    await store.close();
  }
}
