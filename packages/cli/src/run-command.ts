import {readFileSync} from "node:fs";
import {type CommandIo, EXIT_NEEDS_HUMAN} from "./command-io.ts";
import {devnetCommand} from "./commands/devnet.ts";
import {startCommand} from "./commands/start.ts";
import {MAIN_HELP} from "./help.ts";
import {nearest} from "./nearest.ts";

const COMMANDS = ["start", "devnet", "slashing-protection", "version", "help"];

/** Runs `mote <words>` to its end. @returns the exit code */
export async function runCommand([command = "help", ...argv]: readonly string[], io: CommandIo): Promise<number> {
  switch (command) {
    case "start":
      return await startCommand(argv, io);
    case "devnet":
      return await devnetCommand(argv, io);
    case "slashing-protection": {
      const {slashingProtectionCommand} = await import("./commands/slashing-protection.ts");
      return await slashingProtectionCommand(argv, io);
    }
    case "version":
    case "--version":
    case "-v":
      io.stdout.write(`mote ${version()}\n`);
      return 0;
    case "help":
    case "--help":
    case "-h":
      io.stdout.write(MAIN_HELP);
      return 0;
    default: {
      const suggestion = nearest(command, COMMANDS);
      const hint =
        suggestion === null
          ? "there are start, devnet, slashing-protection and version"
          : `did you mean mote ${suggestion}?`;
      io.stderr.write(`mote: there is no command ${JSON.stringify(command.slice(0, 80))}: ${hint}\n`);
      return EXIT_NEEDS_HUMAN;
    }
  }
}

function version(): string {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
}
