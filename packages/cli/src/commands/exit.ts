import {runOperatorCommand} from "../command/operator-command.ts";
import type {CommandIo} from "../command-io.ts";
import {EXIT} from "../exit/command.ts";

export const exitCommand = (argv: readonly string[], io: CommandIo): Promise<number> =>
  runOperatorCommand(EXIT, argv, io);
