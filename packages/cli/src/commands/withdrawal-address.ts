import {runOperatorCommand} from "../command/operator-command.ts";
import type {CommandIo} from "../command-io.ts";
import {WITHDRAWAL_ADDRESS} from "../withdrawal-address/command.ts";

export const withdrawalAddressCommand = (argv: readonly string[], io: CommandIo): Promise<number> =>
  runOperatorCommand(WITHDRAWAL_ADDRESS, argv, io);
