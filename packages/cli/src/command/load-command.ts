import {
  DiskTextFiles,
  loadStoreConfig,
  type OptionTable,
  type STORE_OPTIONS,
  type StoreConfigResult,
} from "@mote/node/config";
import {type CommandIo, refuse} from "../command-io.ts";
import {commandHelp} from "../help.ts";
import {nearest} from "../nearest.ts";

/** A command as its help shows it. */
export interface CommandText<T extends typeof STORE_OPTIONS> {
  /** As it is typed, with `mote`. */
  readonly name: string;
  readonly table: T;
  readonly intro: string;
  readonly outro: string;
  /** Words beside the options are taken. */
  readonly takesWords: boolean;
}

export const EXIT_CODES_HELP = `Exit codes: 0 done, 1 error or stopped (running it again may help), 2 needs a human (it will not).
`;

export type LoadedCommand<T extends typeof STORE_OPTIONS> = Extract<StoreConfigResult<T>, {readonly kind: "ok"}>;

/**
 * What the options come to.
 * @param shown the options that help tells of
 * @returns a number is the exit code of a command that is over: help was asked for, or an option is wrong
 */
export function loadCommand<T extends typeof STORE_OPTIONS>(
  {name, table, intro, outro, takesWords}: CommandText<T>,
  argv: readonly string[],
  io: CommandIo,
  {shown = table}: {readonly shown?: OptionTable} = {},
): LoadedCommand<T> | number {
  if (argv.includes("--help") || argv.includes("-h")) {
    io.stdout.write(commandHelp(intro, shown, outro));
    return 0;
  }
  const loaded = loadStoreConfig(table, {...io, argv}, {files: new DiskTextFiles(), nearest}, {allowWords: takesWords});
  for (const warning of loaded.warnings) io.stderr.write(`mote: ${warning}\n`);
  return loaded.kind === "refused" ? refuse(io, loaded.problems, name) : loaded;
}
