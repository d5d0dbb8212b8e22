import type {STORE_OPTIONS} from "@mote/node/config";
import {type OperatorCommand, type OperatorContext, runOperatorCommand} from "../command/operator-command.ts";
import type {CommandIo} from "../command-io.ts";
import type {KeysContext} from "./context.ts";
import * as help from "./help.ts";
import {
  type FOLDER_OPTIONS,
  IMPORT_OPTIONS,
  LIST_OPTIONS,
  NEW_OPTIONS,
  RECOVER_OPTIONS,
  REMOVE_OPTIONS,
  SWITCH_OPTIONS,
} from "./options.ts";

interface KeysCommand<T extends typeof FOLDER_OPTIONS & typeof STORE_OPTIONS>
  extends Pick<OperatorCommand<T>, "name" | "table" | "intro" | "takesWords"> {
  readonly load: () => Promise<(context: KeysContext<T>) => Promise<number>>;
}

type Run = (argv: readonly string[], io: CommandIo) => Promise<number>;

/** `mote keys <name>`, each with the options that it knows. */
export const SUBCOMMANDS = {
  new: subcommand({
    name: "mote keys new",
    table: NEW_OPTIONS,
    intro: help.NEW_INTRO,
    takesWords: false,
    load: async () => (await import("./new-command.ts")).newKeysCommand,
  }),
  recover: subcommand({
    name: "mote keys recover",
    table: RECOVER_OPTIONS,
    intro: help.RECOVER_INTRO,
    takesWords: false,
    load: async () => (await import("./recover-command.ts")).recoverKeysCommand,
  }),
  import: subcommand({
    name: "mote keys import",
    table: IMPORT_OPTIONS,
    intro: help.IMPORT_INTRO,
    takesWords: true,
    load: async () => (await import("./import-command.ts")).importKeysCommand,
  }),
  list: subcommand({
    name: "mote keys list",
    table: LIST_OPTIONS,
    intro: help.LIST_INTRO,
    takesWords: false,
    load: async () => (await import("./list-command.ts")).listKeysCommand,
  }),
  enable: subcommand({
    name: "mote keys enable",
    table: SWITCH_OPTIONS,
    intro: help.ENABLE_INTRO,
    takesWords: true,
    load: async () => (await import("./switch-command.ts")).enableKeysCommand,
  }),
  disable: subcommand({
    name: "mote keys disable",
    table: SWITCH_OPTIONS,
    intro: help.DISABLE_INTRO,
    takesWords: true,
    load: async () => (await import("./switch-command.ts")).disableKeysCommand,
  }),
  remove: subcommand({
    name: "mote keys remove",
    table: REMOVE_OPTIONS,
    intro: help.REMOVE_INTRO,
    takesWords: true,
    load: async () => (await import("./remove-command.ts")).removeKeysCommand,
  }),
} satisfies Readonly<Record<string, Run>>;

function subcommand<T extends typeof FOLDER_OPTIONS>(command: KeysCommand<T>): Run {
  const load = async () => {
    const [run, {runOnFolder}] = await Promise.all([command.load(), import("./open-context.ts")]);
    return (context: OperatorContext<T>) => runOnFolder(run, context);
  };
  return (argv, io) => runOperatorCommand({...command, outro: help.OUTRO, load}, argv, io);
}
