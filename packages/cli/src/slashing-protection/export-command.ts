import {existsSync} from "node:fs";
import {resolve} from "node:path";
import {DiskTextFiles, loadStoreConfig} from "@mote/node/config";
import {type CommandIo, EXIT_ASKED_TO_STOP, refuse} from "../command-io.ts";
import {nearest} from "../nearest.ts";
import {exportHelp} from "./help.ts";
import {openExisting} from "./open-existing.ts";
import {EXPORT_OPTIONS} from "./options.ts";
import {isThere, writeToFile, writeToStream} from "./output-file.ts";

const NAME = "mote slashing-protection export";

export async function exportCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    io.stdout.write(exportHelp());
    return 0;
  }
  const loaded = loadStoreConfig(EXPORT_OPTIONS, {...io, argv}, {files: new DiskTextFiles(), nearest});
  for (const warning of loaded.warnings) io.stderr.write(`mote: ${warning}\n`);
  if (loaded.kind === "refused") return refuse(io, loaded.problems, NAME);
  const {to, overwrite, minify, pubkeys} = loaded.values;
  if (to === null && overwrite) return refuse(io, ["--overwrite: there is no --to that it could be for"], NAME);
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
