import {runOperatorCommand} from "../command/operator-command.ts";
import type {CommandIo} from "../command-io.ts";
import {TOP_UP} from "../requests/commands.ts";

export const topUpCommand = (argv: readonly string[], io: CommandIo): Promise<number> =>
  runOperatorCommand(TOP_UP, argv, io);
