import {runOperatorCommand} from "../command/operator-command.ts";
import type {CommandIo} from "../command-io.ts";
import {WITHDRAW} from "../requests/commands.ts";

export const withdrawCommand = (argv: readonly string[], io: CommandIo): Promise<number> =>
  runOperatorCommand(WITHDRAW, argv, io);
