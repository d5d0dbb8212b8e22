import {envNameOf, namesOf, type Option, type OptionTable, VALUE_LENGTH_MAX} from "./option.ts";

/** A text that one source gives for one option, before anyone has judged it. */
export interface Given {
  readonly text: string;
  /** What the person wrote, for the error: "--beacon-node", "MOTE_BEACON_NODES", "beacon-nodes in mote.yaml". */
  readonly from: string;
}

/** What one source (command line, environment or file) says, by table key. */
export interface SourceReading {
  readonly given: ReadonlyMap<string, readonly Given[]>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** The name among `names` that `name` was probably meant to be; null when nothing is near. */
export type Nearest = (name: string, names: readonly string[]) => string | null;

/** What a command line says; `words` are what is neither an option nor the value of one, in their order. */
export interface CommandLineReading extends SourceReading {
  readonly words: readonly string[];
}

/** @param allowWords a word that belongs to no option is the command's own; else it is a problem. After a lone `--` there are words only. */
export function readFlags(
  table: OptionTable,
  argv: readonly string[],
  nearest: Nearest,
  {allowWords = false}: {readonly allowWords?: boolean} = {},
): CommandLineReading {
  const reading = new Reading();
  const words: string[] = [];
  const flags = flagsOf(table);
  const known = [...flags.keys()].map((flag) => `--${flag}`);
  let before: string | null = null;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word === "--" && allowWords) {
      words.push(...argv.slice(at + 1));
      break;
    }
    if (!word.startsWith("--")) {
      if (allowWords) words.push(word);
      else reading.problems.push(strayWord(word, before));
      continue;
    }
    const equals = word.indexOf("=");
    const flag = equals < 0 ? word : word.slice(0, equals);
    before = flag;
    const target = flags.get(flag.slice(2));
    if (target === undefined) {
      reading.problems.push(`unknown option ${excerpt(flag)}${didYouMean(nearest(flag, known))}`);
      // The word after an unknown flag is most likely its value: one slip, one error.
      if (equals < 0 && argv[at + 1] !== undefined && !argv[at + 1]?.startsWith("--")) at++;
      continue;
    }
    const {key, option, implied} = target;
    if (implied !== null) {
      if (equals >= 0) reading.problems.push(`${flag} takes no value`);
      else reading.add(key, implied, flag);
    } else if (equals >= 0) {
      reading.add(key, word.slice(equals + 1), flag);
    } else if (option.arity === "switch") {
      reading.add(key, "true", flag);
    } else {
      const value = argv[at + 1];
      if (value === undefined || value.startsWith("--")) reading.problems.push(`${flag} needs ${option.placeholder}`);
      else {
        reading.add(key, value, flag);
        at++;
      }
    }
  }
  return {...reading, words};
}

/** After an option it may be the second half of a value without quotes, and so of a secret: it is not shown then. */
const strayWord = (word: string, before: string | null): string =>
  before === null
    ? `${excerpt(word)} is not expected here: options start with --`
    : `a word after ${excerpt(before)} is not expected here: options start with --, and a value with spaces needs quotes`;

/** An unknown `MOTE_…` is a warning only: other programs of the machine may use such names. An empty one counts as not set. */
export function readEnvironment(
  table: OptionTable,
  env: Readonly<Record<string, string | undefined>>,
  nearest: Nearest,
): SourceReading {
  const reading = new Reading();
  const known = new Map<string, string>();
  for (const [key, option] of Object.entries(table)) {
    for (const name of namesOf(option)) known.set(envNameOf(name), key);
  }
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith("MOTE_") || text === undefined || text === "") continue;
    const key = known.get(name);
    if (key === undefined) {
      reading.warnings.push(
        `the variable ${name} is not known and ignored${didYouMean(nearest(name, [...known.keys()]))}`,
      );
    } else {
      reading.add(key, text, name);
    }
  }
  return reading;
}

/** @param contents what the file holds, by key: a text, or a list of texts */
export function readFileContents(
  table: OptionTable,
  contents: ReadonlyMap<string, readonly string[]>,
  path: string,
  nearest: Nearest,
): SourceReading {
  const reading = new Reading();
  const known = new Map<string, string>();
  for (const [key, option] of Object.entries(table)) {
    for (const name of namesOf(option)) known.set(name, key);
  }
  for (const [name, texts] of contents) {
    const key = known.get(name);
    if (key === undefined) {
      reading.problems.push(`unknown key ${excerpt(name)} in ${path}${didYouMean(nearest(name, [...known.keys()]))}`);
    } else {
      for (const text of texts) reading.add(key, text, `${name} in ${path}`);
    }
  }
  return reading;
}

class Reading implements SourceReading {
  readonly given = new Map<string, Given[]>();
  readonly problems: string[] = [];
  readonly warnings: string[] = [];

  add(key: string, text: string, from: string): void {
    if (text.length > VALUE_LENGTH_MAX) {
      this.problems.push(`${from}: the value is longer than ${VALUE_LENGTH_MAX} characters`);
      return;
    }
    const list = this.given.get(key) ?? [];
    list.push({text, from});
    this.given.set(key, list);
  }
}

interface FlagTarget {
  readonly key: string;
  readonly option: Option<unknown>;
  /** The value that a shorthand stands for; null for a flag of its own. */
  readonly implied: string | null;
}

function flagsOf(table: OptionTable): ReadonlyMap<string, FlagTarget> {
  const flags = new Map<string, FlagTarget>();
  for (const [key, option] of Object.entries(table)) {
    for (const name of namesOf(option)) flags.set(name, {key, option, implied: null});
    for (const [name, implied] of Object.entries(option.shorthands)) flags.set(name, {key, option, implied});
  }
  return flags;
}

export const didYouMean = (name: string | null): string => (name === null ? "" : `: did you mean ${name}?`);

export const excerpt = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}…` : text);
