import {runOperatorCommand} from "../command/operator-command.ts";
import type {CommandIo} from "../command-io.ts";
import {CONSOLIDATE} from "../requests/commands.ts";

export const consolidateCommand = (argv: readonly string[], io: CommandIo): Promise<number> =>
  runOperatorCommand(CONSOLIDATE, argv, io);
