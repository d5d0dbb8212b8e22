import type {Option} from "@mote/node/config";
import type {Command, CommandWords} from "../command-table.ts";

/** What may be written as the value of an option, or as a word of a command. */
export type Values =
  | {readonly kind: "files"}
  | {readonly kind: "dirs"}
  | {readonly kind: "choices"; readonly choices: readonly string[]}
  | {readonly kind: "any"};

export interface CompletedFlag {
  /** With its hyphens. */
  readonly flag: string;
  readonly help: string;
  /** Null for one that takes no value. */
  readonly values: Values | null;
}

/** One place on the command line, after these words and before the next. */
export interface CompletedPlace {
  /** Empty after `mote` alone; `keys new`. */
  readonly path: string;
  readonly commands: readonly {readonly name: string; readonly help: string}[];
  readonly flags: readonly CompletedFlag[];
  readonly operands: Values | null;
}

const HELP_FLAG: CompletedFlag = {flag: "--help", help: "What it does, and its options.", values: null};

/** Every place of the command line, parents before children. */
export async function completionModel(commands: readonly Command[]): Promise<readonly CompletedPlace[]> {
  const below = await Promise.all(commands.map(placesOf));
  const names = commands.map(({name, summary}) => ({name, help: summary}));
  return [{path: "", commands: names, flags: [HELP_FLAG], operands: null}, ...below.flat()];
}

async function placesOf(command: Command): Promise<CompletedPlace[]> {
  const {name, subcommands = []} = command;
  const own = {...(await placeOf(command, "")), commands: subcommands.map((each) => ({name: each.name, help: ""}))};
  return [own, ...(await Promise.all(subcommands.map((each) => placeOf(each, `${name} `))))];
}

async function placeOf({name, operands, options}: CommandWords, prefix: string): Promise<CompletedPlace> {
  const table = options === undefined ? {} : await options();
  const flags = Object.values(table).flatMap(flagsOf);
  return {
    path: prefix + name,
    commands: [],
    flags: [...flags, HELP_FLAG],
    operands: operands === undefined ? null : valuesOf(operands),
  };
}

/** Under its own name, and each short form; aliases are for those who know them. */
function flagsOf({name, help, arity, placeholder, shorthands}: Option<unknown>): CompletedFlag[] {
  const own = {flag: `--${name}`, help, values: arity === "switch" ? null : valuesOf(placeholder)};
  return [own, ...Object.keys(shorthands).map((short) => ({flag: `--${short}`, help, values: null}))];
}

/** By what help writes for the value: `<file>`, `<dir>`, `<human|json>`. */
function valuesOf(placeholder: string): Values {
  const text = placeholder.replace(/…|\.\.\./g, "");
  if (/<(file|node=file)[s>]/.test(text)) return {kind: "files"};
  if (/<(dir|folder)[s>]/.test(text)) return {kind: "dirs"};
  const choices = /^<?([\w.-]+(?:\|[\w.-]+)+)>?$/.exec(text)?.[1];
  return choices === undefined ? {kind: "any"} : {kind: "choices", choices: choices.split("|")};
}
