import {runOperatorCommand} from "../command/operator-command.ts";
import type {CommandIo} from "../command-io.ts";
import {DEPOSIT} from "../deposit/command.ts";

export const depositCommand = (argv: readonly string[], io: CommandIo): Promise<number> =>
  runOperatorCommand(DEPOSIT, argv, io);
