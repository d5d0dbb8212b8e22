import {runOperatorCommand} from "../command/operator-command.ts";
import type {CommandIo} from "../command-io.ts";
import {COMPOUND} from "../requests/commands.ts";

export const compoundCommand = (argv: readonly string[], io: CommandIo): Promise<number> =>
  runOperatorCommand(COMPOUND, argv, io);
