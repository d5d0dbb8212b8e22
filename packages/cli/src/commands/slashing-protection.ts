import {setFlagsFromString} from "node:v8";
import {type CommandIo, EXIT_ERROR, refuse} from "../command-io.ts";
import {nearest} from "../nearest.ts";
import {exportCommand} from "../slashing-protection/export-command.ts";
import {SLASHING_PROTECTION_HELP} from "../slashing-protection/help.ts";
import {importCommand} from "../slashing-protection/import-command.ts";
import {statusCommand} from "../slashing-protection/status-command.ts";
import {storeFailure} from "../slashing-protection/store-failure.ts";

const COMMANDS = {
  import: {run: importCommand, whenStopped: "nothing was imported"},
  export: {run: exportCommand, whenStopped: "the export is not complete"},
  status: {run: statusCommand, whenStopped: "the table is not complete"},
};
const NAMES = Object.keys(COMMANDS);

/** `mote slashing-protection import | export | status` */
export async function slashingProtectionCommand(
  [name = "help", ...argv]: readonly string[],
  io: CommandIo,
): Promise<number> {
  if (name === "help" || name === "--help" || name === "-h") {
    io.stdout.write(SLASHING_PROTECTION_HELP);
    return 0;
  }
  const command = NAMES.includes(name) ? COMMANDS[name as keyof typeof COMMANDS] : null;
  if (command === null) {
    const suggestion = nearest(name, NAMES);
    const hint = suggestion === null ? "there are import, export and status" : `did you mean ${suggestion}?`;
    return refuse(
      io,
      [`slashing-protection has no ${JSON.stringify(name.slice(0, 80))}: ${hint}`],
      "mote slashing-protection",
    );
  }
  // Files of any size pass through here: without it V8 lets its heap grow with all that it has seen.
  setFlagsFromString("--optimize-for-size");
  try {
    return await command.run(argv, io);
  } catch (error) {
    if (io.stop.aborted) {
      io.stderr.write(`mote: stopped: ${command.whenStopped}\n`);
      return EXIT_ERROR;
    }
    const failure = storeFailure(error);
    if (failure === null) throw error;
    io.stderr.write(`mote: ${failure.text}\n`);
    return failure.exitCode;
  }
}
