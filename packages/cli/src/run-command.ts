import {type CommandIo, EXIT_NEEDS_HUMAN} from "./command-io.ts";
import {COMMANDS} from "./command-table.ts";
import {mainHelp} from "./main-help.ts";
import {nearest} from "./nearest.ts";

const FLAGS: Readonly<Record<string, string>> = {
  "--version": "version",
  "-v": "version",
  "--help": "help",
  "-h": "help",
};

/** Runs `mote <words>` to its end. @returns the exit code */
export async function runCommand([word = "help", ...argv]: readonly string[], io: CommandIo): Promise<number> {
  const name = FLAGS[word] ?? word;
  if (name === "help") {
    io.stdout.write(mainHelp(COMMANDS));
    return 0;
  }
  const command = COMMANDS.find((each) => each.name === name);
  if (command !== undefined) return await (await command.load())(argv, io);
  const names = COMMANDS.map((each) => each.name);
  const suggestion = nearest(name, [...names, "help"]);
  const hint = suggestion === null ? `there are ${names.join(", ")}` : `did you mean mote ${suggestion}?`;
  io.stderr.write(`mote: there is no command ${JSON.stringify(name.slice(0, 80))}: ${hint}\n`);
  return EXIT_NEEDS_HUMAN;
}
